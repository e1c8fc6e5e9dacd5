"""Exceptions: one row per cause, a handling per organisation, steps by the table."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest

from collab.events.models import Event
from collab.organisations.context import acting_for
from collab.organisations.models import Organisation
from collab.work import queries
from collab.work.models import Alert, AlertHandling
from collab.work.queries import QueueFilter
from collab.work.rules.handling import STEPS, Action, State, StepNotAllowed, next_state
from collab.work.services import (
    AlertNotVisible,
    Concern,
    HandlingConflict,
    clear_alert,
    handle,
    handle_many,
    raise_alert,
)
from tests.conftest import ClientFor
from tests.harness.cast import Cast, found_person

Raise = Callable[..., UUID]


@pytest.fixture
def cause(cast: Cast) -> Raise:
    """Return a function that raises an alert of Brasov's about its business with Avalon."""

    def make(object_id: UUID | None = None, **concern: Any) -> UUID:
        with acting_for(cast.brasov):
            alert = raise_alert(
                type="tests.trouble",
                object_kind="tests.thing",
                object_id=object_id or uuid4(),
                concern=Concern(
                    **{
                        "severity": "warning",
                        "counterparty_id": cast.avalon.pk,
                        "part_number": "BH-1",
                        "partner_part_number": "AM-1",
                        **concern,
                    }
                ),
            )
        return alert.pk

    return make


def kinds(owner: Organisation) -> list[str]:
    with acting_for(owner):
        return list(Event.objects.order_by("pk").values_list("kind", flat=True))


def test_a_repeat_updates_and_only_news_is_announced(cast: Cast, cause: Raise) -> None:
    thing = uuid4()
    first, same = cause(thing), cause(thing)
    worse = cause(thing, severity="critical")
    assert first == same == worse
    assert kinds(cast.brasov) == ["work.AlertRaised", "work.AlertUpdated"]
    with acting_for(cast.avalon):
        assert Alert.objects.get().times_seen == 3


def test_it_closes_itself_and_a_return_starts_again_for_everybody(cast: Cast, cause: Raise) -> None:
    thing = uuid4()
    key = cause(thing)
    with acting_for(cast.avalon):
        handle(key, Action.RESOLVE)
    with acting_for(cast.brasov):
        assert clear_alert(type="tests.trouble", object_kind="tests.thing", object_id=thing)
        assert not clear_alert(type="tests.trouble", object_kind="tests.thing", object_id=thing)
    with acting_for(cast.avalon):
        (row,) = queries.exceptions_by_key([key])
        assert (row.state, row.is_open, list(row.actions)) == ("closed", False, [])
        with pytest.raises(StepNotAllowed):
            handle(key, Action.REOPEN)
    cause(thing)
    with acting_for(cast.avalon):
        (row,) = queries.exceptions()
        assert row.state == "new"


def test_each_addressee_has_its_own_handling(cast: Cast, cause: Raise) -> None:
    key = cause()
    with acting_for(cast.avalon):
        handle(key, Action.START)
    with acting_for(cast.silesia):
        (row,) = queries.exceptions()
        assert row.state == "new"
        handle(key, Action.DISMISS, note="not ours")
        assert queries.open_count() == 0
        assert [each.note for each in queries.activity(key)] == ["not ours"]
    with acting_for(cast.avalon):
        (row,) = queries.exceptions()
        assert row.state == "in_work"
        assert [each.action for each in queries.activity(key)] == ["start"]
    with acting_for(cast.porto), pytest.raises(AlertNotVisible):
        handle(key, Action.START)


def test_the_most_urgent_comes_first(cast: Cast, cause: Raise) -> None:
    now = datetime.now(UTC)
    late = cause(run_out_at=now + timedelta(days=2))
    costly = cause(impact_cost_minor=900, currency="EUR")
    cheap = cause(impact_cost_minor=100, currency="EUR")
    soon = cause(run_out_at=now + timedelta(hours=2))
    with acting_for(cast.avalon):
        assert [row.id for row in queries.exceptions()] == [soon, late, costly, cheap]
    with acting_for(cast.silesia):  # run-out and cost are not among its fields: by age
        assert [row.id for row in queries.exceptions()] == [late, costly, cheap, soon]


def test_snoozed_ones_sleep_and_mine_are_mine(cast: Cast, cause: Raise) -> None:
    asleep, mine = cause(), cause()
    person = found_person(cast.avalon)
    with acting_for(cast.avalon, person_id=person.pk):
        handle(asleep, Action.SNOOZE, until=datetime.now(UTC) + timedelta(hours=1))
        handle(mine, Action.ASSIGN)
        assert [row.id for row in queries.exceptions()] == [mine]
        assert [row.id for row in queries.exceptions(QueueFilter(view="snoozed"))] == [asleep]
        (row,) = queries.exceptions(QueueFilter(view="mine"))
        assert (row.state, row.is_mine) == ("acknowledged", True)


def test_bulk_goes_on_after_a_refusal(cast: Cast, cause: Raise) -> None:
    one, two = cause(), cause()
    with acting_for(cast.avalon):
        handle(one, Action.RESOLVE)
        result = handle_many([one, two, uuid4()], Action.RESOLVE)
        assert (result.done, len(result.refused)) == (1, 2)


def test_a_dismissal_says_why_and_a_stale_version_is_refused(cast: Cast, cause: Raise) -> None:
    key = cause()
    with acting_for(cast.avalon):
        with pytest.raises(ValueError, match="note"):
            handle(key, Action.DISMISS)
        handle(key, Action.ACKNOWLEDGE)
        with pytest.raises(HandlingConflict):
            handle(key, Action.START, expected_version=1)
        assert AlertHandling.objects.get().state == "acknowledged"


def test_every_state_leads_on_or_back() -> None:
    for state in State:
        assert any(start is state for start, _action in STEPS)
    reached = {State.NEW} | set(STEPS.values())
    assert reached == set(State)
    with pytest.raises(StepNotAllowed, match="expected one of"):
        next_state(State.NEW, Action.CLOSE)


def test_the_queue_page_and_its_steps(cast: Cast, cause: Raise, client_for: ClientFor) -> None:
    key = cause(severity="critical")
    browser = client_for(cast.avalon)
    page = browser.get("/t/avalon/exceptions/")
    assert page.status_code == 200
    assert b"AM-1" in page.content
    answer = browser.post(
        f"/t/avalon/exceptions/{key}/resolve", {"note": "sent"}, headers={"HX-Request": "true"}
    )
    assert answer.status_code == 200
    assert "Resolved" in answer["HX-Trigger"]
    assert browser.get("/t/avalon/exceptions/?view=done").content.count(b"queue-") > 0
    rival = client_for(cast.porto)
    assert rival.get(f"/t/porto/exceptions/{key}/").status_code == 404
    assert b"BH-1" not in rival.get("/t/porto/exceptions/").content


def test_a_viewer_may_look_but_not_act(cast: Cast, cause: Raise, client_for: ClientFor) -> None:
    key = cause()
    browser = client_for(cast.avalon, role="viewer")
    assert browser.get(f"/t/avalon/exceptions/{key}/").status_code == 200
    assert browser.post(f"/t/avalon/exceptions/{key}/start").status_code == 403
