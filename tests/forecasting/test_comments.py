"""Typed comments and update requests (FC-19): the author's alone to change, gone when deleted."""

from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest

from collab.events.relay import work_off
from collab.masterdata.refusals import Refused
from collab.organisations.context import acting_for
from collab.work.models import Alert
from forecasting.models import DemandSeries, PlanComment
from forecasting.queries.comments import comments_on
from forecasting.services.comments import CommentInput, comment, delete_comment, edit_comment
from forecasting.services.update_requests import ask_update
from tests.forecasting.builders import PUBLISHED, a_series, release, week
from tests.harness.cast import Cast, found_person


@pytest.fixture
def series(cast: Cast) -> DemandSeries:
    """Avalon's harness from Brasov."""
    return a_series(cast.avalon, cast.brasov)


def say(series: DemandSeries, text: str = "Tool change", **changes: Any) -> PlanComment:
    said = {"object_kind": "series", "object_id": series.pk, "text": text, **changes}
    return comment(CommentInput(**said))[0]


def test_both_sides_read_it_on_its_weeks_and_rivals_do_not(
    series: DemandSeries, cast: Cast
) -> None:
    with acting_for(cast.brasov):
        say(series, type="warning", weeks=[week(2), week(1)])
    with acting_for(cast.avalon):
        (row,) = comments_on([series.pk])
        assert (row.text, row.type, row.weeks) == ("Tool change", "warning", [week(1), week(2)])
        assert (row.owner.short, row.is_own, row.may_edit) == ("Brasov", False, False)
    for rival in (cast.porto, cast.kestrel, cast.silesia):
        with acting_for(rival):
            assert comments_on([series.pk]) == []
            with pytest.raises(Refused, match="a series or group of yours"):
                say(series)


def test_only_the_author_edits_and_deletion_leaves_nothing(
    series: DemandSeries, cast: Cast
) -> None:
    author, colleague = found_person(cast.brasov), found_person(cast.brasov, "clerk")
    with acting_for(cast.brasov, person_id=author.pk):
        row = say(series)
        assert edit_comment(row.pk, text="Tool change, 2 days").version == 2
        assert PlanComment.objects.get().history[0]["text"] == "Tool change"
    with acting_for(cast.brasov, person_id=colleague.pk), pytest.raises(Refused, match="your own"):
        edit_comment(row.pk, text="x")
    with acting_for(cast.avalon), pytest.raises(PlanComment.DoesNotExist):
        delete_comment(row.pk)
    with acting_for(cast.brasov, person_id=author.pk):
        delete_comment(row.pk)
        assert not PlanComment.objects.exists()


def test_a_comment_that_asks_to_act_becomes_the_partners_exception_until_it_is_gone(
    series: DemandSeries, cast: Cast
) -> None:
    with acting_for(cast.avalon):
        row = say(series, text="Please build ahead", type="actionRequired")
    work_off()
    with acting_for(cast.brasov):
        alert = Alert.objects.get(type="forecasting.comment_asks")
        assert (alert.is_open, alert.part_number) == (True, "BH-100")
    with acting_for(cast.avalon):
        delete_comment(row.pk)
    work_off()
    with acting_for(cast.brasov):
        assert not Alert.objects.get(type="forecasting.comment_asks").is_open


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"text": " "}, "something said"),
        ({"text": "x" * 5001}, "at most 5000"),
        ({"type": "shout"}, "one of"),
        ({"weeks": [week(0) + timedelta(days=1)]}, "Mondays"),
        ({"object_id": uuid4()}, "a series or group of yours"),
    ],
)
def test_what_cannot_be_said(
    changes: dict[str, Any], expected: str, series: DemandSeries, cast: Cast
) -> None:
    with acting_for(cast.brasov), pytest.raises(Refused, match=expected):
        say(series, **changes)


def test_the_senders_key_makes_a_repeat_an_edit(series: DemandSeries, cast: Cast) -> None:
    with acting_for(cast.brasov):
        first = say(series, external_id="C-1")
        again = say(series, external_id="C-1")
        assert (first.pk, again.version) == (again.pk, 1)  # twice = once
        assert say(series, text="Now 3 days", external_id="C-1").version == 2


def test_an_update_request_is_answered_from_what_changed_since(
    series: DemandSeries, cast: Cast
) -> None:
    release(series, 100, None)
    with acting_for(cast.brasov):
        everything = ask_update(partner=cast.avalon.bpn, asked={})
        assert everything.answer is not None
        (found,) = everything.answer["series"]
        assert found["quantities"] == ["100.000", None]
        since = {"id": str(series.pk), "changed_at": PUBLISHED.isoformat()}
        assert ask_update(partner=cast.avalon.bpn, asked={"series": [since]}).answer == {
            "series": []
        }
        earlier = since | {"changed_at": (PUBLISHED - timedelta(days=1)).isoformat()}
        fresh = ask_update(partner=cast.avalon.bpn, asked={"series": [earlier]})
        assert fresh.answer is not None
        assert len(fresh.answer["series"]) == 1
        with pytest.raises(Refused, match="with its zone"):
            ask_update(
                partner=cast.avalon.bpn,
                asked={"series": [since | {"changed_at": "2026-11-23T00:00:00"}]},
            )
    with acting_for(cast.porto):
        nothing = ask_update(partner=cast.avalon.bpn, asked={"series": [since]})
        assert nothing.answer == {"series": []}
