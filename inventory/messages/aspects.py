"""What the daily Catena-X aspects mean: the rules that a schema cannot state, and plain figures.

A location has at most one blocked and one free figure in a position, a day occurs once, quantities
are not negative, and the events of a delivery hold together (IN-09).
"""

from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any, Final

from collab.integration.catenax import stock_models as models
from collab.integration.inbox.findings import Finding, MessageRefused
from forecasting.messages.catenax import unit_code
from inventory.rules.delivery_information import (
    Certainty,
    Leg,
    Reporter,
    TransitEvent,
    faults,
    reporter_of,
)

ITEM_STOCK, DAYS = "item_stock", "days_of_supply"
DELIVERIES, OUTPUT = "delivery_information", "planned_production_output"
OLD_INCOTERM: Final = {"DAT": "DPU"}  # of Incoterms 2010: the seller arranges as well


@dataclass(frozen=True, slots=True, kw_only=True)
class Figure:
    """One figure of an aspect; ``value`` is in ``unit`` (Rec 20), or days with an empty unit.

    ``at`` is the day of supply, the completion or the arrival (else the departure), None for
    stock on hand; ``site`` and ``address`` are the BPNS and BPNA of where it is or goes.
    """

    path: str
    site: str
    value: Decimal
    updated_at: datetime
    unit: str = ""
    address: str = ""
    at: datetime | None = None
    kind: str = ""  # free, blocked; estimated-arrival…
    order: str = ""


def figures_of(aspect: Any) -> tuple[Figure, ...]:
    """Return the figures of one of the daily aspects, in its order."""
    return tuple(_FIGURES[type(aspect)](aspect))


def changed_at(aspect: Any) -> datetime | None:
    """Return when the newest figure was updated; None for an aspect without figures."""
    return max((each.updated_at for each in figures_of(aspect)), default=None)


def check(aspect: Any, *, now: datetime, is_from_supplier: bool | None = None) -> None:
    """Raise ``MessageRefused`` with the place of every broken rule.

    ``is_from_supplier`` tells the sender's side, None where it is both or unknown.
    """
    found = list(figures_of(aspect))
    notes = [_note(each.path, "a quantity >= 0", each.value) for each in found if each.value < 0]
    notes += [
        _note(each.path, "a time of update that is not in the future", each.updated_at.isoformat())
        for each in found
        if each.updated_at > now
    ]
    if isinstance(aspect, models.DeliveryInformation):
        notes += _delivery_notes(aspect, now, is_from_supplier)
    else:
        notes += _twice(aspect, found)
    side = {"OUTBOUND": True, "INBOUND": False}.get(getattr(aspect, "direction", ""))
    if is_from_supplier is not None and side is not None and side is not is_from_supplier:
        wanted = "OUTBOUND from a supplier, INBOUND from a customer"
        notes.append(_note("/direction", wanted, aspect.direction))
    if notes:
        raise MessageRefused(notes)


def _twice(aspect: Any, found: Iterable[Figure]) -> Iterable[Finding]:
    """Note the second figure of a place: of a kind within a position, or of a day."""
    seen: Counter[tuple[object, ...]] = Counter()
    is_output = isinstance(aspect, models.PlannedProductionOutput)
    for each in found:
        group = each.path.split("/")[2]
        if is_output:
            continue  # several lots may be completed at a time
        is_days = isinstance(aspect, models.DaysOfSupply)
        key = (each.site, each.address, each.at if is_days else group, each.kind)
        seen[key] += 1
        if seen[key] == 2:
            expected = "each time once at a place" if is_days else "one free and one blocked figure"
            yield _note(each.path, expected, f"a second one at {each.site} {each.address}")


def _delivery_notes(
    aspect: models.DeliveryInformation, now: datetime, is_from_supplier: bool | None
) -> Iterable[Finding]:
    for at, position in enumerate(aspect.positions):
        for place, delivery in enumerate(position.deliveries):
            path = f"/positions/{at}/deliveries/{place}"
            for fault in faults([_event(each) for each in delivery.events], now=now):
                expected, _comma, got = fault.removeprefix("expected ").partition(", got ")
                yield _note(f"{path}/transitEvents", expected, got)
            if delivery.incoterm is None or is_from_supplier is None:
                continue
            rule = OLD_INCOTERM.get(delivery.incoterm, delivery.incoterm)
            if (reporter_of(rule) == Reporter.SUPPLIER) is not is_from_supplier:
                expected = f"a report of the {reporter_of(rule).value} under this rule"
                yield _note(f"{path}/incoterm", expected, delivery.incoterm)


def _event(event: models.TransitEvent) -> TransitEvent:
    certainty, _dash, leg = event.kind.partition("-")
    return TransitEvent(Leg(leg), Certainty(certainty), event.at)


def _stock(aspect: models.ItemStock) -> Iterable[Figure]:
    for at, position in enumerate(aspect.positions):
        for place, stock in enumerate(position.stocks):
            yield Figure(
                path=f"/positions/{at}/allocatedStocks/{place}",
                site=stock.site,
                address=stock.address,
                value=stock.quantity.value,
                unit=unit_code(stock.quantity.unit),
                kind="blocked" if stock.is_blocked else "free",
                order=_order(position.order),
                updated_at=stock.updated_at,
            )


def _days(aspect: models.DaysOfSupply) -> Iterable[Figure]:
    for at, place in enumerate(aspect.allocated):
        for row, day in enumerate(place.days):
            yield Figure(
                path=f"/allocatedDaysOfSupply/{at}/amountOfAllocatedDaysOfSupply/{row}",
                site=place.site,
                address=place.address,
                value=day.days,
                at=day.at,
                updated_at=place.updated_at,
            )


def _deliveries(aspect: models.DeliveryInformation) -> Iterable[Figure]:
    for at, position in enumerate(aspect.positions):
        for place, delivery in enumerate(position.deliveries):
            last = max(delivery.events, key=lambda each: (each.kind.endswith("arrival"), each.at))
            yield Figure(
                path=f"/positions/{at}/deliveries/{place}",
                site=delivery.places.destination.site,
                address=delivery.places.destination.address or "",
                value=delivery.quantity.value,
                unit=unit_code(delivery.quantity.unit),
                at=last.at,
                kind=last.kind,
                order=_order(position.order),
                updated_at=delivery.updated_at,
            )


def _output(aspect: models.PlannedProductionOutput) -> Iterable[Figure]:
    for at, position in enumerate(aspect.positions):
        for place, output in enumerate(position.outputs):
            yield Figure(
                path=f"/positions/{at}/allocatedPlannedProductionOutputs/{place}",
                site=output.site,
                value=output.quantity.value,
                unit=unit_code(output.quantity.unit),
                at=output.completed_at,
                order=_order(position.order),
                updated_at=output.updated_at,
            )


def _order(order: models.OrderPosition | None) -> str:
    return f"{order.customer_order} {order.customer_position}" if order else ""


def _note(path: str, expected: str, found: object) -> Finding:
    return Finding(code="rule", path=path, expected=expected, found=str(found))


_FIGURES: Final[dict[type[Any], Callable[[Any], Iterable[Figure]]]] = {
    models.ItemStock: _stock,
    models.DaysOfSupply: _days,
    models.DeliveryInformation: _deliveries,
    models.PlannedProductionOutput: _output,
}
