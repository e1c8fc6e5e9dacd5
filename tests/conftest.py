"""Fixtures of every test: the cast, signed-in browsers, machines with keys."""

from collections.abc import Callable, Iterator

import pytest
from django.test import Client

from tests.harness.cast import Cast, found_cast, found_person
from tests.harness.servers import empty_all_tables

ClientFor = Callable[..., Client]


@pytest.fixture(scope="session")
def django_db_setup() -> None:
    """Nothing to do: the database was made and migrated before Django loaded."""


@pytest.fixture
def committed(django_db_blocker: pytest.FixtureRequest) -> Iterator[None]:
    """Let the test commit, and empty all tables afterwards."""
    with django_db_blocker.unblock():  # type: ignore[attr-defined]
        try:
            yield
        finally:
            from django.db import connection

            connection.close()
            empty_all_tables()


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

    def sign_in(organisation: object, role: str = "planner", **extra: object) -> Client:
        person = found_person(organisation, role)  # type: ignore[arg-type]
        client = Client(**extra)  # type: ignore[arg-type]
        client.force_login(person, backend="allauth.account.auth_backends.AuthenticationBackend")
        session = client.session
        session["organisation_id"] = organisation.pk  # type: ignore[attr-defined]
        session.save()
        return client

    return sign_in


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Let the browser come last: its driver keeps an event loop in this thread to the end."""
    items.sort(key=lambda item: item.get_closest_marker("browser") is not None)
