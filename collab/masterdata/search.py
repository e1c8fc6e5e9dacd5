"""Which parts a person or a machine asked for: one filter for list, file and API."""

from dataclasses import dataclass
from datetime import datetime

from django.db.models import Q, QuerySet

from collab.masterdata.models import Part, PartAlias
from collab.masterdata.rules.part_numbers import compare_key


@dataclass(frozen=True, slots=True, kw_only=True)
class PartFilter:
    """Empty fields ask for nothing; ``q`` is sought in number, name, GTIN and partners' numbers."""

    q: str = ""
    number: str = ""
    kind: str = ""
    is_active: bool | None = None
    changed_since: datetime | None = None

    @property
    def is_empty(self) -> bool:
        """Say whether every part is asked for."""
        return self == PartFilter()


def filtered_parts(wanted: PartFilter) -> QuerySet[Part]:
    """Return the acting organisation's parts that the filter lets through, in no order."""
    rows = Part.objects.all()
    if wanted.number:
        rows = rows.filter(number=wanted.number)
    if wanted.kind:
        rows = rows.filter(kind=wanted.kind)
    if wanted.is_active is not None:
        rows = rows.filter(is_active=wanted.is_active)
    if wanted.changed_since is not None:
        rows = rows.filter(changed_at__gte=wanted.changed_since)
    if text := wanted.q.strip():
        rows = rows.filter(_holds(text))
    return rows


def _holds(text: str) -> Q:
    found = Q(name__icontains=text) | Q(number__icontains=text) | Q(gtin=text)
    try:
        key = compare_key(text)
    except ValueError:
        return found
    aliases = PartAlias.objects.filter(compare_key__startswith=key).values("part_id")
    return found | Q(compare_key__contains=key) | Q(pk__in=aliases)
