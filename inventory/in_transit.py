"""Goods on their way, as dispatch advices announce them: to us, or from us to a customer."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from uuid import UUID
from zoneinfo import ZoneInfo

from collab.masterdata.queries import parts_by_id, quantity_in_base_unit
from collab.organisations.context import acting_organisation_id
from inventory.keys import CoverageKey
from inventory.models import GoodsReceipt
from transport.queries.announced import AnnouncedLine, on_the_way

ZERO = Decimal(0)
DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class OnTheWay:
    """A quantity [base units] with its expected arrival."""

    quantity: Decimal
    expected_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class InTransit:
    """What is on its way to a place (``incoming``), or from it to the customer."""

    incoming: Sequence[OnTheWay] = ()
    outgoing: Sequence[OnTheWay] = ()

    @property
    def quantity(self) -> Decimal:
        """All that is on its way [base units]."""
        return sum((each.quantity for each in (*self.incoming, *self.outgoing)), ZERO)

    @property
    def next_at(self) -> datetime | None:
        """When the next of it is expected."""
        return min((each.expected_at for each in (*self.incoming, *self.outgoing)), default=None)

    def by_day(self, zone: ZoneInfo, *, after: date, today: date) -> dict[date, Decimal]:
        """Return what arrives on each day from ``after`` + 1 on, by the clock of the place.

        What is expected earlier and is not there yet counts for tomorrow.
        """
        found: dict[date, Decimal] = defaultdict(Decimal)
        for each in self.incoming:
            on = each.expected_at.astimezone(zone).date()
            found[max(on, after + DAY) if on >= today else max(today, after) + DAY] += each.quantity
        return dict(found)

    def left_to_send(self, needs: Mapping[date, Decimal], *, after: date) -> Mapping[date, Decimal]:
        """Return a customer's needs without what is under way to it, the earliest first.

        Needs up to ``after`` stay: they are of the past.
        """
        rest = sum((each.quantity for each in self.outgoing), ZERO)
        if not rest:
            return needs
        left = dict(needs)
        for day in sorted(day for day in left if day > after):
            covered = min(rest, left[day])
            left[day] -= covered
            rest -= covered
        return left


@dataclass(frozen=True, slots=True, kw_only=True)
class Moving:
    """What the coverage is called on documents: the holder's and the partner's number, the site."""

    part_number: str
    partner_part_number: str
    site_code: str
    unit: str


def in_transit(wanted: Mapping[CoverageKey, Moving]) -> dict[CoverageKey, InTransit]:
    """Return what is on its way for each of the acting holder's coverages.

    Goods the acting side has received already are not on their way, even before their supplier
    has heard of it. Three queries however many there are.
    """
    found = {key: InTransit() for key in wanted}
    if not wanted:
        return found
    numbers = {each.part_number for each in wanted.values()}
    numbers |= {each.partner_part_number for each in wanted.values() if each.partner_part_number}
    partners = {key.counterparty_id for key in wanted}
    lines = still_on_the_way(on_the_way(partner_ids=partners, part_numbers=numbers))
    own = acting_organisation_id()
    incoming: dict[tuple[int, str, str], list[AnnouncedLine]] = defaultdict(list)
    outgoing: dict[tuple[int, str, str], list[AnnouncedLine]] = defaultdict(list)
    for line in lines:
        if line.customer_id == own:
            incoming[line.supplier_id, line.part_number, line.site_code].append(line)
        elif line.supplier_id == own:
            site = str(line.ship_from.get("site_code", ""))
            outgoing[line.customer_id, line.part_number, site].append(line)
    for key, moving in wanted.items():
        partner = key.counterparty_id
        arriving = incoming.get((partner, moving.part_number, moving.site_code), [])
        leaving = outgoing.get((partner, moving.partner_part_number, moving.site_code), [])
        if arriving or leaving:
            found[key] = InTransit(
                incoming=[*_in_base_unit(arriving, key.part_id, moving.unit)],
                outgoing=[*_in_base_unit(leaving, key.part_id, moving.unit)],
            )
    return found


def still_on_the_way(lines: Iterable[AnnouncedLine]) -> list[AnnouncedLine]:
    """Return the lines of advices that the acting side has not received."""
    rows = list(lines)
    received = received_advices({row.advice_id for row in rows})
    return [row for row in rows if row.advice_id not in received]


def received_advices(advice_ids: Collection[UUID]) -> set[UUID]:
    """Return those of the advices for which the acting side has a receipt that stands."""
    if not advice_ids:
        return set()
    rows = GoodsReceipt.objects.filter(
        advice_id__in=advice_ids, state=GoodsReceipt.State.RECORDED
    )  # fmt: skip
    return {key for key in rows.values_list("advice_id", flat=True) if key is not None}


def _in_base_unit(lines: Sequence[AnnouncedLine], part_id: UUID, unit: str) -> Iterable[OnTheWay]:
    """Yield the lines in the base unit; a unit that does not translate is left out."""
    for line in lines:
        quantity = line.quantity
        if line.unit != unit:
            part = parts_by_id([part_id]).get(part_id)
            try:
                quantity = quantity_in_base_unit(part, quantity, line.unit) if part else ZERO
            except ValueError:
                continue
        yield OnTheWay(quantity, line.expected_at)
