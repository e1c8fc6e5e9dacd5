"""Every page of the shell: for each kind of organisation and role, foreign ones, many rows."""

from uuid import uuid4

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from tests.conftest import ClientFor
from tests.harness.cast import Cast
from tests.shell.conftest import Raise

READING = [
    "",
    "tower/figures/",
    "search/?q=AM",
    "help/",
    "settings/",
    "network/",
    "network/sharing/",
]
CHANGING = ["network/sharing/new/", "network/invitations/new/", "integrations/keys/"]


@pytest.mark.parametrize("who", ["avalon", "brasov", "silesia", "fjord", "rhine"])
@pytest.mark.parametrize("path", [*READING, *CHANGING])
def test_each_page_is_drawn_for_every_kind_of_organisation(
    cast: Cast, client_for: ClientFor, raised: Raise, who: str, path: str
) -> None:
    raised(cast.brasov, cast.avalon, "BH-1")
    organisation = getattr(cast, who)
    answer = client_for(organisation, "admin").get(f"/t/{organisation.slug}/{path}")
    assert answer.status_code == 200
    assert organisation.name in answer.content.decode() or path.startswith(("tower", "search"))


@pytest.mark.parametrize("role", ["planner", "clerk", "dispatcher", "viewer"])
def test_everybody_reads_but_not_everybody_changes(
    cast: Cast, client_for: ClientFor, role: str
) -> None:
    client = client_for(cast.avalon, role)
    for path in READING:
        assert client.get(f"/t/avalon/{path}").status_code == 200, path
    may_change = role == "planner"
    for path in CHANGING:
        assert client.get(f"/t/avalon/{path}").status_code == (200 if may_change else 403), path
    assert client.get("/t/avalon/integrations/keys/new/").status_code == 403


def test_a_refusal_says_who_can_help(cast: Cast, client_for: ClientFor) -> None:
    answer = client_for(cast.avalon, "viewer").get("/t/avalon/network/sharing/new/")
    assert answer.status_code == 403
    assert "Administrator, Planner" in answer.content.decode()


@pytest.mark.parametrize("path", [*READING, *CHANGING])
def test_a_foreign_page_looks_like_a_missing_one(
    cast: Cast, client_for: ClientFor, path: str
) -> None:
    client = client_for(cast.porto, "admin")
    foreign = client.get(f"/t/avalon/{path}")
    missing = client.get(f"/t/nobody/{path}")
    assert foreign.status_code == missing.status_code == 404
    assert _without_number(foreign.content) == _without_number(missing.content)


def test_an_unknown_partner_looks_like_a_missing_one(cast: Cast, client_for: ClientFor) -> None:
    client = client_for(cast.porto, "admin")
    assert client.get(f"/t/porto/network/partners/{cast.brasov.bpn}/").status_code == 404
    assert client.get("/t/porto/network/partners/BPNL999999999999/").status_code == 404
    assert client.get(f"/t/porto/network/sharing/seen-by/{cast.brasov.bpn}/").status_code == 404
    assert client.get(f"/t/porto/network/partners/{cast.avalon.bpn}/").status_code == 200


@pytest.mark.parametrize("path", ["", "network/", "network/sharing/", "search/?q=BH"])
def test_more_rows_need_no_more_queries(
    cast: Cast, client_for: ClientFor, raised: Raise, path: str
) -> None:
    client = client_for(cast.avalon)
    client.get("/t/avalon/")  # the first request of a session writes it
    raised(cast.brasov, cast.avalon, "BH-0")
    few = _queries(client, f"/t/avalon/{path}")
    for number in range(1, 9):
        raised(cast.brasov, cast.avalon, f"BH-{number}")
    assert _queries(client, f"/t/avalon/{path}") <= few


def test_the_tower_shows_a_partners_exception_and_its_panels_one_by_one(
    cast: Cast, client_for: ClientFor, raised: Raise
) -> None:
    raised(cast.brasov, cast.avalon, "BH-77")
    client = client_for(cast.avalon)
    page = client.get("/t/avalon/").content.decode()
    assert 'id="exceptions-feed"' in page
    assert "BH-77" in page
    panel = client.get("/t/avalon/tower/panels/supply-network/").content.decode()
    assert panel.strip().startswith("<section")
    assert "n-crit" in panel
    assert client.get("/t/avalon/tower/panels/no-such/").status_code == 404


def test_a_rival_sees_nothing_of_it(cast: Cast, client_for: ClientFor, raised: Raise) -> None:
    before = client_for(cast.porto).get("/t/porto/").content
    raised(cast.brasov, cast.avalon, "BH-77")
    client = client_for(cast.kestrel)
    for page in (
        before,
        client.get("/t/kestrel/").content,
        client.get("/t/kestrel/search/?q=BH").content,
    ):
        assert b"BH-77" not in page


def test_the_root_leads_home_and_switching_is_checked(cast: Cast, client_for: ClientFor) -> None:
    client = client_for(cast.avalon)
    assert client.get("/").headers["Location"] == "/t/avalon/"
    before = client.session.session_key
    assert client.post("/switch/", {"to": "kestrel"}).status_code == 404
    answer = client.post("/switch/", {"to": "avalon", "next": "https://elsewhere.example/"})
    assert answer.headers["Location"] == "/t/avalon/"
    assert client.session.session_key != before


def test_nobody_is_led_to_the_login(database: None) -> None:
    client = Client()
    for path in ("/", "/ui/", "/t/avalon/"):
        assert "/accounts/login/" in client.get(path).headers["Location"]


def test_unknown_ids_are_missing(cast: Cast, client_for: ClientFor) -> None:
    client = client_for(cast.avalon, "admin")
    for action in ("revoke", "restore", "consent"):
        path = f"/t/avalon/network/sharing/{uuid4()}/{action}/"
        assert client.post(path).status_code == 404
    for action in ("rotate", "revoke"):
        assert client.post(f"/t/avalon/integrations/keys/{uuid4()}/{action}/").status_code == 404


def _queries(client: Client, path: str) -> int:
    with CaptureQueriesContext(connection) as captured:
        assert client.get(path).status_code == 200
    return len(captured)


def _without_number(content: bytes) -> bytes:
    start, end = content.find(b"<code>"), content.find(b"</code>")
    return content[:start] + content[end:]
