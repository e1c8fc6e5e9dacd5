"""Fixtures of every test: the cast, signed-in browsers, machines with keys."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from django.test import Client
from hypothesis import HealthCheck, settings

from collab.heap import freeze_heap
from tests.harness.cast import Cast, found_cast, sign_in
from tests.harness.rendering import keep_outermost_context
from tests.harness.servers import empty_all_tables

ClientFor = Callable[..., Client]
LONGEST = (
    "tests/test_single_walls.py",
    "tests/test_isolation.py",
    "tests/test_api_fuzz.py",
    "tests/test_side_channels.py",
    "tests/inventory/test_hold_following.py",
    "tests/demo/test_alive.py",
    "tests/local/test_servers.py",
    "tests/inventory/test_receipts.py",
    "tests/transport/test_tracking.py",
    "tests/forecasting/test_query_counts.py",
    "tests/shell/test_pages.py",
    "tests/demo/test_simulator.py",
)
"""Files of ten seconds and more."""
keep_outermost_context()
# Beside others a test may be slow: a clock says nothing of a property.
settings.register_profile(
    "untimed", settings(), deadline=None, suppress_health_check=[HealthCheck.too_slow]
)
settings.load_profile("untimed")


@pytest.fixture(scope="session")
def django_db_setup() -> None:
    """Nothing to do: the database was made and migrated before Django loaded."""


@contextmanager
def _committing(blocker: Any) -> Iterator[None]:
    from django.db import connection

    with blocker.unblock():
        try:
            yield
        finally:
            connection.close()
            empty_all_tables()


@pytest.fixture
def committed(django_db_blocker: Any) -> Iterator[None]:
    """Let the test commit, and empty all tables afterwards."""
    with _committing(django_db_blocker):
        yield


@pytest.fixture(scope="module")
def kept_database(django_db_setup: None, django_db_blocker: Any) -> Iterator[None]:
    """Let a file's fixtures and tests commit, and empty all tables after the last of them."""
    with _committing(django_db_blocker):
        yield


@pytest.fixture
def database(request: pytest.FixtureRequest) -> None:
    """Open the database: rolled back after the test, or really committed if it is marked so."""
    marked = request.node.get_closest_marker("committed")
    request.getfixturevalue("committed" if marked else "db")


@pytest.fixture
def cast(database: None) -> Cast:
    """The organisations with their partnerships and grants."""
    return found_cast()


@pytest.fixture
def client_for(cast: Cast) -> ClientFor:
    """Return a function that signs somebody in: ``client_for(cast.avalon, role="planner")``."""
    return sign_in


def pytest_collection_finish() -> None:
    """Pass over modules and tests, which stay to the end, when rubbish is looked for."""
    freeze_heap()


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Let the longest files come first, so that workers end together, and the browser last.

    Its driver keeps an event loop in this thread to the end.
    """
    turn = {file: number for number, file in enumerate(LONGEST)}

    def place(item: pytest.Item) -> tuple[bool, int]:
        is_last = item.get_closest_marker("browser") is not None
        return is_last, turn.get(item.nodeid.partition("::")[0], len(turn))

    items.sort(key=place)
