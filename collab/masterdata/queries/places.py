"""Which place a partner means by its code."""

from dataclasses import dataclass
from uuid import UUID

from django.db.models import QuerySet

from collab.masterdata.models import SiteAlias
from collab.masterdata.rules.part_numbers import compare_key


@dataclass(frozen=True, slots=True)
class UnloadingPointRow:
    """A place as a partner names it; ``unloading_point`` is the dock or line, or empty."""

    id: UUID
    site_id: UUID
    site_code: str
    partner_id: int
    partner_name: str
    partner_code: str
    unloading_point: str


def resolve_unloading_point(partner_id: int, code: str) -> UnloadingPointRow | None:
    """Return the place that ``partner_id`` calls ``code``; ``None`` means hold, never a default."""
    try:
        key = compare_key(code)
    except ValueError:
        return None
    found = _rows(SiteAlias.objects.filter(partner_id=partner_id, compare_key=key))
    return found[0] if found else None


def site_aliases() -> list[UnloadingPointRow]:
    """Return all codes of partners, by site and partner."""
    return _rows(SiteAlias.objects.order_by("site__code", "partner__name", "partner_code"))


def _rows(rows: QuerySet[SiteAlias]) -> list[UnloadingPointRow]:
    return [
        UnloadingPointRow(
            alias.id,
            alias.site_id,
            alias.site.code,
            alias.partner_id,
            alias.partner.name,
            alias.partner_code,
            alias.unloading_point,
        )
        for alias in rows.select_related("site", "partner")
    ]
