"""The REST interface of stock: worked example WE-1, lists row by row, grants."""

from datetime import UTC, datetime
from typing import Any

import pytest

from collab.organisations.context import acting_for
from inventory.models import RejectedCount, StockCount
from tests.harness.cast import Cast
from tests.inventory.conftest import OWN, THEIRS, Goods, Post


def body(goods: Goods, quantity: Any, **changes: Any) -> dict[str, Any]:
    return {
        "counterparty": goods.customer.bpn,
        "part_number": OWN,
        "site": goods.site,
        "quantity": str(quantity),
        "unit": "PCE",
        "kind": "free",
        "counted_at": datetime.now(UTC).replace(microsecond=0).isoformat(),
        **changes,
    }


@pytest.mark.parametrize(
    ("stock", "demand", "days", "is_at_least"),
    [
        (100, [40, 60, 50, 50, 60, 50], "2.00", False),  # WE-1, CX-0157 table 35
        (100, [40, 0, 0, 80], "3.75", False),  # days without demand are covered
        (500, [40, 60], "2.00", True),  # outlasts what is known
        (0, [40, 60], "0.00", False),
    ],
)
def test_worked_example_1(
    goods: Goods, call: Post, stock: int, demand: list[int], days: str, is_at_least: bool
) -> None:
    goods.need(demand)
    answer = call(goods.holder, "POST", "/api/v1/stock-counts", body(goods, stock))
    assert answer.status_code == 201, answer.content
    assert answer.json()["days_of_supply"] == days
    assert answer.json()["is_at_least"] is is_at_least


def test_the_projection_is_exact(goods: Goods, call: Post) -> None:
    goods.need([40, 60, 50, 50, 60, 50])
    call(goods.holder, "POST", "/api/v1/stock-counts", body(goods, 100))
    (listed,) = call(goods.customer, "GET", "/api/v1/coverage").json()["items"]
    assert "projection" not in listed  # 57 days a row would make the list heavy
    answer = call(goods.customer, "GET", f"/api/v1/coverage/{listed['id']}")
    row = answer.json()
    assert listed.items() <= row.items()
    assert answer["ETag"]
    assert [day["days_of_supply"] for day in row["projection"]][:2] == ["2.00", "1.00"]
    assert row["projection"][0]["stock"] == "100.000"
    assert (row["site"], row["counterparty"]) == (goods.site, goods.customer.bpn)
    assert row["partner_part_number"] == THEIRS


def test_again_is_200_and_the_same_count(goods: Goods, call: Post) -> None:
    sent = body(goods, 7)
    first = call(goods.holder, "POST", "/api/v1/stock-counts", sent)
    again = call(goods.holder, "POST", "/api/v1/stock-counts", sent)
    assert (first.status_code, again.status_code) == (201, 200)
    assert first.json()["id"] == again.json()["id"]


def test_a_list_is_answered_row_by_row(goods: Goods, call: Post) -> None:
    rows = [
        body(goods, 7),
        body(goods, 7, part_number="nobody-knows-it", kind="vmi"),
        {"part_number": OWN},
        body(goods, -3, kind="blocked"),
        body(goods, 9, kind="consigned"),
    ]
    answer = call(goods.holder, "POST", "/api/v1/stock-counts", rows)
    assert answer.status_code == 207
    found = answer.json()
    assert [row["status"] for row in found["rows"]] == [201, 422, 422, 422, 201]
    assert (found["recorded"], found["refused"]) == (2, 3)
    assert found["rows"][1]["errors"][0]["field"] == "part_number"
    with acting_for(goods.holder):
        assert StockCount.objects.count() == 2
        assert RejectedCount.objects.count() == 3


def test_a_refused_count_is_kept_with_its_reason(goods: Goods, call: Post) -> None:
    answer = call(goods.holder, "POST", "/api/v1/stock-counts", body(goods, 7, unit="furlong"))
    assert answer.status_code == 422
    assert answer["Content-Type"] == "application/problem+json"
    (error,) = answer.json()["errors"]
    assert (error["field"], error["value"]) == ("unit", "furlong")
    with acting_for(goods.holder):
        kept = RejectedCount.objects.get()
        assert kept.body["unit"] == "furlong"
        assert not StockCount.objects.exists()


def test_stock_is_listed_for_those_it_is_shared_with(goods: Goods, call: Post, cast: Cast) -> None:
    for kind in ("free", "vmi", "consigned"):
        call(goods.holder, "POST", "/api/v1/stock-counts", body(goods, 7, kind=kind))
    page = call(cast.avalon, "GET", "/api/v1/stock?limit=2").json()
    rest = call(cast.avalon, "GET", f"/api/v1/stock?limit=2&cursor={page['next']}").json()
    kinds = [row["kind"] for row in page["items"] + rest["items"]]
    assert sorted(kinds) == ["consigned", "free", "vmi"]
    assert rest["next"] is None
    for outsider in (cast.porto, cast.kestrel, cast.silesia):
        assert call(outsider, "GET", "/api/v1/stock").json()["items"] == []


def test_a_limited_viewer_gets_the_granted_fields_only(
    goods: Goods, call: Post, cast: Cast
) -> None:
    goods.need([10] * 30)
    goods.agree(3)
    call(goods.holder, "POST", "/api/v1/stock-counts", body(goods, 12))
    (row,) = call(cast.silesia, "GET", "/api/v1/coverage").json()["items"]
    assert set(row) == {"id", "owner", "part_number", "site", "days_of_supply", "level"}
    one = call(cast.silesia, "GET", f"/api/v1/coverage/{row['id']}").json()
    assert one == row  # no projection either: the grant does not open it
    assert call(cast.porto, "GET", f"/api/v1/coverage/{row['id']}").status_code == 404
    (full,) = call(cast.avalon, "GET", "/api/v1/exceptions").json()["items"]
    assert (full["owner"], full["owner_name"]) == (cast.brasov.bpn, "Brasov")
    assert (full["counterparty"], full["counterparty_name"]) == (cast.avalon.bpn, "Avalon")
    (seen,) = call(cast.silesia, "GET", "/api/v1/exceptions").json()["items"]
    assert not any(name.startswith("counterparty") for name in seen)
    assert cast.avalon.bpn not in str(seen)
    assert "Avalon" not in str(seen)
    assert call(cast.porto, "GET", "/api/v1/exceptions").json()["items"] == []


def test_an_unknown_field_or_filter_is_told(goods: Goods, call: Post) -> None:
    wrong = call(goods.holder, "POST", "/api/v1/stock-counts", body(goods, 7, colour="red"))
    assert wrong.status_code == 422
    assert call(goods.holder, "GET", "/api/v1/coverage?owner=1").status_code == 400
