"""Agreed days of supply as far as the viewer may see them."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.db.models import CharField, F, Q

from collab.organisations.context import acting_organisation_id
from collab.organisations.names import NOBODY, Name, names_of
from collab.sharing.queries import fields_for
from collab.work.fields import partner_is, seen
from inventory.models import COVERAGE, CoverageTarget

FIELDS = (
    "part_number", "partner_part_number", "site_code", "minimum_days", "maximum_days",
    "report_every_hours", "lead_days",
)  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class TargetFilter:
    """What to list; empty means any. ``part`` is the beginning of either partner's number."""

    part: str = ""
    site: str = ""
    partner_bpn: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class TargetRow:
    """Days of supply that two partners agreed; ``values`` holds what the viewer may see.

    ``number`` is the viewer's own number of the part, if any. ``partner`` is the other side of
    the agreement; it and ``counterparty`` are nobody where that is not disclosed.
    """

    id: UUID
    owner: Name
    counterparty: Name
    partner: Name
    is_own: bool
    version: int
    number: str
    values: Mapping[str, Any]

    def __getattr__(self, name: str) -> Any:
        """Return a visible value; None for one that is hidden."""
        if name in FIELDS:
            return self.values.get(name)
        raise AttributeError(name)


def targets(wanted: TargetFilter | None = None) -> Any:
    """Return the visible targets that match, by part, site and partner.

    A query set of ``CoverageTarget``; its annotations are unknown to the type checker.
    """
    chosen = wanted or TargetFilter()
    text = CharField()
    rows = CoverageTarget.objects.annotate(
        seen_part_number=seen(COVERAGE, "part_number", text),
        seen_partner_part_number=seen(COVERAGE, "partner_part_number", text),
        seen_site_code=seen(COVERAGE, "site_code", text),
    )
    if chosen.part:
        rows = rows.filter(
            Q(seen_part_number__istartswith=chosen.part)
            | Q(seen_partner_part_number__istartswith=chosen.part)
        )
    if chosen.site:
        rows = rows.filter(seen_site_code=chosen.site)
    if chosen.partner_bpn:
        rows = rows.filter(partner_is(chosen.partner_bpn))
    return rows.order_by(F("seen_part_number").asc(nulls_last=True), "seen_site_code", "pk")


def target_rows(found: Iterable[CoverageTarget]) -> list[TargetRow]:
    """Return the plain rows of ``found`` with the fields that the viewer may see."""
    rows = list(found)
    names = names_of({row.owner_id for row in rows} | {row.counterparty_id for row in rows})
    return [_row(row, names) for row in rows]


def targets_for_us(keys: Sequence[UUID]) -> dict[int, set[str]]:
    """Return customer → its part numbers, of the targets that it agreed with the viewer."""
    found: dict[int, set[str]] = defaultdict(set)
    ours = CoverageTarget.objects.filter(
        pk__in=list(keys), counterparty_id=acting_organisation_id()
    )
    for owner_id, number in ours.values_list("owner_id", "part_number"):
        found[owner_id].add(number)
    return dict(found)


def _row(row: CoverageTarget, names: Mapping[int, Name]) -> TargetRow:
    us = acting_organisation_id()
    allowed = fields_for(COVERAGE, row.owner_id, row.counterparty_id)
    values = {
        name: getattr(row, name) for name in FIELDS if allowed is None or name in allowed
    }  # fmt: skip
    is_ours = us in {row.owner_id, row.counterparty_id}
    may_know = is_ours or allowed is None or "counterparty" in allowed
    other = row.counterparty_id if row.owner_id == us else row.owner_id
    own = values.get("part_number", "")
    theirs = values.get("partner_part_number") or own
    return TargetRow(
        id=row.pk,
        owner=names.get(row.owner_id, NOBODY),
        counterparty=names.get(row.counterparty_id, NOBODY) if may_know else NOBODY,
        partner=names.get(other, NOBODY) if is_ours else NOBODY,
        is_own=row.owner_id == us,
        version=row.version,
        number=str(theirs if row.counterparty_id == us else own),
        values=values,
    )
