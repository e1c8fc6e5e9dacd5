"""Named queries over websockets, as a machine meets them: a real server, real Valkey."""

import json
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from websockets.exceptions import ConnectionClosed, InvalidStatus
from websockets.sync.client import ClientConnection, connect

from collab.events.relay import work_off
from collab.organisations import services
from collab.organisations.context import acting_for
from collab.organisations.models import Organisation
from tests.harness.cast import Cast
from tests.integration.epcis.making import document, plain_event
from tests.integration.machines import Machine, machine
from tests.live.server import LiveServer, live_server

pytestmark = pytest.mark.committed
QUERY = {"name": "shipped", "query": {"EQ_bizStep": ["shipping"]}}


@pytest.fixture(scope="module")
def server() -> Iterator[LiveServer]:
    with live_server() as running:
        yield running


def listen(server: LiveServer, secret: str, query: str = "") -> ClientConnection:
    return connect(
        f"ws://127.0.0.1:{server.port}/ws/epcis/queries/shipped{query}",
        additional_headers={"Authorization": f"Bearer {secret}"},
        open_timeout=20,
    )


def capture(who: Machine, *numbers: int, to: Organisation | None = None, **changed: Any) -> None:
    """Hand in events, for a partner if one is named, and let the bus do its work."""
    party = [{"type": "owning_party", "destination": f"urn:example:{to.bpn}"}] if to else None
    events = [
        plain_event(
            **{
                "@context": None,
                "eventTime": "2026-10-22T06:45:00Z",
                "eventID": f"urn:x:{number}",
                "epcList": [f"urn:epc:id:sscc:4012345.0{number:09d}"],
                "destinationList": party,
                **changed,
            }
        )
        for number in numbers
    ]
    assert who.post("epcis/capture", document(*events)).json()["recorded"] == len(numbers)
    deadline = time.monotonic() + 10
    while work_off() and time.monotonic() < deadline:
        pass


def ids(socket: ClientConnection, within: float = 10.0) -> list[str]:
    """Return the ids of the events of the next message, sorted."""
    body = json.loads(socket.recv(timeout=within))["epcisBody"]["queryResults"]
    assert body["queryName"] == "shipped"
    return sorted(event["eventID"] for event in body["resultsBody"]["eventList"])


def test_events_stream_to_owner_and_partner_and_to_no_rival(server: LiveServer, cast: Cast) -> None:
    brasov, avalon, porto = (machine(each) for each in (cast.brasov, cast.avalon, cast.porto))
    for who in (brasov, avalon, porto):
        assert who.post("epcis/queries", QUERY).status_code == 201
    before = datetime.now(UTC) - timedelta(seconds=1)
    capture(brasov, 1, 2)
    since = f"?initialRecordTime={before:%Y-%m-%dT%H:%M:%S}Z"
    with (
        listen(server, brasov.secret) as own,
        listen(server, avalon.secret) as partner,
        listen(server, porto.secret) as rival,
        listen(server, brasov.secret, since) as late,
    ):
        assert ids(late) == ["urn:x:1", "urn:x:2"]
        capture(brasov, 3)
        capture(brasov, 4, bizStep="receiving")
        capture(brasov, 5, to=cast.avalon)
        for socket, expected in ((own, ["3", "5"]), (late, ["3", "5"]), (partner, ["5"])):
            assert [each for _message in expected for each in ids(socket)] == [
                f"urn:x:{number}" for number in expected
            ]
        for socket in (own, late, partner, rival):
            with pytest.raises(TimeoutError):
                socket.recv(timeout=0.3)


def test_only_a_good_key_listens_and_a_revoked_one_no_longer(
    server: LiveServer, cast: Cast
) -> None:
    brasov = machine(cast.brasov)
    brasov.post("epcis/queries", QUERY)
    writer = machine(cast.brasov, {"inventory:capture"}, name="gate")
    for secret, query in (
        ("nonsense", ""),
        (writer.secret, ""),
        (brasov.secret, "?initialRecordTime=yesterday"),
        (machine(cast.porto).secret, ""),  # has no such query
    ):
        with pytest.raises(InvalidStatus) as refused:
            listen(server, secret, query)
        assert refused.value.response.status_code == 403
    with listen(server, brasov.secret) as socket:
        with acting_for(cast.brasov):
            services.revoke_key(brasov.key)
        time.sleep(1.2)  # other processes know a key for a second
        capture(machine(cast.brasov, name="other"), 1)
        with pytest.raises(ConnectionClosed) as closed:
            socket.recv(timeout=10)
        assert closed.value.rcvd is not None
        assert closed.value.rcvd.code == 4403
