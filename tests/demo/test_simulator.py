"""The simulated network: the same seed gives the same days, nothing is lost, scenarios bite."""

import subprocess
import sys
from collections import Counter, defaultdict
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from io import StringIO
from itertools import islice, pairwise
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from hypothesis import given, settings
from hypothesis import strategies as st

from collab.demo.loader import load
from collab.demo.network import DemoNetwork, build, day_of
from collab.demo.simulator.flow import StockKey, flows_of
from collab.demo.simulator.happenings import (
    Consumed,
    DemandChanged,
    Happening,
    PartHappening,
    Produced,
    Received,
    ReportMissed,
    ScenarioTurned,
    Shipped,
    StockCounted,
    as_plain,
)
from collab.demo.simulator.player import Pace, Player
from collab.demo.simulator.scenarios import SCENARIOS, scenario_named
from collab.demo.simulator.senders import ThroughServices
from collab.demo.simulator.world import events

SMALL = build(seed=1, suppliers=4, parts=24)
names = st.sampled_from([None, *sorted(SCENARIOS)])


class Recorder:
    """A sender that keeps what it is given."""

    def __init__(self, *, takes_schedules: bool = True) -> None:
        self.counts: list[StockCounted] = []
        self.changes: list[DemandChanged] = []
        self._takes_schedules = takes_schedules

    def opening(self) -> dict[StockKey, int]:
        return {}

    def report(self, counts: Sequence[StockCounted]) -> list[str]:
        self.counts += counts
        return []

    def change_demand(self, changes: Sequence[DemandChanged]) -> bool:
        self.changes += changes
        return self._takes_schedules

    def drive(self) -> int:
        return 0


def balance(happenings: Sequence[Happening], network: DemoNetwork) -> dict[tuple[str, str], int]:
    """Return what each supplier should have of each part: opening + produced - shipped."""
    left = {(each.supplier, each.supplier_number): int(each.stock) for each in network.supplies}
    for each in happenings:
        if isinstance(each, Produced):
            left[each.supplier, each.number] += each.quantity
        elif isinstance(each, Shipped):
            left[each.supplier, each.number] -= each.quantity
    return left


@settings(max_examples=10)
@given(st.integers(0, 1000), names)
def test_the_same_seed_gives_the_same_days(seed: int, scenario: str | None) -> None:
    assert list(events(SMALL, seed, scenario, 3)) == list(events(SMALL, seed, scenario, 3))


def test_another_seed_gives_other_days() -> None:
    assert list(events(SMALL, 1, None, 3)) != list(events(SMALL, 2, None, 3))


@settings(max_examples=10)
@given(st.integers(0, 1000), names)
def test_time_runs_forward_and_no_quantity_is_negative(seed: int, scenario: str | None) -> None:
    found = list(events(SMALL, seed, scenario, 5))
    assert all(one.at_hours <= other.at_hours for one, other in pairwise(found))
    assert all(0 <= each.at_hours < 5 * 24 for each in found)
    quantities = [each.quantity for each in found if isinstance(each, PartHappening | StockCounted)]
    assert min(quantities) >= 0


@settings(max_examples=10)
@given(st.integers(0, 1000), names)
def test_no_part_comes_from_nowhere_or_gets_lost(seed: int, scenario: str | None) -> None:
    found = list(events(SMALL, seed, scenario, 6))
    last = {
        (each.holder, each.number): (place, each.quantity)
        for place, each in enumerate(found)
        if isinstance(each, StockCounted)
    }
    for supply in SMALL.supplies:
        key = (supply.supplier, supply.supplier_number)
        place, counted = last[key]
        assert counted == balance(found[:place], SMALL)[key]
    shipped, received = Counter[tuple[str, str]](), Counter[tuple[str, str]]()
    for each in found:
        if isinstance(each, Shipped) and each.arrives_at_hours < 6 * 24:
            shipped[each.supplier, each.number] += each.quantity
        elif isinstance(each, Received):
            received[each.supplier, each.number] += each.quantity
    assert shipped == received


def test_what_a_plant_counts_is_what_came_less_what_was_used() -> None:
    story = SMALL.story
    found = list(events(SMALL, 1, None, 6))
    left = next(flow.at_customer for flow in flows_of(SMALL, {}) if flow.supply is story)
    for each in found:
        if isinstance(each, StockCounted) and (each.holder, each.number) == (
            story.customer,
            story.customer_number,
        ):
            assert each.quantity == left
        elif isinstance(each, PartHappening) and each.number == story.supplier_number:
            left += each.quantity * isinstance(each, Received)
            left -= each.quantity * isinstance(each, Consumed)


def test_reports_come_once_a_day_and_some_late_or_never() -> None:
    found = list(events(SMALL, 1, None, 40))
    days: defaultdict[str, list[int]] = defaultdict(list)
    for each in found:
        if isinstance(each, StockCounted | ReportMissed):
            days[each.holder].append(int(each.at_hours // 24))
    for own in days.values():
        assert sorted(set(own)) == list(range(40))
    counts = [each for each in found if isinstance(each, StockCounted)]
    assert 0 < sum(each.late_hours > 0 for each in counts) < len(counts) / 4
    missed = sum(isinstance(each, ReportMissed) for each in found)
    assert 0 < missed < len(days) * 40 / 10


def test_a_material_is_used_up_by_the_production_that_eats_it() -> None:
    wire = next(each for each in SMALL.supplies if each.supplier == "silesia")
    used = [
        each for each in events(SMALL, 1, None, 3)
        if isinstance(each, Consumed) and each.number == wire.supplier_number
    ]  # fmt: skip
    assert used
    assert {each.at_hours % 24 for each in used} == {6.0}


def test_opening_stock_may_be_given() -> None:
    story = SMALL.story
    key = (story.supplier, story.customer, story.supplier_number, story.ship_from)
    flow = next(each for each in flows_of(SMALL, {key: 7}) if each.supply is story)
    assert flow.at_supplier == 7


def test_a_fire_stops_one_supplier_and_its_stock_falls() -> None:
    story = SMALL.story
    found = list(events(SMALL, 1, "supplier-fire", 7))
    made = [e for e in found if isinstance(e, Produced) and 24 <= e.at_hours < 7 * 24]
    assert story.supplier not in {each.supplier for each in made}
    assert len({each.supplier for each in made}) > 1
    counted = [
        each.quantity for each in found
        if isinstance(each, StockCounted) and each.holder == story.supplier
        and each.number == story.supplier_number
    ]  # fmt: skip
    assert counted == sorted(counted, reverse=True)
    assert counted[-1] < counted[0] / 4


def test_a_strike_holds_the_loads_of_those_near_a_port() -> None:
    struck = scenario_named("port-strike").effect_on(SMALL).halted_shipping
    assert "porto" in struck
    assert "brasov" not in struck
    senders = {
        each.supplier
        for each in events(SMALL, 1, "port-strike", 6)
        if isinstance(each, Shipped) and each.at_hours >= 24
    }
    assert senders
    assert not senders & struck


def test_a_surge_raises_one_plant_and_ends() -> None:
    found = list(events(SMALL, 1, "demand-surge", 12))
    turns = [each for each in found if isinstance(each, ScenarioTurned)]
    assert [(each.at_hours, each.begins) for each in turns] == [(24.0, True), (264.0, False)]
    at_begin = [e for e in found if isinstance(e, DemandChanged) and e.at_hours == 24.0]
    assert {each.site for each in at_begin} == {SMALL.story.ship_to}
    assert all(len(each.quantities) == 56 for each in at_begin)


def test_before_a_scenario_begins_nothing_differs() -> None:
    quiet = list(events(SMALL, 1, None, 1))
    for name in SCENARIOS:
        assert list(events(SMALL, 1, name, 1)) == quiet


def test_without_an_end_it_goes_on() -> None:
    found = list(islice(events(SMALL), 20_000))
    assert found[-1].at_hours > 56 * 24


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"scenario": "flood"}, "demand-surge, port-strike, supplier-fire, got 'flood'"),
        ({"days": 0}, "at least 1 day, got 0"),
    ],
)
def test_refuses_what_it_does_not_know(arguments: dict[str, Any], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        list(events(SMALL, **arguments))


def test_the_core_loads_no_framework() -> None:
    line = "import sys, collab.demo.simulator.world; print('django' in sys.modules)"
    ended = subprocess.run([sys.executable, "-c", line], capture_output=True, text=True, check=True)
    assert ended.stdout.strip() == "False"


def test_a_happening_is_plain() -> None:
    first = next(events(SMALL))
    assert as_plain(first)["kind"] == first.kind


def test_the_pace_waits_and_says_how_far_it_is_behind() -> None:
    clock = [100.0]

    def sleep(seconds: float) -> None:
        clock[0] += seconds

    pace = Pace(1440, now=lambda: clock[0], sleep=sleep)
    assert pace.wait_for(0) == 0
    assert pace.wait_for(24) == 0
    assert clock[0] == pytest.approx(160)  # a day a minute
    clock[0] += 30
    assert pace.wait_for(30) == pytest.approx(15)  # due at 175, it is 190


@pytest.mark.parametrize("takes_schedules", [True, False])
def test_the_player_sends_all_and_says_a_line_a_day(*, takes_schedules: bool) -> None:
    lines: list[str] = []
    recorder = Recorder(takes_schedules=takes_schedules)
    pace = Pace(1e12, sleep=lambda _seconds: None)
    Player(recorder, pace, lines.append).play(events(SMALL, 1, "demand-surge", 3))
    found = list(events(SMALL, 1, "demand-surge", 3))
    assert recorder.counts == [each for each in found if isinstance(each, StockCounted)]
    assert recorder.changes == [each for each in found if isinstance(each, DemandChanged)]
    days = [line for line in lines if line.startswith("Day ")]
    assert [line.partition(":")[0] for line in days] == ["Day 1", "Day 2", "Day 3"]
    assert any("demand-surge begins: avalon" in line for line in lines)
    assert ("kept inside" in days[1]) != takes_schedules


def test_the_command_names_the_known_scenarios() -> None:
    with pytest.raises(CommandError, match="port-strike"):
        call_command("simulate", "--scenario", "flood")


@pytest.mark.django_db
def test_the_command_says_that_the_network_is_missing() -> None:
    with pytest.raises(CommandError, match="run load_demo first"):
        call_command("simulate", "--days", "1", "--speed", "1e9")


@pytest.mark.django_db
def test_the_command_reports_through_the_services() -> None:
    from collab.organisations.context import acting_for
    from forecasting.models import DailyDemand
    from inventory.models import StockCount, StockPosition

    now = datetime.now(UTC)
    network = build(1, 2, 8, today=day_of(now))
    directory = load(network, as_of=now - timedelta(hours=1))
    story, output = network.story, StringIO()
    opening = ThroughServices(network).opening()
    call_command(
        *("simulate", "--days", "2", "--speed", "1e9", "--scenario", "demand-surge"),
        *("--suppliers", "2", "--parts", "8"),
        stdout=output,
    )
    assert "Day 2: " in output.getvalue()
    assert "refused" not in output.getvalue()
    simulated = [
        each.quantity for each in events(network, 1, "demand-surge", 2, on_hand=opening)
        if isinstance(each, StockCounted) and each.holder == story.supplier
        and each.number == story.supplier_number
    ]  # fmt: skip
    with acting_for(directory.organisations[story.supplier]):
        counts = StockCount.objects.filter(
            part_number=story.supplier_number, counted_at__gte=now
        ).order_by("counted_at")
        assert [int(each.quantity) for each in counts] == simulated
        position = StockPosition.objects.get(
            owner=directory.organisations[story.supplier], part_number=story.supplier_number
        )
        assert int(position.quantity) == simulated[-1]
    with acting_for(directory.organisations[story.customer]):
        released = DailyDemand.objects.filter(part_number=story.customer_number)
        planned = sum(story.demand.planned)
        assert sum(each.quantity for each in released) > 1.5 * planned
