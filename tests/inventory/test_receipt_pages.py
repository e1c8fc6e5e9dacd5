"""IN-21, IN-08, IN-02: the pages and interfaces that people and systems receive and look with."""

from typing import Any

import pytest
from django.test import Client

from collab.events.relay import work_off
from collab.organisations.context import acting_for
from inventory.models import GoodsReceipt, StockMovement, StockPosition
from tests.conftest import ClientFor
from tests.harness.cast import Cast
from tests.inventory.conftest import Post
from tests.inventory.test_receipts import Sent, sent

__all__ = ["sent"]


def form_of(page: str) -> dict[str, str]:
    """Return the values of the receiving form as it opens."""
    import re

    found = {}
    for tag in re.findall(r"<input[^>]*>", page):
        name, value = (re.search(rf'{key}="([^"]*)"', tag) for key in ("name", "value"))
        if name:
            found[name[1]] = value[1] if value else ""
    return found


def test_a_clerk_receives_in_two_clicks_and_the_supplier_answers(
    sent: Sent, cast: Cast, client_for: ClientFor
) -> None:
    clerk = client_for(cast.avalon, role="clerk")
    queue = clerk.get("/t/avalon/inventory/receipts/").content.decode()
    assert sent.advice.number in queue
    address = f"/t/avalon/inventory/receipts/receive/{sent.advice.pk}/"
    page = clerk.get(address)
    assert page.status_code == 200
    values = form_of(page.content.decode())
    assert values["received-1"] == "480"
    told = {**values, "received-1": "478", "damaged-1": "0", "note-1": "two missing", "label-1": ""}
    told["received_at"] = values["received_at"]
    answer = clerk.post(address, told)
    assert answer.status_code == 302, answer.content.decode()[:2000]
    work_off()
    with acting_for(cast.avalon):
        receipt = GoodsReceipt.objects.get()
    assert "two missing" in clerk.get(answer["Location"]).content.decode()
    assert sent.advice.number not in clerk.get("/t/avalon/inventory/receipts/").content.decode()
    supplier = client_for(cast.brasov)
    theirs = f"/t/brasov/inventory/receipts/{receipt.pk}/"
    assert "Short" in supplier.get(theirs).content.decode()
    refused = supplier.post(f"{theirs}answer", {"verdict": "disputed", "note": ""})
    assert refused.status_code == 422
    done = supplier.post(f"{theirs}answer", {"verdict": "accepted", "note": ""})
    assert done.status_code == 302
    work_off()
    assert "Accepted" in clerk.get(f"/t/avalon/inventory/receipts/{receipt.pk}/").content.decode()
    rival = client_for(cast.porto)
    assert rival.get(f"/t/porto/inventory/receipts/{receipt.pk}/").status_code == 404
    assert receipt.number not in rival.get("/t/porto/inventory/receipts/?view=all").content.decode()


def test_all_as_advised_is_one_button(sent: Sent, cast: Cast, client_for: ClientFor) -> None:
    clerk = client_for(cast.avalon, role="clerk")
    address = f"/t/avalon/inventory/receipts/receive/{sent.advice.pk}/all"
    assert clerk.post(address).status_code == 302
    assert clerk.post(address).status_code == 422
    with acting_for(cast.avalon):
        assert GoodsReceipt.objects.get().is_different is False
    assert client_for(cast.avalon, role="viewer").post(address).status_code == 403


def test_every_page_opens_for_both_sides(sent: Sent, cast: Cast, client_for: ClientFor) -> None:
    receipt = sent.take()
    for slug, organisation in (("avalon", cast.avalon), ("brasov", cast.brasov)):
        planner = client_for(organisation)
        counters = planner.get(f"/t/{slug}/inventory/cumulative/")
        assert sent.standing().part_number in counters.content.decode() or slug == "brasov"
        for page in (
            "stock/", "stock/?view=transit", "stock/?view=blocked&sort=age", "stock/?export=csv",
            "stock/?view=transit&export=xlsx", "receipts/?view=all", "receipts/?view=open",
            "receipts/?view=all&export=csv", "cumulative/?view=mismatch&sort=to_ship",
            "cumulative/?export=csv", f"cumulative/{sent.standing().pk}/",
            f"receipts/{receipt.pk}/", "movements/", "movements/?kind=receipt&export=csv",
        ):  # fmt: skip
            assert planner.get(f"/t/{slug}/inventory/{page}").status_code == 200, (slug, page)


def test_movements_by_hand_and_their_counter_entry(
    sent: Sent, cast: Cast, client_for: ClientFor
) -> None:
    """IN-03: scrap needs a reason, on-hand never goes below 0, nothing is ever erased."""
    sent.take()
    clerk = client_for(cast.avalon, role="clerk")
    with acting_for(cast.avalon):
        site = StockPosition.objects.get(owner=cast.avalon).site_code
    told = {
        "kind": "scrap",
        "counterparty": cast.brasov.bpn,
        "part_number": sent.story.part,
        "site": site,
        "quantity": "30",
        "unit": "H87",
        "stock_kind": "free",
        "reason": "",
        "moved_at": form_of(clerk.get("/t/avalon/inventory/movements/").content.decode())[
            "moved_at"
        ],
    }
    assert clerk.post("/t/avalon/inventory/movements/", told).status_code == 422
    assert sent.on_hand(cast.avalon) == 480
    told["reason"] = "forklift"
    assert clerk.post("/t/avalon/inventory/movements/", told).status_code == 302
    assert clerk.post(
        "/t/avalon/inventory/movements/", {**told, "quantity": "451"}
    ).status_code == 422  # fmt: skip
    assert sent.on_hand(cast.avalon) == 450
    with acting_for(cast.avalon):
        scrap = StockMovement.objects.get(kind="scrap")
    undo = f"/t/avalon/inventory/movements/{scrap.pk}/undo"
    for _again in range(2):
        assert clerk.post(undo, {"reason": "wrong pallet"}).status_code == 302
    assert sent.on_hand(cast.avalon) == 480
    with acting_for(cast.avalon):
        total = sum(row.quantity for row in StockMovement.objects.filter(owner=cast.avalon))
        assert (total, StockMovement.objects.count()) == (480, 3)


def body_of(story: Sent, **changes: Any) -> dict[str, Any]:
    return {
        "supplier": story.story.supplier.bpn,
        "advice_number": story.advice.number,
        "received_at": story.advice.sent_at,
        "sender_key": "GR-1",
        **changes,
    }


def test_systems_receive_by_interface(sent: Sent, cast: Cast, call: Post) -> None:
    lines = [{"position": 1, "received": "478", "damaged": "2"}]
    first = call(cast.avalon, "POST", "/api/v1/goods-receipts", body_of(sent, lines=lines))
    assert first.status_code == 201, first.content
    again = call(cast.avalon, "POST", "/api/v1/goods-receipts", body_of(sent, lines=lines))
    assert (again.status_code, again.json()["id"]) == (200, first.json()["id"])
    (line,) = first.json()["lines"]
    assert line["differences"] == ["short", "damaged"]
    work_off()
    key = first.json()["id"]
    theirs = call(cast.brasov, "GET", f"/api/v1/goods-receipts/{key}")
    assert theirs.json()["lines"] == first.json()["lines"]
    assert call(cast.porto, "GET", f"/api/v1/goods-receipts/{key}").status_code == 404
    answer = {"verdict": "accepted"}
    assert (
        call(cast.avalon, "POST", f"/api/v1/goods-receipts/{key}/answer", answer).status_code == 404
    )
    assert (
        call(cast.brasov, "POST", f"/api/v1/goods-receipts/{key}/answer", answer).status_code == 200
    )
    work_off()
    (counters,) = call(cast.avalon, "GET", "/api/v1/cumulative-quantities").json()["items"]
    assert (counters["received"], counters["shipped"]) == ("478.000", "478.000")
    papers = call(cast.brasov, "GET", f"/api/v1/cumulative-quantities/{counters['id']}").json()
    assert {each["kind"] for each in papers["documents"]} == {"advice", "receipt"}
    moved = call(cast.avalon, "GET", "/api/v1/stock-movements").json()["items"]
    assert {(each["stock_kind"], each["quantity"]) for each in moved} == {
        ("free", "476.000"),
        ("blocked", "2.000"),
    }
    assert call(cast.avalon, "GET", "/api/v1/deliveries").json() == {"deliveries": []}


def test_what_is_on_its_way_is_told_with_its_transit_events(
    sent: Sent, cast: Cast, call: Post
) -> None:
    """IN-09: departed is a fact, arrival an estimate."""
    for side in (cast.avalon, cast.brasov):
        (row,) = call(side, "GET", "/api/v1/deliveries").json()["deliveries"]
        assert (row["quantity"], row["source_grade"]) == ("480.000", "booked")
        assert [(each["leg"], each["certainty"]) for each in row["events"]] == [
            ("departure", "actual"),
            ("arrival", "estimated"),
        ]
    assert call(cast.porto, "GET", "/api/v1/deliveries").json() == {"deliveries": []}


@pytest.mark.parametrize(("form", "mark"), [("invrpt", b"QTY+17:520:PCE"), ("x12", b"QTY*17*520")])
def test_stock_leaves_as_a_message(
    sent: Sent, cast: Cast, call: Post, form: str, mark: bytes
) -> None:
    with acting_for(cast.brasov):
        site = StockPosition.objects.get(owner=cast.brasov).site_code
    asked = f"partner={cast.avalon.bpn}&site={site}&form={form}"
    told = call(cast.brasov, "GET", f"/api/v1/stock-messages?{asked}")
    assert (told.status_code, mark in told.content) == (200, True), told.content
    queued = {"partner": cast.avalon.bpn, "site": site, "form": form}
    assert call(cast.brasov, "POST", "/api/v1/stock-messages", queued).status_code == 201
    queued["site"] = "X"
    assert call(cast.brasov, "POST", "/api/v1/stock-messages", queued).status_code == 400


@pytest.mark.parametrize("form", ["recadv", "x12"])
def test_a_receipt_leaves_as_a_message(
    sent: Sent, cast: Cast, client_for: ClientFor, form: str
) -> None:
    receipt = sent.take()
    planner: Client = client_for(cast.avalon)
    answer = planner.get(f"/t/avalon/inventory/receipts/{receipt.pk}/file/{form}")
    assert answer.status_code == 200
    assert sent.advice.number.encode() in answer.content
    assert b"480" in answer.content
    queued = planner.post(f"/t/avalon/inventory/receipts/{receipt.pk}/message", {"form": form})
    assert queued.status_code == 302
