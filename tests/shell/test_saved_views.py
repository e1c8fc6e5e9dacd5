"""Saved views: kept once, shown to whom they are for, opened first where they are the default."""

import pytest
from django.test import Client
from hypothesis import given
from hypothesis import strategies as st

from collab.masterdata.refusals import Refused
from collab.organisations.context import acting_for
from collab.shell.models import SavedView
from collab.shell.saved_views import clean_query
from tests.conftest import ClientFor
from tests.harness.cast import Cast
from tests.shell.conftest import Raise

SAVE = "/t/avalon/views/save"
PARTS = "/t/avalon/network/parts/"
API = "/api/v1/saved-views"
RETIRED = {"page": "masterdata:parts", "name": "Retired", "query": "state=retired"}


def save(client: Client, **fields: object) -> str:
    """Save a view by the page's form; return where the browser is sent."""
    response = client.post(SAVE, {**RETIRED, **fields})
    assert response.status_code == 302
    return response.headers["Location"]


def names(client: Client) -> list[str]:
    """Return the names of the views that a signed-in person gets."""
    return [each["name"] for each in client.get(API).json()["items"]]


@pytest.mark.parametrize(
    ("written", "kept"),
    [
        ("?site=MUC&part=&cursor=abc&kind=component", "kind=component&site=MUC"),  # sorted, clean
        ("export=csv&limit=5&v=all", ""),  # one look at the list, no filter
        ("a=2&a=1", "a=1&a=2"),  # several values stay
        ("q=t%C3%BCr+links", "q=t%C3%BCr+links"),
    ],
)
def test_a_filter_has_one_spelling(written: str, kept: str) -> None:
    assert clean_query(written) == kept


@given(st.lists(st.tuples(st.sampled_from("abc"), st.text("xyz &=%", max_size=4)), max_size=6))
def test_cleaning_twice_changes_nothing(pairs: list[tuple[str, str]]) -> None:
    once = clean_query("&".join(f"{name}={value}" for name, value in pairs))
    assert clean_query(once) == once


def test_a_filter_too_long_or_of_too_many_fields_is_refused() -> None:
    for query in ("q=" + "x" * 2000, "&".join(f"a{n}=1" for n in range(50))):
        with pytest.raises(Refused):
            clean_query(query)


def test_saved_twice_it_is_one_view_with_the_newer_filter(
    cast: Cast, client_for: ClientFor
) -> None:
    client = client_for(cast.avalon)
    assert save(client) == f"{PARTS}?state=retired"
    save(client, query="state=active&cursor=zzz")
    with acting_for(cast.avalon):
        view = SavedView.objects.get()
    assert (view.query, view.version) == ("state=active", 2)
    save(client, query="state=active")
    with acting_for(cast.avalon):
        assert SavedView.objects.get().version == 2


def test_a_private_view_is_its_keepers_alone(cast: Cast, client_for: ClientFor) -> None:
    keeper, colleague = client_for(cast.avalon), client_for(cast.avalon, "admin")
    save(keeper)
    assert names(keeper) == ["Retired"]
    assert names(colleague) == []
    with acting_for(cast.avalon):
        key = SavedView.objects.get().pk
    for path in ("change", "remove"):
        assert colleague.post(f"/t/avalon/views/{key}/{path}", {"name": "x"}).status_code == 404
    assert colleague.get(f"{API}/{key}").status_code == 404


def test_other_organisations_see_nothing(cast: Cast, client_for: ClientFor) -> None:
    save(client_for(cast.avalon, "admin"), audience="tenant")
    for rival in (cast.kestrel, cast.brasov):
        assert names(client_for(rival, "admin")) == []
    with acting_for(cast.kestrel):
        assert not SavedView.objects.exists()


def test_only_admins_share_and_a_team_sees_its_own(cast: Cast, client_for: ClientFor) -> None:
    admin, planner = client_for(cast.avalon, "admin"), client_for(cast.avalon)
    viewer = client_for(cast.avalon, "viewer")
    for audience in ("team", "tenant"):
        refused = planner.post(SAVE, {**RETIRED, "audience": audience})
        assert refused.status_code == 403
    save(admin, name="Planners'", audience="team:planner")
    save(admin, name="All of us", audience="tenant")
    assert '<option value="team:dispatcher">' in admin.get(PARTS).content.decode()
    assert "team:" not in planner.get(PARTS).content.decode()
    assert names(planner) == ["All of us", "Planners'"]
    assert names(viewer) == ["All of us"]
    with acting_for(cast.avalon):
        key = SavedView.objects.get(audience="tenant").pk
    assert planner.post(f"/t/avalon/views/{key}/remove").status_code == 403


def test_a_list_opens_with_the_nearest_default(cast: Cast, client_for: ClientFor) -> None:
    admin, planner = client_for(cast.avalon, "admin"), client_for(cast.avalon)
    assert planner.get(PARTS).status_code == 200
    save(admin, name="All", audience="tenant", query="state=active", is_default="1")
    assert planner.get(PARTS).headers["Location"] == f"{PARTS}?state=active"
    save(admin, name="Team", audience="team:planner", query="kind=assembly", is_default="1")
    assert planner.get(PARTS).headers["Location"] == f"{PARTS}?kind=assembly"
    assert admin.get(PARTS).headers["Location"] == f"{PARTS}?state=active"
    save(planner, name="Mine", is_default="1")
    assert planner.get(PARTS).headers["Location"] == f"{PARTS}?state=retired"
    save(planner, name="Other", query="q=door", is_default="1")  # one default at a time
    assert planner.get(PARTS).headers["Location"] == f"{PARTS}?q=door"
    with acting_for(cast.avalon):
        assert SavedView.objects.filter(audience="private", is_default=True).count() == 1


def test_clear_filters_files_and_fragments_leave_the_default_alone(
    cast: Cast, client_for: ClientFor
) -> None:
    planner = client_for(cast.avalon)
    save(planner, is_default="1")
    within = {"HTTP_REFERER": f"http://testserver{PARTS}?state=retired"}
    assert planner.get(PARTS, **within).status_code == 200
    assert planner.get(PARTS, HTTP_HX_REQUEST="true").status_code == 200
    assert planner.get(f"{PARTS}?export=csv").status_code == 200


def test_rename_default_removal_and_the_way_back(cast: Cast, client_for: ClientFor) -> None:
    client = client_for(cast.avalon)
    save(client)
    save(client, name="Taken")
    with acting_for(cast.avalon):
        key = SavedView.objects.get(name="Retired").pk
    path = f"/t/avalon/views/{key}"
    client.post(f"{path}/change", {"name": "Taken", "do": "rename"})
    assert names(client) == ["Retired", "Taken"]
    assert "already" in client.session["toast"]["text"]
    client.post(f"{path}/change", {"name": "Out of use", "do": "rename"})
    client.post(f"{path}/change", {"do": "default"})
    client.post(f"{path}/change", {"do": "update", "query": "kind=material"})
    with acting_for(cast.avalon):
        view = SavedView.objects.get(pk=key)
    assert (view.name, view.is_default, view.query) == ("Out of use", True, "kind=material")
    client.post(f"{path}/remove")
    assert names(client) == ["Taken"]
    undo = client.session["toast"]["undo"]
    assert client.post(undo).status_code == 302
    assert names(client) == ["Out of use", "Taken"]
    assert client.post(undo).status_code == 404


def test_the_list_shows_its_views_with_files_and_marks_the_one_at_hand(
    cast: Cast, client_for: ClientFor
) -> None:
    client = client_for(cast.avalon)
    save(client)
    page = client.get(f"{PARTS}?state=retired").content.decode()
    assert f'href="{PARTS}?state=retired" title="Only me" aria-current="page"' in page
    for form in ("csv", "xlsx"):
        assert f"{PARTS}?state=retired&amp;export={form}" in page
        file = client.get(f"{PARTS}?state=retired&export={form}")
        assert "attachment" in file.headers["Content-Disposition"]
    assert 'aria-current="page">Retired' not in client.get(f"{PARTS}?q=x").content.decode()


def test_a_list_that_filters_in_place_saves_the_filter_on_screen(
    cast: Cast, client_for: ClientFor
) -> None:
    client = client_for(cast.avalon)
    now = f"http://testserver{PARTS}?kind=material&state="
    client.post(SAVE, RETIRED, HTTP_HX_REQUEST="true", HTTP_HX_CURRENT_URL=now)
    with acting_for(cast.avalon):
        assert SavedView.objects.get().query == "kind=material"


@pytest.mark.parametrize(
    "path",
    [
        "exceptions/", "inventory/", "network/parts/", "jobs/", "forecasts/signals/",
        "forecasts/releases/", "forecasts/commits/", "forecasts/capacity/", "forecasts/orders/",
    ],
)  # fmt: skip
def test_every_list_offers_to_save_its_filter(path: str, cast: Cast, client_for: ClientFor) -> None:
    page = client_for(cast.avalon).get(f"/t/avalon/{path}").content.decode()
    assert 'popovertarget="saved-views"' in page
    assert page.count('id="saved-views"') == 1


def test_the_palette_finds_views_by_name_and_list(cast: Cast, client_for: ClientFor) -> None:
    client = client_for(cast.avalon)
    save(client)
    for text in ("retir", "view", "parts"):
        page = client.get(f"/t/avalon/search/?q={text}").content.decode()
        assert "View: Retired" in page, text
    assert "View: Retired" not in client_for(cast.avalon, "viewer").get(
        "/t/avalon/search/?q=retired"
    ).content.decode()  # fmt: skip


def test_in_german(cast: Cast, client_for: ClientFor) -> None:
    client = client_for(cast.avalon)
    session = client.session
    session["language"] = "de"
    session.save()
    page = client.get(PARTS).content.decode()
    assert "Ansicht speichern" in page


def test_the_api_keeps_reads_changes_and_removes(cast: Cast, client_for: ClientFor) -> None:
    client = client_for(cast.avalon)
    made = client.post(API, RETIRED, "application/json")
    assert made.status_code == 201
    again = client.post(API, RETIRED, "application/json")
    assert (again.status_code, again.json()["id"]) == (200, made.json()["id"])
    body = made.json()
    assert body["url"] == f"{PARTS}?state=retired"
    assert body["csv"] == f"{PARTS}?state=retired&export=csv"
    path = f"{API}/{body['id']}"
    change = {"name": "Out of use"}
    assert client.patch(path, change, "application/json").status_code == 428
    tag = {"HTTP_IF_MATCH": made.headers["ETag"]}
    assert client.patch(path, change, "application/json", **tag).json()["version"] == 2
    assert client.patch(path, change, "application/json", **tag).status_code == 412
    assert client.delete(path).status_code == 204
    assert client.get(path).status_code == 404


def test_the_api_refuses_other_pages_and_other_peoples_business(
    cast: Cast, client_for: ClientFor
) -> None:
    client = client_for(cast.avalon)
    wrong = client.post(API, {**RETIRED, "page": "shell:settings"}, "application/json")
    assert wrong.status_code == 400
    assert wrong.json()["errors"][0]["field"] == "page"
    shared = client.post(API, {**RETIRED, "audience": "tenant"}, "application/json")
    assert shared.status_code == 403


@pytest.mark.parametrize("path", ["exceptions/?severity=critical", "jobs/?state=failed"])
@pytest.mark.parametrize("form", ["csv", "xlsx"])
def test_the_files_of_a_view_hold_the_same_filter(
    path: str, form: str, cast: Cast, client_for: ClientFor, raised: Raise
) -> None:
    raised(cast.brasov, cast.avalon, "BH-1")
    raised(cast.brasov, cast.avalon, "BH-2", severity="warning")
    file = client_for(cast.brasov).get(f"/t/brasov/{path}&export={form}")
    assert file.status_code == 200
    if form == "csv":
        text = file.content.decode("utf-8-sig")
        assert ("BH-1" in text) == path.startswith("exceptions")
        assert "BH-2" not in text
