"""What keeps an order from being planned, in a planner's words."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest

from transport.rules.eligibility import Aspect, OrderFacts, Place, refusals
from transport.rules.load import Amounts, Capacity
from transport.rules.tender import Window

NOW = datetime(2026, 11, 9, 8, tzinfo=UTC)
TRUCK = Capacity(kg=Decimal(24000), ldm=Decimal("13.6"))


def window(start: float, end: float) -> Window:
    return Window(NOW + timedelta(hours=start), NOW + timedelta(hours=end))


ORDER = OrderFacts(
    origin=Place(name="Supplier Sibiu", has_coordinates=True),
    destination=Place(name="Plant Avalon", has_coordinates=True),
    quantity=Decimal(480),
    unit="H87",
    known_units=frozenset({"H87", "SET"}),
    unit_kg=Decimal("1.2"),
    amounts=Amounts(kg=Decimal(600), ldm=Decimal(2)),
    pickup=window(2, 4),
    delivery=window(8, 10),
    minutes=300,
)


def test_a_good_order_can_be_planned() -> None:
    assert refusals(ORDER, TRUCK, NOW) == ()


@pytest.mark.parametrize(
    ("change", "aspect", "reason"),
    [
        ({"origin": None}, Aspect.ORIGIN, "The pickup site is missing."),
        (
            {"destination": Place(name="Old plant", has_coordinates=True, is_active=False)},
            Aspect.DESTINATION,
            "Old plant is closed: choose another delivery site.",
        ),
        (
            {"origin": Place(name="New", has_coordinates=False)},
            Aspect.ORIGIN,
            "New has no coordinates: add them to the site.",
        ),
        (
            {"destination": ORDER.origin},
            Aspect.DESTINATION,
            "Pickup and delivery are both at Supplier Sibiu.",
        ),
        ({"unit": "BOX"}, Aspect.UNIT, "The unit BOX is not known for this part."),
        ({"quantity": Decimal(0)}, Aspect.UNIT, "The quantity must be more than 0."),
        ({"unit_kg": None}, Aspect.WEIGHT, "The weight of one H87 is missing: add packaging."),
        (
            {"amounts": Amounts(kg=Decimal(500))},
            Aspect.WEIGHT,
            "500 kg is less than the goods weigh (576.0 kg).",
        ),
        (
            {"amounts": Amounts(kg=Decimal(25000))},
            Aspect.WEIGHT,
            "25000 kg does not fit a truck (24000): split the order.",
        ),
        (
            {"amounts": Amounts(kg=Decimal(600), ldm=Decimal(14))},
            Aspect.SIZE,
            "14 ldm does not fit a truck (13.6): split the order.",
        ),
        ({"pickup": None}, Aspect.PICKUP, "The pickup window is missing."),
        ({"pickup": window(-4, -1)}, Aspect.PICKUP, "The pickup window is over."),
        (
            {"minutes": 481},
            Aspect.DELIVERY,
            "The drive takes 481 min, but only 480 min lie between the first pickup and the last "
            "delivery time.",
        ),
    ],
)
def test_each_refusal_says_what_to_mend(
    change: dict[str, object], aspect: Aspect, reason: str
) -> None:
    found = refusals(replace(ORDER, **change), TRUCK, NOW)
    assert [(each.aspect, each.reason) for each in found] == [(aspect, reason)]


def test_all_that_is_wrong_is_said_at_once() -> None:
    empty = replace(ORDER, origin=None, destination=None, pickup=None, delivery=None)
    assert len(refusals(empty, TRUCK, NOW)) == 4
