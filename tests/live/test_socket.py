"""The socket as a browser meets it: a real server process, real PostgreSQL, real Valkey."""

import time
from collections.abc import Iterator

import pytest
from django.contrib.sessions.models import Session
from websockets.exceptions import ConnectionClosed, InvalidStatus
from websockets.sync.client import ClientConnection

from collab.live import feed
from collab.organisations.context import acting_for
from collab.organisations.models import Membership, Organisation, Person
from tests.harness.cast import Cast, found_person
from tests.live.server import LiveServer, frame, live_server, sign_in

pytestmark = pytest.mark.committed
REVOKED_WITHIN = 5.0


@pytest.fixture(scope="module")
def server() -> Iterator[LiveServer]:
    with live_server() as running:
        yield running


@pytest.fixture
def planner(cast: Cast) -> Person:
    return found_person(cast.avalon)


def put(organisation: Organisation, count: int = 1) -> None:
    with acting_for(organisation):
        shown = {"t": "test", "k": "data"}
        feed.append("test", [{"en": shown, "de": shown}] * count)


def close_code(socket: ClientConnection, within: float = REVOKED_WITHIN) -> int | None:
    """Return the code the server closes with; fail if it does not close in time."""
    deadline = time.monotonic() + within
    while True:
        try:
            socket.recv(timeout=max(0.01, deadline - time.monotonic()))
        except ConnectionClosed as closed:
            return closed.rcvd.code if closed.rcvd else None


def test_health_is_the_only_page(server: LiveServer, cast: Cast) -> None:
    assert server.get("/health/live") == 200
    assert server.get("/") == 404


def test_frames_come_live_to_their_organisation_alone(
    server: LiveServer, cast: Cast, planner: Person
) -> None:
    rival = found_person(cast.kestrel)
    with (
        server.connect(sign_in(planner, cast.avalon)) as ours,
        server.connect(sign_in(rival, cast.kestrel)) as theirs,
    ):
        assert frame(ours) == {"s": 0, "k": "hello"}
        assert frame(theirs) == {"s": 0, "k": "hello"}
        put(cast.avalon, 3)
        put(cast.kestrel, 1)  # the positive control
        assert [frame(ours)["s"] for _ in range(3)] == [1, 2, 3]
        assert frame(theirs)["s"] == 1
        with pytest.raises(TimeoutError):
            theirs.recv(timeout=0.5)


def test_reconnecting_replays_what_was_missed_then_goes_on(
    server: LiveServer, cast: Cast, planner: Person
) -> None:
    put(cast.avalon, 1200)
    began = time.monotonic()
    with server.connect(sign_in(planner, cast.avalon), since=700) as socket:
        assert frame(socket) == {"s": 1200, "k": "hello"}
        assert [frame(socket)["s"] for _ in range(500)] == list(range(701, 1201))
        assert time.monotonic() - began < 2.0
        put(cast.avalon)
        assert frame(socket)["s"] == 1201
    with server.connect(sign_in(planner, cast.avalon), since=99_999) as socket:
        assert frame(socket)["k"] == "hello"
        assert frame(socket) == {"s": 1201, "k": "resync"}


def test_replay_and_live_frames_join_without_hole_or_repeat(
    server: LiveServer, cast: Cast, planner: Person
) -> None:
    session = sign_in(planner, cast.avalon)
    put(cast.avalon, 50)
    for _round in range(5):
        with server.connect(session, since=0) as socket:
            put(cast.avalon, 20)
            assert frame(socket)["k"] == "hello"
            with acting_for(cast.avalon):
                head = feed.head()
            assert [frame(socket)["s"] for _ in range(head)] == list(range(1, head + 1))


def test_strangers_are_turned_away(server: LiveServer, cast: Cast, planner: Person) -> None:
    session = sign_in(planner, cast.avalon)
    for origin in ("https://evil.example", "http://127.0.0.1:9", "http://127.0.0.1:99999", ""):
        with pytest.raises(InvalidStatus) as refused, server.connect(session, origin=origin):
            pass
        assert refused.value.response.status_code == 403
    with pytest.raises(InvalidStatus), server.connect(session, path="/ws/other/"):
        pass
    no_member_there = sign_in(planner, cast.kestrel)
    for key in (None, "no-such-session", session[:-1] + "!", no_member_there):
        with server.connect(key) as socket:
            assert close_code(socket) == 4401


@pytest.mark.parametrize("what", ["membership", "person", "session", "password"])
def test_a_revoked_right_closes_the_socket(
    server: LiveServer, cast: Cast, planner: Person, what: str
) -> None:
    stays = found_person(cast.avalon, "admin")
    session = sign_in(planner, cast.avalon)
    with (
        server.connect(sign_in(stays, cast.avalon)) as other,
        server.connect(session) as socket,
    ):
        frame(socket)
        began = time.monotonic()
        if what == "membership":
            with acting_for(cast.avalon):
                Membership.objects.filter(person=planner).update(is_active=False)
        elif what == "person":
            Person.objects.filter(pk=planner.pk).update(is_active=False)
        elif what == "password":
            planner.set_password("another password altogether")
            planner.save()
        else:
            Session.objects.filter(session_key=session).delete()
        assert close_code(socket) == 4403
        assert time.monotonic() - began < REVOKED_WITHIN
        put(cast.avalon)
        assert frame(other)["k"] == "hello"
        assert frame(other)["s"] == 1


def test_a_client_that_talks_too_much_is_closed(
    server: LiveServer, cast: Cast, planner: Person
) -> None:
    with server.connect(sign_in(planner, cast.avalon)) as socket:
        socket.send("x" * 1025)
        assert close_code(socket) == 1009
    with server.connect(sign_in(planner, cast.avalon)) as socket:
        for _ in range(11):
            socket.send("x")
        assert close_code(socket) == 1008


def test_the_end_of_the_server_tells_clients_to_come_back(cast: Cast, planner: Person) -> None:
    with (
        live_server() as leaving,
        leaving.connect(sign_in(planner, cast.avalon)) as socket,
    ):
        frame(socket)
        leaving.process.terminate()
        assert close_code(socket) == 4409
        assert leaving.process.wait(timeout=10) == 0
