"""Whether a transport order can be planned, said in a planner's words (TR-01)."""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from enum import StrEnum

from transport.rules.load import Amounts, Capacity, Dimension
from transport.rules.tender import Window


class Aspect(StrEnum):
    """What is wrong: stable codes, one per field a planner can mend."""

    ORIGIN = "origin"
    DESTINATION = "destination"
    WEIGHT = "weight"
    SIZE = "size"
    UNIT = "unit"
    PICKUP = "pickup"
    DELIVERY = "delivery"


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """A site as planning needs it; without coordinates no way is known."""

    name: str
    has_coordinates: bool
    is_active: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderFacts:
    """What is to be checked of an order before it is planned; ``None`` = not known.

    ``quantity`` in ``unit``; ``unit_kg`` gross weight of one unit of it [kg]. ``minutes`` is the
    fastest way at the wheel, ``None`` if not known.
    """

    origin: Place | None
    destination: Place | None
    quantity: Decimal
    unit: str
    known_units: frozenset[str]
    unit_kg: Decimal | None
    amounts: Amounts
    pickup: Window | None
    delivery: Window | None
    minutes: float | None = None


@dataclass(frozen=True, slots=True)
class Refusal:
    """What is wrong and how to mend it."""

    aspect: Aspect
    reason: str


def refusals(order: OrderFacts, largest: Capacity, now: datetime) -> tuple[Refusal, ...]:
    """Return everything that keeps an order from being planned; empty = it can be.

    Parameters
    ----------
    largest
        What the largest vehicle takes: one order must fit into it, else it has to be split.
    now
        Windows that ended before cannot be met.
    """
    found = [
        *_place(Aspect.ORIGIN, "pickup", order.origin),
        *_place(Aspect.DESTINATION, "delivery", order.destination),
        *_quantity(order),
        *_size(order.amounts, largest),
        *_windows(order, now),
    ]
    origin, destination = order.origin, order.destination
    if origin is not None and destination is not None and origin.name == destination.name:
        found.append(Refusal(Aspect.DESTINATION, f"Pickup and delivery are both at {origin.name}."))
    return tuple(found)


def _place(aspect: Aspect, what: str, place: Place | None) -> list[Refusal]:
    if place is None:
        return [Refusal(aspect, f"The {what} site is missing.")]
    if not place.is_active:
        return [Refusal(aspect, f"{place.name} is closed: choose another {what} site.")]
    if not place.has_coordinates:
        return [Refusal(aspect, f"{place.name} has no coordinates: add them to the site.")]
    return []


def _quantity(order: OrderFacts) -> list[Refusal]:
    if order.unit not in order.known_units:
        return [Refusal(Aspect.UNIT, f"The unit {order.unit} is not known for this part.")]
    if not order.quantity.is_finite() or order.quantity <= 0:
        return [Refusal(Aspect.UNIT, "The quantity must be more than 0.")]
    if order.unit_kg is None or order.unit_kg <= 0:
        return [
            Refusal(Aspect.WEIGHT, f"The weight of one {order.unit} is missing: add packaging.")
        ]
    net = order.quantity * order.unit_kg
    if order.amounts.kg < net:
        return [
            Refusal(
                Aspect.WEIGHT,
                f"{order.amounts.kg:f} kg is less than the goods weigh ({net:f} kg).",
            )
        ]
    return []


def _size(amounts: Amounts, largest: Capacity) -> list[Refusal]:
    found = []
    for each in Dimension:
        limit = largest.of(each)
        if limit is not None and amounts.of(each) > limit:
            aspect = Aspect.WEIGHT if each == Dimension.KG else Aspect.SIZE
            found.append(
                Refusal(
                    aspect,
                    f"{amounts.of(each):f} {each.value} does not fit a truck ({limit:f}): "
                    "split the order.",
                )
            )
    return found


def _windows(order: OrderFacts, now: datetime) -> list[Refusal]:
    found = []
    for aspect, window in ((Aspect.PICKUP, order.pickup), (Aspect.DELIVERY, order.delivery)):
        if window is None:
            found.append(Refusal(aspect, f"The {aspect.value} window is missing."))
        elif window.end < now:
            found.append(Refusal(aspect, f"The {aspect.value} window is over."))
    if found or order.pickup is None or order.delivery is None:
        return found
    between = (order.delivery.end - order.pickup.start).total_seconds() / 60
    if between < (order.minutes or 0):
        found.append(
            Refusal(
                Aspect.DELIVERY,
                f"The drive takes {order.minutes or 0:.0f} min, but only {max(0, between):.0f} "
                "min lie between the first pickup and the last delivery time.",
            )
        )
    return found
