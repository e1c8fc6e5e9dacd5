"""Planned output as far as the viewer may see it."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.db.models import CharField, DateField, Q

from collab.organisations.context import acting_organisation_id
from collab.organisations.names import NOBODY, Name, names_of
from collab.sharing.queries import fields_for
from collab.work.fields import partner_is, seen
from inventory.models import COVERAGE, PlannedOutput

NAMING = ("part_number", "partner_part_number", "site_code", "unit")
FIGURES = ("on", "quantity", "planned_at")  # a grant opens them with the projection they shape
PROJECTION = "projection"


@dataclass(frozen=True, slots=True, kw_only=True)
class PlanRow:
    """What a holder plans to add on a day; ``values`` holds what the viewer may see."""

    id: UUID
    owner: Name
    partner: Name
    values: Mapping[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class PlanFilter:
    """What to list; empty means any. ``number`` is either partner's, days are inclusive."""

    number: str = ""
    site: str = ""
    partner_bpn: str = ""
    first: date | None = None
    last: date | None = None


def planned_outputs(wanted: PlanFilter) -> Any:
    """Return the visible plans that match.

    A query set of ``PlannedOutput``; its annotations are unknown to the type checker.
    """
    text = CharField()
    rows = PlannedOutput.objects.annotate(
        seen_part_number=seen(COVERAGE, "part_number", text),
        seen_partner_part_number=seen(COVERAGE, "partner_part_number", text),
        seen_site_code=seen(COVERAGE, "site_code", text),
        seen_on=seen(COVERAGE, "on", DateField(), name=PROJECTION),
    )
    if number := wanted.number:
        rows = rows.filter(Q(seen_part_number=number) | Q(seen_partner_part_number=number))
    if wanted.site:
        rows = rows.filter(seen_site_code=wanted.site)
    if bpn := wanted.partner_bpn:
        rows = rows.filter(partner_is(bpn))
    if wanted.first:
        rows = rows.filter(seen_on__gte=wanted.first)
    if wanted.last:
        rows = rows.filter(seen_on__lte=wanted.last)
    return rows


def plan_rows(found: Iterable[PlannedOutput]) -> list[PlanRow]:
    """Return the plain rows of ``found`` with the fields that the viewer may see."""
    rows = list(found)
    names = names_of({row.owner_id for row in rows} | {row.counterparty_id for row in rows})
    return [_row(row, names) for row in rows]


def own_plan(
    counterparty_id: int, part_id: UUID, site_id: UUID, *, first: date, last: date
) -> dict[date, Decimal]:
    """Return what the viewer itself plans to add on the days from ``first`` to ``last``."""
    found = PlannedOutput.objects.filter(
        owner_id=acting_organisation_id(),
        counterparty_id=counterparty_id,
        part_id=part_id,
        site_id=site_id,
        on__range=(first, last),
    )
    return dict(found.values_list("on", "quantity"))


def _row(row: PlannedOutput, names: Mapping[int, Name]) -> PlanRow:
    allowed = fields_for(COVERAGE, row.owner_id, row.counterparty_id)
    shown = [name for name in NAMING if allowed is None or name in allowed]
    if allowed is None or PROJECTION in allowed:
        shown += FIGURES
    may_know = allowed is None or "counterparty" in allowed
    return PlanRow(
        id=row.pk,
        owner=names.get(row.owner_id, NOBODY),
        partner=names.get(row.counterparty_id, NOBODY) if may_know else NOBODY,
        values={name: getattr(row, name) for name in shown},
    )
