"""FC-30: orders are confirmed as they are or with a difference that tolerances judge."""

from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.urls import reverse

from collab.events.relay import work_off
from collab.integration.imports.applying import apply_chunk, begin_applying, check
from collab.integration.imports.staging import upload
from collab.masterdata.refusals import Refused, VersionConflict
from collab.organisations.context import acting_for
from collab.work.models import Alert
from forecasting.models import DailyDemand, OrderConfirmation, OrderLine
from forecasting.services.confirmations import confirm_as_is, propose_change
from forecasting.services.orders import Order, cancel_order, decide_order, record_orders
from forecasting.services.tolerances import Tolerance, add_tolerance
from tests.conftest import ClientFor
from tests.forecasting.plans import THEIRS, Plan, make_plan, week
from tests.harness.cast import Cast
from tests.harness.clock import today_here

DUE = today_here() + timedelta(days=40)


@pytest.fixture
def plan(cast: Cast) -> Plan:
    return make_plan(cast.avalon, cast.brasov)


def order(plan: Plan, number: int = 1, **more: Any) -> Order:
    return Order(
        **{
            "supplier": plan.supplier.bpn,
            "order_number": "4500001",
            "line": number,
            "part_number": THEIRS,
            "quantity": "480",
            "due_on": DUE,
            "price_minor": 1250,
            "currency": "EUR",
            **more,
        }
    )


def ordered(plan: Plan, number: int = 1, **more: Any) -> OrderLine:
    with acting_for(plan.customer):
        (verdict,) = record_orders([order(plan, number, **more)])
    assert verdict.line is not None
    return verdict.line


def line_of(plan: Plan) -> OrderLine:
    with acting_for(plan.customer):
        found: OrderLine = OrderLine.objects.get()
    return found


def test_an_order_twice_is_one_order_and_a_change_opens_it_again(plan: Plan) -> None:
    first = ordered(plan)
    assert ordered(plan).version == first.version
    with acting_for(plan.supplier):
        confirm_as_is([first.pk])
    work_off()
    assert line_of(plan).state == OrderLine.State.CONFIRMED
    changed = ordered(plan, quantity="500")
    assert (changed.state, changed.confirmed) == (OrderLine.State.OPEN, None)
    assert [each["step"] for each in changed.history] == ["ordered", "confirmed", "changed"]


@pytest.mark.parametrize(
    ("field", "change"),
    [
        ("supplier", {"supplier": "nobody"}),
        ("part_number", {"part_number": "unheard-of"}),
        ("quantity", {"quantity": "0"}),
        ("unit", {"unit": "KGM"}),
        ("currency", {"currency": "euro"}),
        ("line", {"line": 0}),
        ("site", {"site": "BRA1"}),
    ],
)
def test_a_bad_line_is_refused_and_the_others_stand(
    plan: Plan, field: str, change: dict[str, Any]
) -> None:
    with acting_for(plan.customer):
        good, bad = record_orders([order(plan), order(plan, 2, **change)])
        assert good.is_new
        assert bad.refused is not None
        assert bad.refused.field == field
        assert OrderLine.objects.count() == 1


def test_twenty_lines_are_confirmed_as_they_are_in_two_clicks(
    cast: Cast, plan: Plan, client_for: ClientFor
) -> None:
    with acting_for(plan.customer):
        record_orders([order(plan, number) for number in range(1, 21)])
    client = client_for(cast.brasov, role="clerk")
    page = reverse("forecasting:orders", args=["brasov"])
    assert "Confirm all 20 lines" in client.get(page).content.decode()  # one click away
    client.post(reverse("forecasting:orders-confirm", args=["brasov"]) + "?all=1")
    work_off()
    with acting_for(plan.customer):
        assert OrderLine.objects.filter(state="confirmed").count() == 20
    with acting_for(plan.supplier):
        assert confirm_as_is(list(OrderLine.objects.values_list("pk", flat=True))) == []


@pytest.mark.parametrize(
    ("change", "state"),
    [
        ({"quantity": "471"}, "confirmed"),  # −1.9 % of 2 %
        ({"quantity": "470"}, "approval"),
        ({"due_on": DUE + timedelta(days=1)}, "confirmed"),
        ({"due_on": DUE + timedelta(days=2)}, "approval"),
        ({"due_on": DUE - timedelta(days=1)}, "approval"),  # nothing early
        ({"price_minor": 1200}, "confirmed"),  # cheaper needs nobody
        ({"price_minor": 1251}, "approval"),
    ],
)
def test_each_aspect_has_its_own_tolerance(plan: Plan, change: Any, state: str) -> None:
    with acting_for(plan.customer):
        add_tolerance(
            Tolerance(
                name="Harness makers",
                suppliers=[plan.supplier.bpn],
                quantity_below=Decimal("0.02"),
                days_late=1,
            )
        )
        add_tolerance(Tolerance(name="All", outside="block"))
    line = ordered(plan)
    with acting_for(plan.supplier):
        propose_change(line.pk, **change, reason="press broke down")
    work_off()
    assert line_of(plan).state == state


def test_outside_is_blocked_where_the_group_says_so(plan: Plan) -> None:
    with acting_for(plan.customer):
        add_tolerance(Tolerance(name="All", outside="block"))
    line = ordered(plan)
    with acting_for(plan.supplier):
        with pytest.raises(Refused):
            propose_change(line.pk, quantity="400")  # no reason
        made = propose_change(line.pk, quantity="400", reason="copper")
        assert propose_change(line.pk, quantity="400", reason="copper").pk == made.pk
    work_off()
    assert line_of(plan).state == OrderLine.State.BLOCKED
    with acting_for(plan.customer):
        assert Alert.objects.get(type="forecasting.order_blocked").is_open
    with acting_for(plan.supplier):
        confirm_as_is([line.pk])  # takes its change back
    work_off()
    assert line_of(plan).state == OrderLine.State.CONFIRMED
    with acting_for(plan.customer):
        assert not Alert.objects.get(type="forecasting.order_blocked").is_open


def test_the_buyer_approves_or_sends_back_with_a_note(plan: Plan) -> None:
    line = ordered(plan)
    with acting_for(plan.supplier):
        propose_change(line.pk, due_on=DUE + timedelta(days=7), reason="late copper")
    work_off()
    with acting_for(plan.customer):
        waiting = line_of(plan)
        with pytest.raises(Refused):
            decide_order(line.pk, is_approved=False)
        with pytest.raises(VersionConflict):
            decide_order(line.pk, is_approved=True, version=1)
        back = decide_order(line.pk, is_approved=False, note="we need it", version=waiting.version)
        assert (back.state, back.confirmed) == (OrderLine.State.OPEN, None)
    with acting_for(plan.supplier):
        propose_change(line.pk, due_on=DUE + timedelta(days=3), reason="half by air")
        assert OrderConfirmation.objects.latest("number").number == 2
    work_off()
    with acting_for(plan.customer):
        done = decide_order(line.pk, is_approved=True)
        assert done.state == OrderLine.State.CONFIRMED
        assert decide_order(line.pk, is_approved=True).version == done.version  # twice = once
        steps = [each["step"] for each in done.history]
        assert steps == ["ordered", "confirmed", "sent_back", "confirmed", "approved"]
        assert all("at" in each for each in done.history)


def test_a_cancelled_line_cannot_be_confirmed(plan: Plan) -> None:
    line = ordered(plan)
    with acting_for(plan.customer):
        cancel_order(line.pk)
        cancel_order(line.pk)
    with acting_for(plan.supplier):
        assert confirm_as_is([line.pk]) == []
        with pytest.raises(Refused):
            propose_change(line.pk, quantity="1", reason="x")
    with acting_for(plan.customer), pytest.raises(OrderLine.DoesNotExist):
        propose_change(line.pk, quantity="1", reason="x")


def test_orders_consume_the_forecast_beyond_the_firm_zone(plan: Plan) -> None:
    plan.release([100] * 12)
    due = week(6) + timedelta(days=2)
    ordered(plan, quantity="60", due_on=due)
    with acting_for(plan.customer):
        days = dict(
            DailyDemand.objects.filter(on__gte=week(6), on__lt=week(7)).values_list(
                "on", "quantity"
            )
        )
        assert sum(days.values()) == 100  # the order is part of what was forecast
        assert days[due] == 60 + 8


def test_rivals_see_no_order(cast: Cast, plan: Plan, client_for: ClientFor) -> None:
    line = ordered(plan)
    for rival in (cast.porto, cast.kestrel):
        with acting_for(rival):
            assert not OrderLine.objects.exists()
        address = reverse("forecasting:order", args=[rival.slug, line.pk])
        assert client_for(rival).get(address).status_code == 404


def test_the_pages_of_an_order_on_both_sides(cast: Cast, plan: Plan, client_for: ClientFor) -> None:
    line = ordered(plan)
    supplier, buyer = client_for(cast.brasov), client_for(cast.avalon)
    page = reverse("forecasting:order", args=["brasov", line.pk])
    assert supplier.get(page).status_code == 200
    confirm = reverse("forecasting:order-confirm", args=["brasov", line.pk])
    told = {"do": "propose", "quantity": "400", "due_on": DUE.isoformat(), "price": "12.50"}
    assert supplier.post(confirm, told).status_code == 422  # a reason is missing
    assert supplier.post(confirm, {**told, "reason": "copper"}).status_code == 302
    work_off()
    shown = buyer.get(reverse("forecasting:order", args=["avalon", line.pk])).content.decode()
    assert "-80" in shown
    decide = reverse("forecasting:order-decide", args=["avalon", line.pk])
    assert buyer.post(decide, {"do": "back"}).status_code == 422
    assert buyer.post(decide, {"do": "approve"}).status_code == 302
    for view in ("open", "decide", "confirmed", "all"):
        page = reverse("forecasting:orders", args=["avalon"])
        assert buyer.get(page, {"view": view}).status_code == 200
    exported = buyer.get(
        reverse("forecasting:orders", args=["avalon"]), {"export": "csv", "view": "all"}
    )
    assert "4500001" in exported.content.decode("utf-8-sig")


def test_tolerances_are_kept_changed_and_removed_on_their_page(
    cast: Cast, plan: Plan, client_for: ClientFor
) -> None:
    client = client_for(cast.avalon)
    page = reverse("forecasting:tolerances", args=["avalon"])
    told = {
        "name": "Harness", "suppliers": cast.brasov.bpn, "quantity_below": "2",
        "quantity_above": "0", "days_early": "0", "days_late": "1", "price_above": "0",
        "outside": "block",
    }  # fmt: skip
    assert client.post(page, told).status_code == 302
    assert client.post(page, told).status_code == 422  # the name is taken
    assert client.post(page, {**told, "name": "x", "suppliers": "nobody"}).status_code == 422
    assert "Harness" in client.get(page).content.decode()
    assert client.get(page, {"export": "csv"}).status_code == 200
    viewer = client_for(cast.avalon, role="viewer")
    assert viewer.post(page, {**told, "name": "y"}).status_code == 403


def test_orders_come_from_a_spreadsheet_after_a_dry_run(cast: Cast, plan: Plan) -> None:
    text = (
        "supplier,order_number,line,part_number,quantity,due_on\n"
        f"{cast.brasov.bpn},45,1,{THEIRS},480,{date(2027, 3, 1)}\n"
        f"{cast.brasov.bpn},45,2,unheard-of,480,{date(2027, 3, 1)}\n"
    )
    with acting_for(cast.avalon):
        batch = check(upload("orders", "orders.csv", text.encode()).pk)
        assert (batch.new, batch.wrong) == (1, 1)
        assert not OrderLine.objects.exists()
        begin_applying(batch.pk, "rows")
        apply_chunk(batch.pk)
        assert OrderLine.objects.get().quantity == 480
