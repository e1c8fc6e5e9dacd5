"""Each wall holds with the one behind it open: the filters of the application without policies.

A forgotten filter is invisible while row-level security stands, so here it is switched off on
every table that a manager fences. What no manager fences (grants, partnerships, memberships and
credentials, which have two ends) keeps its policies: the database alone decides about it.
"""

from collections import Counter
from collections.abc import Callable, Iterator
from functools import cache, partial
from http import HTTPStatus
from typing import Any
from uuid import uuid4

import pytest
from django.apps import apps
from django.db import DatabaseError, connection, models, transaction
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver

from collab.integration.lookups import get_for_org
from collab.integration.problems import Problem
from collab.masterdata.models import Part
from collab.organisations.context import acting_for
from collab.organisations.models import Membership, Organisation
from collab.organisations.owned import Owned, OwnedManager
from collab.organisations.walls import OwnWalls
from collab.sharing.models import Grant, Partnership, Shared, SharedManager
from collab.sharing.queries import latest_rows
from collab.work.models import Alert
from inventory.models import Coverage, StockPosition
from tests.harness.cast import Cast, found_cast, found_person, sign_in
from tests.harness.servers import owner_sql
from tests.harness.stock import short_stock
from tests.integration.machines import machine
from tests.test_isolation import CANARY, answers, page_routes

SECRET = "cnry-brasov-51de"  # begins like CANARY


def fenced() -> list[type[Owned]]:
    """Return the models whose manager filters by owner or by grants."""
    return [
        model
        for model in apps.get_models()
        if issubclass(model, Owned)
        and isinstance(model._default_manager, OwnedManager | SharedManager)
    ]


@pytest.fixture(scope="module")
def story(kept_database: None) -> Cast:
    """Both suppliers hold stock; each word of Brasov's carries the canary.

    What Brasov holds for Kestrel is shown to nobody: not to Kestrel, and not to Avalon, which
    sees what Brasov holds for itself.
    """
    cast = found_cast()
    short_stock(cast.brasov, cast.avalon, number=CANARY, partner_number=f"am-{CANARY}")
    short_stock(
        cast.brasov, cast.kestrel, number=SECRET, partner_number="KE-2", is_number_told=False
    )
    short_stock(cast.porto, cast.kestrel, number="PH-1", partner_number="KE-1")
    return cast


@pytest.fixture(scope="module")
def seen_before(story: Cast) -> dict[tuple[int, str], set[Any]]:
    """Say what each organisation sees while all walls stand."""
    return seen(story)


@pytest.fixture(scope="module")
def admin_of(story: Cast) -> Callable[[Organisation], Client]:
    """Return a function that signs an organisation's administrator in, once."""
    return cache(partial(sign_in, role="admin"))


@pytest.fixture
def open_database(seen_before: dict[tuple[int, str], set[Any]]) -> Iterator[None]:
    """Take the database's wall away from the fenced tables."""
    connection.close()
    _switch("DISABLE")
    try:
        yield
    finally:
        connection.close()
        _switch("ENABLE")


def _switch(how: str) -> None:
    owner_sql(
        ";".join(
            f'ALTER TABLE "{model._meta.db_table}" {how} ROW LEVEL SECURITY' for model in fenced()
        )
    )


def seen(cast: Cast) -> dict[tuple[int, str], set[Any]]:
    """Return the keys that each organisation gets of each fenced model."""
    found = {}
    for organisation in cast.everybody():
        with acting_for(organisation):
            for model in fenced():
                keys = set(model._default_manager.values_list("pk", flat=True))
                found[organisation.pk, model._meta.label] = keys
    return found


def rows_of(model: type[models.Model], owner_id: int) -> list[Any]:
    """Return the keys of somebody's rows by a statement that no manager sees."""
    with connection.cursor() as cursor:
        cursor.execute(
            f'SELECT id FROM "{model._meta.db_table}" WHERE owner_id = %s', [owner_id]
        )  # fmt: skip
        return [row[0] for row in cursor.fetchall()]


def is_wider(model: type[models.Model]) -> bool:
    """Say whether the policies of a table name readers beside the owner and the grants."""
    if any(isinstance(each, OwnWalls) and each.also_read for each in model._meta.constraints):
        return True
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT count(*) FROM pg_policies WHERE tablename = %s AND cmd = 'SELECT'",
            [model._meta.db_table],
        )
        return bool(cursor.fetchone()[0] > 1)


def told(content: bytes) -> bool:
    """Say whether an answer holds what is Brasov's."""
    return CANARY.encode() in content or SECRET.encode() in content


def rows_as(organisation: Organisation, table: str) -> list[Any]:
    """Return the keys of the organisation's own rows as they stand for itself."""
    with acting_for(organisation), connection.cursor() as cursor:
        cursor.execute(f'SELECT id FROM "{table}" WHERE owner_id = %s', [organisation.pk])
        return sorted(row[0] for row in cursor.fetchall())


def routes(start: str, arguments: int) -> Iterator[str]:
    """Yield the routes below ``start`` that take that many arguments."""

    def walk(resolver: URLResolver, prefix: str) -> Iterator[str]:
        for entry in resolver.url_patterns:
            route = prefix + str(entry.pattern)
            if isinstance(entry, URLPattern):
                yield route
            else:
                yield from walk(entry, route)

    for route in walk(get_resolver(), ""):
        if route.startswith(start) and route.count("<") == arguments:
            yield "/" + route


def with_a_key(slug: str) -> Iterator[str]:
    """Yield the addresses of one organisation that take a row's key, as ``<key>``."""
    for route in [*routes("api/v1/", 1), *routes("t/<slug:tenant>/", 2)]:
        name, _, rest = route.partition("<uuid:")
        if rest:
            yield (name + "<key>" + rest.partition(">")[2]).replace("<slug:tenant>", slug)


@pytest.mark.usefixtures("open_database")
def test_the_database_is_really_open(story: Cast) -> None:
    others = 0
    with acting_for(story.porto):
        for model in fenced():
            others += len(rows_of(model, story.brasov.pk))
    assert others > 10


def test_the_policies_alone_give_the_same_answers(
    story: Cast, seen_before: dict[tuple[int, str], set[Any]]
) -> None:
    for organisation in story.everybody():
        with acting_for(organisation), connection.cursor() as cursor:
            for model in fenced():
                cursor.execute(f'SELECT id FROM "{model._meta.db_table}"')
                by_policy = {row[0] for row in cursor.fetchall()}
                by_manager = seen_before[organisation.pk, model._meta.label]
                assert by_policy >= by_manager, model
                assert by_policy == by_manager or is_wider(model), model


def test_what_has_two_ends_shows_itself_to_those_ends_alone(story: Cast) -> None:
    for organisation in story.everybody():
        found_person(organisation)
    for model, ends in (
        (Partnership, ("owner_id", "counterparty_id")),
        (Grant, ("owner_id", "viewer_id", "about_id")),
        (Membership, ("organisation_id",)),
    ):
        everything: set[Any] = set()
        for organisation in story.everybody():
            with acting_for(organisation):
                rows: list[Any] = list(models.QuerySet(model))
            assert all(organisation.pk in [getattr(row, end) for end in ends] for row in rows)
            everything |= {row.pk for row in rows}
        assert len(everything) > 2, model


@pytest.mark.parametrize("name", ["avalon", "silesia", "porto"])
@pytest.mark.parametrize("model", [Coverage, StockPosition, Alert, Part], ids=lambda m: m.__name__)
def test_the_policies_alone_keep_a_rivals_rows_as_they_are(
    story: Cast, model: type[Owned], name: str
) -> None:
    """Statements without a condition: they ask for no right to read, so only their own counts."""
    me, table = getattr(story, name), model._meta.db_table
    theirs, mine = rows_as(story.brasov, table), rows_as(me, table)
    assert theirs
    for statement in (f'UPDATE "{table}" SET owner_id = {me.pk}', f'DELETE FROM "{table}"'):
        with acting_for(me), connection.cursor() as cursor:
            cursor.execute("SET CONSTRAINTS ALL DEFERRED")
            cursor.execute(statement)
            assert cursor.rowcount == len(mine), statement
            transaction.set_rollback(True)
    given_away = f"jsonb_build_object('id', gen_random_uuid(), 'owner_id', {me.pk})"
    for statement in (
        f'UPDATE "{table}" SET owner_id = {me.pk}',
        f'INSERT INTO "{table}" SELECT (jsonb_populate_record(r, {given_away})).* FROM "{table}" r',
    ):
        with acting_for(story.brasov), connection.cursor() as cursor:
            with pytest.raises(DatabaseError, match="row-level security"), transaction.atomic():
                cursor.execute(statement)
            transaction.set_rollback(True)
    assert rows_as(story.brasov, table) == theirs


@pytest.mark.usefixtures("open_database")
def test_the_managers_alone_give_the_same_answers(
    story: Cast, seen_before: dict[tuple[int, str], set[Any]]
) -> None:
    now = seen(story)
    assert now == seen_before
    assert sum(bool(keys) for keys in now.values()) > 20
    kinds = {label for (_owner, label), keys in now.items() if keys}
    assert any(issubclass(apps.get_model(label), Shared) for label in kinds)
    assert any(not issubclass(apps.get_model(label), Shared) for label in kinds)


@pytest.mark.usefixtures("open_database")
def test_no_key_finds_a_rivals_row(story: Cast) -> None:
    tried = 0
    for model in fenced():
        for key in rows_of(model, story.brasov.pk)[:2]:
            with acting_for(story.porto), pytest.raises(Problem) as refused:
                get_for_org(model, pk=key)
            assert refused.value.status == 404
            with acting_for(story.brasov):
                assert get_for_org(model, pk=key).pk == key
            tried += 1
    assert tried > 10


@pytest.mark.usefixtures("open_database")
def test_the_newest_rows_of_hot_lists_stand_alone(story: Cast) -> None:
    """They pass the managers; what a grant hides of a row would hide that it is there at all."""
    found = {}
    for name in ("brasov", "avalon", "porto", "kestrel", "fjord"):
        with acting_for(getattr(story, name)):
            rows = latest_rows(StockPosition, ("owner_id",), order="observed_at", limit=50)
        found[name] = {owner for *_rest, owner in rows}
    brasov = story.brasov.pk
    assert found["brasov"] == found["avalon"] == {brasov}
    assert all(brasov not in found[rival] for rival in ("porto", "kestrel", "fjord"))


@pytest.mark.usefixtures("open_database")
@pytest.mark.parametrize("rival", ["porto", "kestrel", "fjord"])
def test_pages_and_lists_stand_alone(
    story: Cast, admin_of: Callable[[Organisation], Client], rival: str
) -> None:
    organisation = getattr(story, rival)
    for address, content in answers(admin_of(organisation), organisation.slug):
        assert not told(content), address


@pytest.mark.usefixtures("open_database")
@pytest.mark.parametrize("query", [{"q": CANARY[:8]}, {"export": "csv"}], ids=["search", "file"])
def test_files_and_search_stand_alone(
    story: Cast, admin_of: Callable[[Organisation], Client], query: dict[str, str]
) -> None:
    client = admin_of(story.porto)
    for route in page_routes():
        address = route.replace("<slug:tenant>", story.porto.slug)
        assert not told(b"".join(client.get(address, query))), f"{address} {query}"


def test_the_owner_does_find_it_by_search_and_in_files(
    story: Cast, admin_of: Callable[[Organisation], Client]
) -> None:
    client, slug = admin_of(story.brasov), story.brasov.slug
    for address, query in (
        (f"/t/{slug}/search/", {"q": CANARY[:8]}),
        (f"/t/{slug}/network/parts/", {"q": CANARY[:8], "export": "csv"}),
        (f"/t/{slug}/inventory/", {"export": "csv"}),
    ):
        assert CANARY.encode() in client.get(address, query).content, address


class Sought:
    """The statements in which an address looked for a key."""

    def __init__(self, key: str) -> None:
        self.key = key
        self.statements: list[str] = []

    def __call__(self, execute: Any, sql: str, params: Any, *rest: Any) -> Any:
        """Note the statement if it names the key."""
        if self.key in map(str, params or ()):
            self.statements.append(sql)
        return execute(sql, params, *rest)

    def may_be_of(self, table: str) -> bool:
        """Say whether a row of ``table`` could be the one; of any where no statement is seen."""
        return not self.statements or any(f'"{table}"' in each for each in self.statements)


@pytest.mark.usefixtures("open_database")
@pytest.mark.timeout(300)
def test_no_address_with_a_rivals_key_answers(
    story: Cast, admin_of: Callable[[Organisation], Client], settings: Any
) -> None:
    """Each is asked for what nobody has, and for a row of each table where it looks for that."""
    settings.API_RATE_PER_MINUTE = 100_000  # the walls are tried, not the rate
    person, holder = admin_of(story.porto), machine(story.porto)
    tables = {model._meta.db_table: rows_of(model, story.brasov.pk)[:1] for model in fenced()}
    keys = {table: str(key) for table, found in tables.items() for key in found}
    assert len(keys) > 5
    tried: Counter[str] = Counter()

    def ask(address: str, key: str) -> bool:
        address = address.replace("<key>", key)
        is_api = address.startswith("/api/")
        answer = holder.get(address[8:]) if is_api else person.get(address)
        assert answer.status_code in {302, 404, 405}, f"{address}: {answer.status_code}"
        assert not told(answer.content), address
        return bool(answer.status_code != HTTPStatus.METHOD_NOT_ALLOWED)

    for address in with_a_key(story.porto.slug):
        sought = Sought(str(uuid4()))
        with connection.execute_wrapper(sought):
            is_answered = ask(address, sought.key)
        for table, key in keys.items():
            if is_answered and sought.may_be_of(table):
                ask(address, key)
                tried[table] += 1
    assert {"masterdata_part", "work_alert", "inventory_stockcount"} <= set(tried)
    assert tried.total() > 25
