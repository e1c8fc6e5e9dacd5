"""Planned output by REST and by the page: taken once, refused by row, seen in the projection."""

from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest

from collab.events.relay import work_off
from collab.live.models import FeedFrame
from collab.organisations.context import acting_for
from inventory.models import Coverage, PlannedOutput
from tests.conftest import ClientFor
from tests.harness.cast import Cast
from tests.inventory.conftest import OWN, THEIRS, Goods, Post, today

ADDRESS = "/api/v1/planned-output"


def day(offset: int) -> date:
    return today() + timedelta(days=offset)


def body(goods: Goods, offset: int, amount: Any, **changes: Any) -> dict[str, Any]:
    return {
        "counterparty": goods.customer.bpn,
        "part_number": OWN,
        "site": goods.site,
        "on": day(offset).isoformat(),
        "quantity": str(amount),
        "unit": "PCE",
        **changes,
    }


def stock_ahead(goods: Goods) -> list[int]:
    with acting_for(goods.holder):
        return [int(each) for each in Coverage.objects.get().projected_stock]


def planned(goods: Goods) -> dict[date, Decimal]:
    with acting_for(goods.holder):
        return dict(PlannedOutput.objects.values_list("on", "quantity"))


def test_a_plan_lifts_the_projection_from_its_day_on_and_reaches_screens(
    goods: Goods, call: Post, cast: Cast
) -> None:
    goods.need([10] * 6)
    goods.count(25)
    assert stock_ahead(goods)[:5] == [25, 15, 5, -5, -15]
    work_off()
    with acting_for(goods.customer):
        before = FeedFrame.objects.count()
    answer = call(goods.holder, "POST", ADDRESS, body(goods, 3, 30))
    assert answer.status_code == 201, answer.content
    assert answer.json()["quantity"] == "30.000"
    assert stock_ahead(goods)[:5] == [25, 15, 5, 25, 15]
    work_off()
    with acting_for(goods.customer):
        assert FeedFrame.objects.count() == before + 1
    (row,) = call(goods.customer, "GET", f"{ADDRESS}?part_number={THEIRS}").json()["items"]
    assert (row["on"], row["quantity"]) == (day(3).isoformat(), "30.000")


def test_the_same_key_counts_once_even_after_a_later_statement(goods: Goods, call: Post) -> None:
    goods.count(25)
    first = body(goods, 2, 10, sender_key="plan-1")
    assert call(goods.holder, "POST", ADDRESS, first).status_code == 201
    again = call(goods.holder, "POST", ADDRESS, first)
    assert (again.status_code, again.json()["is_changed"]) == (200, False)
    later = call(goods.holder, "POST", ADDRESS, body(goods, 2, 20, sender_key="plan-2"))
    assert (later.status_code, later.json()["is_changed"]) == (200, True)
    late_copy = call(goods.holder, "POST", ADDRESS, first)
    assert late_copy.status_code == 200
    assert planned(goods) == {day(2): Decimal(20)}
    other = call(goods.holder, "POST", ADDRESS, body(goods, 2, 11, sender_key="plan-1"))
    assert other.status_code == 422
    assert other.json()["errors"][0]["field"] == "sender_key"


def test_a_list_is_answered_row_by_row_and_recomputed_once(goods: Goods, call: Post) -> None:
    goods.need([10] * 6)
    goods.count(25)
    rows = [
        body(goods, 1, 5),
        body(goods, 2, 5, site="MOON"),
        body(goods, -1, 5),
        {"part_number": OWN},
        body(goods, 2, 5, colour="red"),
        "nothing",
        body(goods, 3, 5),
    ]
    answer = call(goods.holder, "POST", ADDRESS, rows)
    assert answer.status_code == 207
    told = answer.json()
    assert [row["status"] for row in told["rows"]] == [201, 422, 422, 422, 422, 422, 201]
    assert (told["planned"], told["refused"]) == (2, 5)
    fields = [row["errors"][0]["field"] for row in told["rows"] if "errors" in row]
    assert fields[:2] == ["site", "on"]
    assert fields[3] == "colour"
    with acting_for(goods.holder):
        assert Coverage.objects.get().version == 2


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"quantity": "-1"}, "quantity"),
        ({"quantity": "0.0001"}, "quantity"),
        ({"unit": "furlong"}, "unit"),
        ({"on": "2020-01-01"}, "on"),
        ({"on": "2199-01-01"}, "on"),
        ({"counterparty": "BPNL0000000000ZZ"}, "counterparty"),
        ({"sender_key": "k" * 81}, "sender_key"),
    ],
)
def test_a_bad_statement_is_refused_by_field_and_changes_nothing(
    goods: Goods, call: Post, change: dict[str, Any], field: str
) -> None:
    answer = call(goods.holder, "POST", ADDRESS, body(goods, 2, 5, **change))
    assert answer.status_code == 422
    assert answer["Content-Type"] == "application/problem+json"
    assert [error["field"] for error in answer.json()["errors"]] == [field]
    assert planned(goods) == {}


def test_plans_are_seen_as_far_as_granted(goods: Goods, call: Post, cast: Cast) -> None:
    call(goods.holder, "POST", ADDRESS, body(goods, 2, 5))
    (limited,) = call(cast.silesia, "GET", ADDRESS).json()["items"]
    assert set(limited) == {"id", "owner", "part_number", "site"}
    assert call(cast.silesia, "GET", f"{ADDRESS}?first={day(0)}").json()["items"] == []
    (full,) = call(cast.avalon, "GET", f"{ADDRESS}?first={day(2)}&last={day(2)}").json()["items"]
    assert full["counterparty"] == cast.avalon.bpn
    for outsider in (cast.porto, cast.kestrel):
        assert call(outsider, "GET", ADDRESS).json()["items"] == []


def test_the_clerk_plans_on_the_page(goods: Goods, client_for: ClientFor) -> None:
    goods.need([10] * 6)
    goods.count(25)
    clerk = client_for(goods.holder, "clerk")
    address = f"/t/{goods.holder.slug}/inventory/plan/"
    assert OWN in clerk.get(address).content.decode()
    page = f"{address}?counterparty={goods.customer.bpn}&part_number={OWN}&site={goods.site}"
    shown = clerk.get(page)
    assert shown.status_code == 200
    field = f"d{day(1):%Y%m%d}"
    assert f'name="{field}"' in shown.content.decode()
    assert clerk.post(page, {field: "40"}).status_code == 302
    assert planned(goods) == {day(1): Decimal(40)}
    assert stock_ahead(goods)[:3] == [25, 55, 45]
    assert 'value="40"' in clerk.get(page).content.decode()
    assert clerk.post(page, {field: ""}).status_code == 302
    assert planned(goods) == {day(1): Decimal(0)}
    assert clerk.post(page, {field: "-3"}).status_code == 422


def test_an_unknown_part_is_told_on_the_page(goods: Goods, client_for: ClientFor) -> None:
    page = (
        f"/t/{goods.holder.slug}/inventory/plan/?counterparty={goods.customer.bpn}"
        f"&part_number=nobody&site={goods.site}"
    )
    answer = client_for(goods.holder, "clerk").get(page)
    assert answer.status_code == 422
    assert b"a part number of yours" in answer.content
