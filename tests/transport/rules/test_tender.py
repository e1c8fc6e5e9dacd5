"""Tenders: who is asked now, which answers count, and what happens to the slot."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from transport.rules.tender import (
    Answer,
    Ask,
    Change,
    NoCommonSlot,
    Outcome,
    SlotEffect,
    Step,
    Window,
    answer_refusal,
    slot_effect,
    slot_range,
    waterfall,
)

SENT = datetime(2026, 11, 9, 8, tzinfo=UTC)
RANKED = [
    Ask("Alpha", timedelta(hours=2)), Ask("Beta", timedelta(hours=1)),
    Ask("Gamma", timedelta(hours=1)),
]  # fmt: skip


def at(hours: float) -> datetime:
    return SENT + timedelta(hours=hours)


def says(carrier: str, hours: float, *, yes: bool) -> Answer:
    return Answer(carrier, at(hours), yes, "" if yes else "no truck")


def asked(answers: list[Answer], hours: float) -> Step:
    found = waterfall(RANKED, SENT, answers, at(hours)).asked
    assert found is not None
    return found


def test_the_next_carrier_is_asked_when_one_says_no_or_nothing() -> None:
    answers = [says("Beta", 2.5, yes=False), says("Gamma", 3, yes=True)]
    assert asked(answers, 1).carrier == "Alpha"
    assert asked(answers, 2).carrier == "Alpha"  # to the last minute
    beta = asked(answers, 2.1)
    assert (beta.carrier, beta.asked_at, beta.due_at) == ("Beta", at(2), at(3))
    assert asked(answers, 2.5).due_at == at(3.5)
    done = waterfall(RANKED, SENT, answers, at(9))
    assert done.accepted_by == "Gamma"
    assert done.asked is None
    assert [step.outcome for step in done.steps] == [
        Outcome.EXPIRED, Outcome.REJECTED, Outcome.ACCEPTED,
    ]  # fmt: skip


def test_an_answer_at_the_last_instant_counts() -> None:
    in_time = waterfall(RANKED, SENT, [says("Alpha", 2, yes=True)], at(5))
    assert in_time.accepted_by == "Alpha"
    too_late = waterfall(RANKED, SENT, [says("Alpha", 2.01, yes=True)], at(2.5))
    assert too_late.asked is not None


def test_answers_out_of_turn_do_not_count_and_say_why() -> None:
    early = says("Beta", 1, yes=True)
    late = says("Alpha", 2.5, yes=True)
    standing = waterfall(RANKED, SENT, [early, late], at(2.6))
    assert asked([early, late], 2.6).carrier == "Beta"
    assert answer_refusal(standing, "Beta") is None
    assert "ended at 2026-11-09 10:00 UTC" in answer_refusal(standing, "Alpha")
    assert answer_refusal(standing, "Gamma") == "You have not been asked for this load."
    taken = waterfall(RANKED, SENT, [says("Alpha", 1, yes=True)], at(1))
    assert answer_refusal(taken, "Alpha") == "You have accepted this load already."
    # a rival learns that the load is gone, not who has it
    assert "Alpha" not in answer_refusal(taken, "Beta")


def test_nobody_left() -> None:
    standing = waterfall(RANKED, SENT, [], at(5))
    assert standing.is_exhausted
    assert standing.asked is None
    assert [step.outcome for step in standing.steps] == [Outcome.EXPIRED] * 3


@given(
    st.lists(
        st.builds(
            Answer,
            st.sampled_from(["Alpha", "Beta", "Gamma", "Stranger"]),
            st.floats(-1, 6).map(at),
            st.booleans(),
        ),
        max_size=8,
        unique_by=lambda answer: answer.at,
    ),
    st.floats(0, 6),
    st.floats(0, 2),
    st.randoms(use_true_random=False),
)
def test_order_and_repetition_of_answers_change_nothing_and_the_past_stands(
    answers: list[Answer], hours: float, more: float, chance: object
) -> None:
    standing = waterfall(RANKED, SENT, answers, at(hours))
    mixed = [*answers, *answers]
    chance.shuffle(mixed)
    assert waterfall(RANKED, SENT, mixed, at(hours)) == standing
    assert standing.is_exhausted + (standing.asked is not None) + bool(standing.accepted_by) == 1
    later = waterfall(RANKED, SENT, answers, at(hours + more))
    ended = [step for step in standing.steps if step.ended_at is not None]
    assert list(later.steps[: len(ended)]) == ended


def test_a_slot_lies_in_the_windows_of_all_merged_orders() -> None:
    orders = [
        ("A", Window(at(0), at(4))), ("B", Window(at(2), at(6))), ("C", Window(at(1), at(3))),
    ]  # fmt: skip
    found = slot_range(orders)
    assert found == Window(at(2), at(3))
    assert all(window.covers(found) for _name, window in orders)
    with pytest.raises(NoCommonSlot, match="D begins after C ends"):
        slot_range([*orders, ("D", Window(at(5), at(6)))])


def test_what_re_opens_the_slot() -> None:
    effects = {change: slot_effect(change) for change in Change}
    reopened = {change for change, effect in effects.items() if effect == SlotEffect.REOPEN}
    assert reopened == {
        Change.MERGE, Change.SPLIT, Change.CANCEL_ORDER, Change.ADD_STOP, Change.CARRIER_CHANGE,
    }  # fmt: skip
    assert effects[Change.CANCEL_LOAD] == SlotEffect.RELEASE
    assert effects[Change.DRIVER_CHANGE] == SlotEffect.KEEP
