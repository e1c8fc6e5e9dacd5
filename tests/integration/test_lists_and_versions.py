"""Pages neither repeat nor lose rows; versions keep one from overwriting another."""

from typing import Any

import pytest

from collab.organisations.context import acting_for
from collab.organisations.models import Site
from tests.harness.cast import Cast
from tests.integration.machines import machine

SITE = {
    "name": "Second", "kind": "plant", "country": "DE", "city": "Bonn",
    "latitude": 50.7, "longitude": 7.1,
}  # fmt: skip


def _sites(cast: Cast, count: int) -> None:
    with acting_for(cast.avalon):
        for number in range(count):
            Site.objects.create(code=f"S{number % 7}-{number:03d}", **SITE)


@pytest.mark.parametrize("size", [1, 3, 10, 200])
def test_pages_hold_every_row_once_in_order(cast: Cast, size: int) -> None:
    _sites(cast, 23)
    holder, found, cursor = machine(cast.avalon), [], ""
    while True:
        page = holder.get(f"sites?limit={size}{cursor}").json()
        found += [each["code"] for each in page["items"]]
        assert len(page["items"]) <= size
        if page["next"] is None:
            break
        cursor = f"&cursor={page['next']}"
    assert found == sorted(found)
    assert len(found) == len(set(found)) == 24


def test_a_cursor_opens_nothing_for_others_and_elsewhere(cast: Cast) -> None:
    _sites(cast, 3)
    cursor = machine(cast.avalon).get("sites?limit=1").json()["next"]
    assert machine(cast.avalon).get(f"sites?limit=1&cursor={cursor}").status_code == 200
    for holder, path in (
        (machine(cast.kestrel), "sites"),
        (machine(cast.avalon, name="other"), "members"),
    ):
        answer = holder.get(f"{path}?cursor={cursor}")
        assert answer.status_code == 400
        assert answer.json()["errors"][0]["field"] == "cursor"


@pytest.mark.parametrize("limit", ["0", "201", "-1", "x", "1.5", "", "²", "99999999999"])
def test_a_wrong_limit_is_named(cast: Cast, limit: str) -> None:
    answer = machine(cast.avalon).get(f"sites?limit={limit}")
    assert answer.status_code == 400
    (error,) = answer.json()["errors"]
    assert error["field"] == "limit"
    assert error["value"] == limit


def test_an_unknown_parameter_is_refused(cast: Cast) -> None:
    holder = machine(cast.avalon)
    assert holder.get("sites?kind=plant").status_code == 200
    answer = holder.get("sites?owner__bpn=BPNL000000000002")
    assert answer.status_code == 400
    assert answer.json()["errors"][0]["field"] == "owner__bpn"


def test_foreign_and_missing_ids_answer_alike(cast: Cast) -> None:
    with acting_for(cast.kestrel):
        foreign = Site.objects.get().pk
    with acting_for(cast.avalon):
        own = Site.objects.get().pk
    holder = machine(cast.avalon)
    assert holder.get(f"sites/{own}").status_code == 200
    bodies = []
    for key in (foreign, "0190b9d6-0000-7000-8000-000000000000"):
        answer = holder.get(f"sites/{key}", **{"X-Request-Id": "same-for-both"})
        assert answer.status_code == 404
        headers = {k: v for k, v in answer.headers.items() if not k.startswith("X-RateLimit")}
        bodies.append((answer.content, headers))
    assert bodies[0] == bodies[1]
    assert holder.get("grants/0190b9d6-0000-7000-8000-000000000000").json()["detail"]


def test_a_change_needs_the_version_it_was_made_from(cast: Cast, client_for: Any) -> None:
    browser = client_for(cast.avalon, role="admin")
    with acting_for(cast.avalon):
        key = Site.objects.get().pk
    read = browser.get(f"/api/v1/sites/{key}")
    etag = read["ETag"]

    def change(**headers: str) -> Any:
        return browser.patch(
            f"/api/v1/sites/{key}",
            {"city": "Ulm"},
            content_type="application/json",
            headers=headers,
        )

    assert change().status_code == 428
    assert change(**{"If-Match": '"something else"'}).status_code == 412
    changed = change(**{"If-Match": etag})
    assert changed.status_code == 200
    assert changed.json()["version"] == 2
    assert changed["ETag"] != etag
    assert change(**{"If-Match": etag}).status_code == 412
    known = browser.get(f"/api/v1/sites/{key}", headers={"If-None-Match": changed["ETag"]})
    assert (known.status_code, known.content) == (304, b"")


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("latitude", "nan"),
        ("latitude", 1e400),
        ("latitude", 91),
        ("latitude", True),
        ("latitude", 10**400),
        ("kind", "castle"),
        ("country", "de"),
        ("timezone", "Mars/Olympus"),
        ("code", "a b"),
        ("code", "x" * 21),
        ("name", "zero\x00byte"),
        ("name", ""),
        ("name", None),
        ("gln", "12"),
    ],
)
def test_a_wrong_value_is_named_with_what_was_expected(
    cast: Cast, client_for: Any, field: str, value: Any
) -> None:
    browser = client_for(cast.avalon, role="admin")
    body = {"code": "AVA9", **SITE, field: value}
    answer = browser.post("/api/v1/sites", body, content_type="application/json")
    assert answer.status_code == 400
    assert answer["Content-Type"] == "application/problem+json"
    if value != 1e400:  # which is no JSON at all
        assert answer.json()["errors"][0]["field"] == field
