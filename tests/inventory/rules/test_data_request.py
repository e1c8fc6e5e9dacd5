"""IN-19 as rules: whatever the parties do, in whatever order, the tree comes to one end state."""

from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import Decimal
from itertools import permutations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from inventory.rules.data_request import (
    Decision,
    Node,
    Report,
    Standing,
    Step,
    StepRefused,
    decided,
    distinct,
    keyed_name,
    pooled,
    report,
    standing,
    steps_open,
)
from inventory.rules.request_supply import SiteSupply, summed_supply

D = Decimal


@dataclass
class Party:
    """An asked party of the model: its decision, its secret figure, whom it asked."""

    name: str
    below: list["Party"] = field(default_factory=list)
    decision: Decision = Decision.NONE

    def own(self) -> Node:
        return Node(1, keyed_name(b"chain", self.name), ({"on_hand": self.name},))

    def report(self) -> Report | None:
        return report(self.decision, self.own(), [each.report() for each in self.below])

    def everybody(self) -> list["Party"]:
        return [self, *(one for each in self.below for one in each.everybody())]


def grown(draw: st.DrawFn, depth: int, names: list[int]) -> Party:
    names.append(len(names))
    party = Party(f"party {names[-1]}")
    if depth:
        for _n in range(draw(st.integers(0, 2))):
            party.below.append(grown(draw, depth - 1, names))
    return party


@st.composite
def trees(draw: st.DrawFn) -> Party:
    return grown(draw, 3, [])


def take(party: Party, step: Step) -> None:
    try:
        party.decision = decided(party.decision, step, is_live=True)
    except StepRefused:
        assert party.decision is Decision.DECLINED


@given(trees(), st.data())
def test_any_order_of_answers_gives_one_end_state(root: Party, data: st.DataObject) -> None:
    parties = root.everybody()
    steps = st.lists(st.tuples(st.sampled_from(range(len(parties))), st.sampled_from(Step)))
    taken = data.draw(steps)
    order = data.draw(st.permutations(taken))
    ends = []
    for run in (taken, order, [each for step in taken for each in (step, step)]):  # twice is once
        for party in parties:
            party.decision = Decision.NONE
        for place, step in run:
            take(parties[place], step)
        ends.append(([party.decision for party in parties], root.report()))
    assert ends[0] == ends[1] == ends[2]


@given(trees(), st.data())
def test_final_when_and_only_when_all_approved(root: Party, data: st.DataObject) -> None:
    for party in root.everybody():
        party.decision = data.draw(st.sampled_from(Decision))
    found = root.report()
    has_all = all(party.decision is Decision.APPROVED for party in root.everybody())
    assert (found is not None and found.is_final) == has_all
    if found is not None:
        assert has_all == (not found.gaps)


@given(trees(), st.data())
def test_no_deadlock_whoever_has_not_declined_can_still_answer(
    root: Party, data: st.DataObject
) -> None:
    for party in root.everybody():
        party.decision = data.draw(st.sampled_from(Decision))
        open_now = steps_open(party.decision, is_live=True)
        assert bool(open_now) == (party.decision is not Decision.DECLINED)
        for step in open_now:
            decided(party.decision, step, is_live=True)
        assert steps_open(party.decision, is_live=False) == frozenset()
        with pytest.raises(StepRefused):
            decided(party.decision, Step.APPROVE, is_live=False)
    undecided = [party for party in root.everybody() if party.decision is not Decision.DECLINED]
    for party in undecided:
        party.decision = decided(party.decision, Step.APPROVE, is_live=True)
    if len(undecided) == len(root.everybody()):
        found = root.report()
        assert found is not None
        assert found.is_final


@given(trees(), st.data())
def test_a_decliner_leaks_nothing(root: Party, data: st.DataObject) -> None:
    """Nothing of it or of those below it goes up, and it looks like somebody who waits."""
    parties = root.everybody()
    for party in parties:
        party.decision = data.draw(st.sampled_from(Decision))
    decliner = data.draw(st.sampled_from(parties))
    decliner.decision = Decision.DECLINED
    told = root.report()
    decliner.decision = Decision.NONE
    assert root.report() == told
    hidden = {party.name for party in decliner.everybody()}
    if told is not None:
        assert not hidden & {node.figures[0]["on_hand"] for node in told.nodes}
        assert not {party.name for party in parties} & {node.key for node in told.nodes}


def test_pooled_reports_tell_no_origin_and_count_one_party_once() -> None:
    twice = Node(2, keyed_name(b"chain", "shared"), ({"on_hand": "1"},))
    one = Report((Node(1, "a", ()), twice), {}, is_final=True)
    other = Report((Node(1, "b", ()), twice, Node(3, "c", ())), {2: 1}, is_final=False)
    for order in permutations([one, other, None]):
        found = pooled(order)
        assert [node.key for node in found.nodes] == ["a", "b", twice.key, twice.key, "c"]
        assert (found.gaps, found.is_final, distinct(found.nodes)) == ({1: 1, 2: 1}, False, 4)
    assert pooled([one]).is_final
    assert not pooled([]).is_final


def test_standing_in_words() -> None:
    def of(decision: Decision, *, forwards: bool = False, final: bool = False) -> Standing:
        return standing(decision, has_forwards=forwards, is_final=final, is_live=True)

    assert of(Decision.NONE) is Standing.OPEN
    assert of(Decision.NONE, forwards=True) is Standing.FORWARDED
    assert of(Decision.APPROVED, forwards=True) is Standing.APPROVED
    assert of(Decision.APPROVED, final=True) is Standing.FINAL
    assert of(Decision.DECLINED, final=True) is Standing.DECLINED
    ended = standing(Decision.APPROVED, has_forwards=False, is_final=True, is_live=False)
    assert ended is Standing.ENDED


@given(st.binary(min_size=32, max_size=32), st.binary(min_size=32, max_size=32), st.text())
def test_names_hold_in_one_chain_only(one: bytes, other: bytes, name: str) -> None:
    assert keyed_name(one, name) == keyed_name(one, name)
    assert len(keyed_name(one, name)) == 16
    assert one == other or keyed_name(one, name) != keyed_name(other, name)


def site(on_hand: int, demand: list[int], first: date = date(2026, 6, 1)) -> SiteSupply:
    left, stock = D(on_hand), []
    for need in demand:
        left -= need
        stock.append(left)
    return SiteSupply(
        on_hand=D(on_hand), first=first, stock=stock, demand=[D(each) for each in demand]
    )


def test_sites_are_summed_over_the_days_that_all_cover() -> None:
    start = date(2026, 6, 1)
    one = site(100, [0, 40, 40, 40])
    found = summed_supply([one], start, start + timedelta(days=9))
    assert found is not None
    assert (found.on_hand, found.days, found.lowest, found.short_from) == (
        D(100), D("2.50"), D(-20), date(2026, 6, 4),
    )  # fmt: skip
    both = summed_supply([one, site(30, [10, 10], start + timedelta(days=1))], start, start)
    assert both is not None
    assert (both.on_hand, both.lowest) == (D(130), None)  # the horizon ends before both are known
    bare = SiteSupply(on_hand=D(7), first=start, stock=[], demand=[])
    alone = summed_supply([bare], start, start)
    assert alone is not None
    assert (alone.on_hand, alone.days, alone.lowest) == (D(7), None, None)
    assert summed_supply([], start, start) is None
