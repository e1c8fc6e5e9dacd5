"""Modes compared by one price function; freight that waits too long is refused."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest

from transport.rules.modes import Leg, Option, Run, Verdict, compare
from transport.rules.tariff import Basis, Mode, Movement, Rate, Tariff

READY = datetime(2026, 11, 9, 14, tzinfo=UTC)
DUE = READY + timedelta(days=3)


def run(leaves: float, hours: float, cut_off: float = 0.0) -> Run:
    """Return a run so many hours after the freight is ready."""
    departs = READY + timedelta(hours=leaves)
    return Run(departs - timedelta(hours=cut_off), departs, departs + timedelta(hours=hours))


def leg(mode: Mode, cents: int, hours: float, *departures: float, zone: str = "RO-50") -> Leg:
    rate = Rate(basis=Basis.FLAT, fixed_cents=cents, destination_zone="RO-50")
    tariff = Tariff(
        name=f"{mode.value} contract", mode=mode, currency="EUR", valid_from=date(2026, 1, 1),
        rates=(rate,),
    )  # fmt: skip
    movement = Movement(
        mode=mode, origin_zone="DE-70", destination_zone=zone, day=READY.date(), km=Decimal(1500)
    )
    return Leg(
        movement=movement, tariff=tariff, duration=timedelta(hours=hours),
        runs=tuple(run(each, hours) for each in departures) if departures else None,
    )  # fmt: skip


DIRECT = Option("direct", Mode.DIRECT, (leg(Mode.DIRECT, 180000, 40),))
MILK_RUN = Option("milk run Tuesday", Mode.MILK_RUN, (leg(Mode.MILK_RUN, 60000, 40, 18),))
CROSS_DOCK = Option(
    "part load over Arad", Mode.PART_LOAD,
    (leg(Mode.PART_LOAD, 30000, 20, 4), leg(Mode.PART_LOAD, 25000, 10, 20, 30)),
)  # fmt: skip


def test_possible_options_come_first_the_cheapest_on_top() -> None:
    late = Option("slow", Mode.PART_LOAD, (leg(Mode.PART_LOAD, 100, 80),))
    gap = Option("gap", Mode.PARCEL, (leg(Mode.PARCEL, 100, 20, zone="TR-34"),))
    found = compare([gap, DIRECT, late, CROSS_DOCK, MILK_RUN], ready_at=READY, due_at=DUE)
    assert [each.option.name for each in found] == [
        "part load over Arad", "milk run Tuesday", "direct", "slow", "gap",
    ]  # fmt: skip
    assert [each.cents for each in found] == [55000, 60000, 180000, 100, None]
    assert found[0].arrives_at == READY + timedelta(hours=40)  # waits 6 h at the cross-dock
    assert found[3].refusals == ("arrives 8 h late",)
    assert found[4].refusals == ("parcel contract: no rate for the lane DE-70 to TR-34",)


@pytest.mark.parametrize(
    ("departures", "refusals"),
    [
        ((24,), ()),  # at the limit
        ((25,), ("waits 25 h for leg 1, more than 24",)),
        ((-2,), ("no departure of leg 1 after 2026-11-09 14:00",)),
        ((-2, 25, 3), ()),
    ],
)
def test_freight_does_not_wait_for_more_than_a_day(
    departures: tuple[float, ...], refusals: tuple[str, ...]
) -> None:
    option = Option("run", Mode.MILK_RUN, (leg(Mode.MILK_RUN, 1, 5, *departures),))
    (found,) = compare([option], ready_at=READY, due_at=DUE)
    assert found.refusals == refusals


def test_tr_02_a_run_is_missed_at_its_cut_off_and_the_first_to_arrive_is_taken() -> None:
    def verdict(*runs: Run) -> Verdict:
        only = replace(leg(Mode.PART_LOAD, 1, 5), runs=runs)
        (found,) = compare([Option("run", Mode.PART_LOAD, (only,))], ready_at=READY, due_at=DUE)
        return found

    missed, slow, fast = run(2, 10, cut_off=3), run(4, 30), run(10, 8, cut_off=10)
    assert verdict(missed, slow, fast).runs == (fast,), "ready just at the cut-off"
    assert verdict(missed, slow).arrives_at == slow.arrives_at
    assert verdict(missed).refusals == ("no departure of leg 1 after 2026-11-09 14:00",)
    assert verdict().refusals == ("no departure of leg 1 after 2026-11-09 14:00",)
    with pytest.raises(ValueError, match="in this order"):
        Run(READY, READY - timedelta(hours=1), READY)


def test_prices_in_two_currencies_do_not_compare() -> None:
    first = DIRECT.legs[0]
    lei = Option(
        "lei", Mode.DIRECT, (replace(first, tariff=replace(first.tariff, currency="RON")),)
    )
    with pytest.raises(ValueError, match="one currency"):
        compare([DIRECT, lei], ready_at=READY, due_at=DUE)
