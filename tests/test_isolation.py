"""The canary oracle: what leaves for one organisation never names another without a grant."""

from collections.abc import Iterator

import pytest
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver

from collab.organisations.context import acting_for
from collab.work.models import Alert
from inventory.models import Coverage, StockPosition
from tests.conftest import ClientFor
from tests.harness.cast import Cast

CANARY = "cnry-brasov-7f3a"
OPEN_TO_ALL = {"/api/v1/openapi.json"}  # the description of the interface, no data


def page_routes() -> Iterator[str]:
    """Yield each page route below ``/t/<tenant>/`` that takes no further argument."""

    def walk(resolver: URLResolver, prefix: str) -> Iterator[str]:
        for entry in resolver.url_patterns:
            route = prefix + str(entry.pattern)
            if isinstance(entry, URLPattern):
                yield route
            else:
                yield from walk(entry, route)

    for route in walk(get_resolver(), ""):
        if route.startswith("t/<slug:tenant>/") and route.count("<") == 1:
            yield "/" + route


def api_lists() -> Iterator[str]:
    """Yield each list of the REST interface."""
    for route in get_resolver().url_patterns:
        if str(route.pattern) == "api/v1/" and isinstance(route, URLResolver):
            for entry in route.url_patterns:
                if "<" not in str(entry.pattern) and "token" not in str(entry.pattern):
                    yield f"/api/v1/{entry.pattern}"


@pytest.fixture
def marked(cast: Cast) -> Cast:
    """Give Brasov stock for Avalon whose numbers nobody else may read."""
    from tests.harness.stock import short_stock

    short_stock(cast.brasov, cast.avalon, number=CANARY, partner_number=f"am-{CANARY}")
    return cast


def answers(client: Client, slug: str) -> Iterator[tuple[str, bytes]]:
    """Yield every page and list as ``client`` gets it, after its address."""
    for route in page_routes():
        address = route.replace("<slug:tenant>", slug)
        yield address, client.get(address).content
    for address in api_lists():
        yield address, client.get(address).content


def test_the_owner_and_the_entitled_customer_do_see_it(marked: Cast, client_for: ClientFor) -> None:
    for organisation in (marked.brasov, marked.avalon):
        seen = answers(client_for(organisation), organisation.slug)
        assert any(CANARY.encode() in content for _address, content in seen)


def test_no_page_and_no_list_tells_a_stranger(marked: Cast, client_for: ClientFor) -> None:
    """Rivals ask for the same with one wall taken away, in `test_single_walls`."""
    organisation = marked.rhine
    for address, content in answers(client_for(organisation, "admin"), organisation.slug):
        assert CANARY.encode() not in content, f"told at {address}"


def test_tier_two_sees_the_part_but_not_the_customer(marked: Cast, client_for: ClientFor) -> None:
    seen = dict(answers(client_for(marked.silesia), marked.silesia.slug))
    assert any(CANARY.encode() in content for content in seen.values())
    for address, content in seen.items():
        assert f"am-{CANARY}".encode() not in content, address
        assert b"Avalon" not in content, address


@pytest.mark.parametrize("rival", ["porto", "silesia"])
def test_a_foreign_tenant_answers_like_a_missing_one(
    marked: Cast, client_for: ClientFor, rival: str
) -> None:
    client = client_for(getattr(marked, rival))
    for route in page_routes():
        foreign = client.get(route.replace("<slug:tenant>", "avalon"))
        missing = client.get(route.replace("<slug:tenant>", "nobody"))
        assert foreign.status_code == missing.status_code == 404, route


def test_nobody_is_answered_without_signing_in(marked: Cast) -> None:
    anonymous = Client()
    for route in page_routes():
        assert anonymous.get(route.replace("<slug:tenant>", "avalon")).status_code in {302, 404}
    for address in api_lists():
        if address not in OPEN_TO_ALL:
            assert anonymous.get(address).status_code in {302, 401, 405}, address


def test_policy_and_filter_agree_for_every_shared_row(marked: Cast) -> None:
    from django.db import connection

    seen_by_grant = 0
    for organisation in marked.everybody():
        with acting_for(organisation):
            for model in (Alert, Coverage, StockPosition):
                by_filter = set(model.objects.values_list("pk", flat=True))
                with connection.cursor() as cursor:
                    cursor.execute(f'SELECT id FROM "{model._meta.db_table}"')
                    by_policy = {row[0] for row in cursor.fetchall()}
                assert by_filter == by_policy, f"{organisation} {model.__name__}"
                if organisation.pk != marked.brasov.pk:
                    seen_by_grant += len(by_filter)
    assert seen_by_grant >= 4  # the comparison did meet granted rows


def test_a_rivals_transcript_is_the_same_with_and_without_the_data(
    cast: Cast, client_for: ClientFor
) -> None:
    from tests.harness.stock import short_stock

    client = client_for(cast.porto, "admin")
    before = dict(answers(client, cast.porto.slug))
    short_stock(cast.brasov, cast.kestrel, number=CANARY, partner_number=f"ke-{CANARY}")
    after = dict(answers(client, cast.porto.slug))
    for address, content in before.items():
        assert masked(content) == masked(after[address]), address


def masked(content: bytes) -> str:
    """Return the answer without what differs between any two requests: tokens, clocks, ids."""
    import re

    text = content.decode(errors="replace")
    text = re.sub(r'(csrf[^"]*"[^"]*value=|name="csrf" content=)"[^"]*"', r"\1", text)
    text = re.sub(r'csrfmiddlewaretoken" value="[^"]*"', "", text)
    text = re.sub(r"X-CSRFToken[^}]*", "", text)
    text = re.sub(r'"(request_id|instance)":"[^"]*"', "", text)
    text = re.sub(r"<code[^>]*>[0-9a-f-]{36}</code>", "<request>", text)
    text = re.sub(r"\d{4}-\d\d-\d\dT[\d:.+Z-]*", "<time>", text)
    return re.sub(r"\b\d\d:\d\d(:\d\d)?\b", "<clock>", text)
