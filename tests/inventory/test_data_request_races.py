"""IN-19: what a party said last is what is told, however much happens at the same moment."""

import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from threading import Event

import pytest
from django.db import connection

from collab.organisations.context import acting_for
from inventory.models import DataAnswer
from inventory.services.data_answers import decline_request, follow_answers
from tests.inventory.test_data_requests import Crisis, crisis

__all__ = ["crisis"]
LONGEST_S = 10.0


def somebody_waits() -> bool:
    """Say whether a session waits for a lock that another one holds."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT EXISTS (SELECT FROM pg_locks WHERE NOT granted)")
        return bool(cursor.fetchone()[0])


def until(condition: Callable[[], bool]) -> None:
    ends = time.monotonic() + LONGEST_S
    while not condition():
        assert time.monotonic() < ends
        time.sleep(0.01)


@pytest.mark.committed
def test_in_19_nothing_from_below_overtakes_a_refusal(crisis: Crisis) -> None:
    """Brasov declines while an answer of Silesia arrives: its figures are not told again."""
    cast = crisis.cast
    root = crisis.ask()
    below = crisis.forward(root)
    crisis.say(cast.brasov, root, yes=True)
    crisis.say(cast.silesia, below, yes=True)
    declined, may_commit = Event(), Event()

    def decline() -> None:
        try:
            with acting_for(cast.brasov.pk):
                decline_request(root.pk)
                declined.set()
                assert may_commit.wait(LONGEST_S)
        finally:
            connection.close()

    def follow() -> None:
        try:
            with acting_for(cast.brasov.pk):
                follow_answers([below.pk])
        finally:
            connection.close()

    with ThreadPoolExecutor(2) as pool:
        first = pool.submit(decline)
        assert declined.wait(LONGEST_S)
        second = pool.submit(follow)
        until(somebody_waits)
        may_commit.set()
        first.result(LONGEST_S)
        second.result(LONGEST_S)
    with acting_for(cast.brasov):
        answer = DataAnswer.objects.get(request_id=root.pk, owner=cast.brasov)
    assert (answer.decision, answer.figures, answer.nodes) == ("declined", [], [])
