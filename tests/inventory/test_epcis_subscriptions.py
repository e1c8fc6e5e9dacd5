"""Subscriptions to named queries: each event once, on a schedule or as it comes, within walls."""

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from collab.events.bus import dispatch
from collab.events.models import Errand, Event
from collab.integration.epcis.read import decode, read_document
from collab.integration.models import WebhookDelivery, WebhookEndpoint
from collab.integration.webhooks.sealing import unseal
from collab.organisations.context import acting_for
from collab.organisations.models import Organisation
from inventory.listeners.streams import LISTENER, stream_heard
from inventory.models import QuerySubscription
from inventory.rules.epcis_schedule import (
    FIELDS,
    LEAST_PAUSE,
    BadSchedule,
    next_after,
    read_schedule,
)
from inventory.services import epcis_subscriptions as service
from inventory.services.captures import rows_of
from inventory.services.tracking import record_events
from tests.harness.cast import Cast
from tests.integration.epcis.making import document, plain_event
from tests.integration.machines import Machine, machine

NOW = datetime.now(UTC)
URL = "https://receiver.example/hooks"


def record(
    who: Organisation,
    *numbers: int,
    at: datetime,
    step: str = "shipping",
    to: Organisation | None = None,
) -> None:
    """Let an organisation record events at a time, of goods that go to a partner."""
    party = [{"type": "owning_party", "destination": f"urn:example:{to.bpn}"}] if to else None
    events = [
        plain_event(
            **{
                "@context": None,
                "eventTime": "2026-10-22T06:45:00Z",
                "eventID": f"urn:x:{number}",
                "epcList": [f"urn:epc:id:sscc:4012345.0{number:09d}"],
                "bizStep": step,
                "destinationList": party,
            }
        )
        for number in numbers
    ]
    with acting_for(who):
        rows = rows_of(read_document(document(*events)).captured)
        for verdict in record_events(rows, source="test", received_at=at):
            assert verdict.state == "recorded"


def sent(who: Organisation) -> list[list[str]]:
    """Return the ids of the events of each message, in order."""
    with acting_for(who):
        return [
            [each.facts.event_id for each in read_document(decoded(row)).captured]
            for row in WebhookDelivery.objects.order_by("id")
        ]


def decoded(row: WebhookDelivery) -> Any:
    return decode(bytes(row.body))


def run_due(who: Organisation) -> None:
    """Do the round that each subscription waits for."""
    with acting_for(who):
        for row in QuerySubscription.objects.filter(next_at__isnull=False):
            service.run_round(service._subject(row))


def asked(who: Machine, **body: Any) -> Any:
    return who.post("epcis/queries/shipped/subscriptions", {"dest": URL, **body})


@pytest.fixture
def brasov(cast: Cast) -> Machine:
    who = machine(cast.brasov)
    who.post("epcis/queries", {"name": "shipped", "query": {"EQ_bizStep": ["shipping"]}})
    return who


@pytest.mark.django_db
def test_a_schedule_sends_each_event_once_in_the_order_of_record(
    cast: Cast, brasov: Machine, monkeypatch: pytest.MonkeyPatch
) -> None:
    since = NOW - timedelta(hours=3)
    record(cast.brasov, 1, at=since - timedelta(minutes=1))
    answer = asked(brasov, schedule={"minute": "0,30"}, initialRecordTime=since.isoformat())
    assert answer.status_code == 201, answer.content
    made = answer.json()
    assert made["secret"].startswith("whsec_")
    with acting_for(cast.brasov):
        (row,) = QuerySubscription.objects.all()
        assert unseal(WebhookEndpoint.objects.get().secret) == made["secret"]
        assert row.next_at is not None
        assert row.next_at.minute in {0, 30}
        assert Errand.objects.filter(name=service.TASK, due_at=row.next_at).exists()
    record(cast.brasov, 2, at=since + timedelta(minutes=9))
    record(cast.brasov, 3, 4, at=since + timedelta(minutes=5))
    record(cast.brasov, 5, at=since + timedelta(minutes=6), step="receiving")
    record(cast.brasov, 6, at=datetime.now(UTC))  # may still be followed by an earlier one
    run_due(cast.brasov)
    run_due(cast.brasov)
    ((*first_two, last),) = sent(cast.brasov)
    assert (set(first_two), last) == ({"urn:x:3", "urn:x:4"}, "urn:x:2")
    monkeypatch.setattr(service, "SETTLED", timedelta(minutes=-5))
    run_due(cast.brasov)
    run_due(cast.brasov)
    assert sent(cast.brasov)[1:] == [["urn:x:6"]]
    with acting_for(cast.brasov):
        body = decoded(WebhookDelivery.objects.earliest("id"))
    results = body["epcisBody"]["queryResults"]
    assert (results["subscriptionID"], results["queryName"]) == (made["subscriptionID"], "shipped")
    listed = brasov.get("epcis/queries/shipped/subscriptions").json()
    assert [each["subscriptionID"] for each in listed] == [made["subscriptionID"]]
    assert "secret" not in listed[0]


@pytest.mark.django_db
def test_an_empty_round_is_told_only_to_who_wants_it(cast: Cast, brasov: Machine) -> None:
    asked(brasov, schedule={"second": "0"})
    asked(brasov, schedule={"second": "0"}, reportIfEmpty=True)
    run_due(cast.brasov)
    assert sent(cast.brasov) == [[]]


@pytest.mark.django_db
def test_a_stream_reaches_owner_and_partner_once_and_no_rival(cast: Cast, brasov: Machine) -> None:
    record(cast.brasov, 1, at=NOW - timedelta(hours=1))
    streams = {name: machine(getattr(cast, name)) for name in ("avalon", "porto")} | {
        "brasov": brasov
    }
    for who in streams.values():
        who.post("epcis/queries", {"name": "shipped", "query": {"EQ_bizStep": ["shipping"]}})
        assert asked(who, stream=True).status_code == 201
    later = datetime.now(UTC) + timedelta(seconds=1)
    with acting_for(cast.brasov):
        seen = set(Event.objects.values_list("pk", flat=True))
    record(cast.brasov, *range(2, 7), at=later)
    record(cast.brasov, 7, at=later, to=cast.avalon)
    record(cast.brasov, 8, at=later, step="receiving")
    with acting_for(cast.brasov):
        rows = Event.objects.filter(kind="inventory.TrackingRecorded").exclude(pk__in=seen)
        heard: list[UUID] = []
        for row in rows:
            for _twice in range(2):  # the bus hands on each event once to each subscriber
                dispatch(row)
            heard += [UUID(key) for key in row.body["event_ids"]]
    expected = [[f"urn:x:{number}" for number in range(2, 7)], ["urn:x:7"]]
    assert [sorted(each) for each in sent(cast.brasov)] == expected
    called = Errand.objects.filter(name=LISTENER).values_list("organisation_id", flat=True)
    for organisation in (cast.avalon, cast.porto):
        with acting_for(organisation):
            stream_heard(heard)
    assert sent(cast.avalon) == [["urn:x:7"]]
    assert sent(cast.porto) == []
    assert set(called) == {cast.avalon.pk}


@pytest.mark.django_db
def test_a_stream_can_begin_in_the_past(cast: Cast, brasov: Machine) -> None:
    record(cast.brasov, 1, at=NOW - timedelta(hours=2))
    record(cast.brasov, 2, at=NOW - timedelta(minutes=2))
    since = (NOW - timedelta(hours=1)).isoformat()
    assert asked(brasov, stream=True, initialRecordTime=since).status_code == 201
    run_due(cast.brasov)
    run_due(cast.brasov)
    assert sent(cast.brasov) == [["urn:x:2"]]


@pytest.mark.django_db
def test_refused_subscriptions_and_the_end_of_one(cast: Cast, brasov: Machine) -> None:
    for body, field in (
        ({}, "schedule"),
        ({"stream": True, "schedule": {"hour": "8"}}, "schedule"),
        ({"schedule": {"hour": "25"}}, "hour"),
        ({"schedule": {"century": "1"}}, "century"),
        ({"stream": True, "dest": "http://receiver.example/"}, "dest"),
        ({"stream": True, "dest": "https://10.0.0.1/"}, "dest"),
    ):
        answer = asked(brasov, **body)
        assert answer.status_code == 400, body
        assert answer.json()["type"] == "epcisException:SubscriptionControlsException"
        assert answer.json()["errors"][0]["field"] == field
    porto = machine(cast.porto)
    key = asked(brasov, stream=True).json()["subscriptionID"]
    where = f"epcis/queries/shipped/subscriptions/{key}"
    assert porto.get(where).status_code == 404
    assert porto.call("DELETE", where).status_code == 404
    assert brasov.call("DELETE", where).status_code == 204
    assert brasov.get(where).status_code == 404
    asked(brasov, schedule={"hour": "8"})
    assert brasov.call("DELETE", "epcis/queries/shipped").status_code == 204
    with acting_for(cast.brasov):
        assert not QuerySubscription.objects.exists()


def matches(schedule: dict[str, set[int]], at: datetime) -> bool:
    """Say whether a schedule names this second."""
    shown = {
        "second": at.second,
        "minute": at.minute,
        "hour": at.hour,
        "dayOfMonth": at.day,
        "month": at.month,
        "dayOfWeek": at.isoweekday(),
    }
    return all(shown[field] in values for field, values in schedule.items())


@given(
    st.fixed_dictionaries(
        {"second": st.sets(st.integers(0, 59), min_size=1, max_size=4)},
        optional={
            "minute": st.sampled_from([{0, 20, 40}, set(range(1, 60, 7)), set(range(30))]),
            "hour": st.sampled_from([set(range(0, 24, 2)), set(range(20))]),
        },
    ),
    st.datetimes(datetime(2026, 1, 1), datetime(2026, 12, 30), timezones=st.just(UTC)),
)
def test_the_next_time_is_the_first_that_matches(wanted: dict[str, set[int]], at: datetime) -> None:
    schedule = read_schedule(
        {field: ",".join(map(str, values)) for field, values in wanted.items()}
    )
    found = next_after(schedule, at)
    assert found is not None
    assert matches(wanted, found)
    assert found - at >= LEAST_PAUSE
    step = (at + LEAST_PAUSE).replace(microsecond=0) + timedelta(seconds=1)
    for _second in range(min(4_000, int((found - step).total_seconds()))):
        assert not matches(wanted, step)
        step += timedelta(seconds=1)


def test_known_schedules() -> None:
    noon = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)  # a Sunday
    for schedule, expected in (
        ({"hour": "8"}, datetime(2026, 11, 23, 8, tzinfo=UTC)),
        ({"hour": 8, "dayOfWeek": "[2-3]"}, datetime(2026, 11, 24, 8, tzinfo=UTC)),
        ({"minute": "0,30"}, datetime(2026, 11, 22, 12, 30, tzinfo=UTC)),
        ({"dayOfMonth": "29", "month": "2"}, datetime(2028, 2, 29, tzinfo=UTC)),
        ({"dayOfWeek": 7, "hour": 11, "second": 5}, datetime(2026, 11, 29, 11, 0, 5, tzinfo=UTC)),
    ):  # fmt: skip
        assert next_after(read_schedule(schedule), noon) == expected
    for field in FIELDS:
        for bad in ("", "x", "-1", "61", "3-1", "1,,2"):
            with pytest.raises(BadSchedule, match="expected"):
                read_schedule({field: bad})
    impossible: list[Any] = [{"dayOfMonth": "30", "month": "2"}, {}, [], "hourly"]
    for never in impossible:
        with pytest.raises(BadSchedule):
            read_schedule(never)
