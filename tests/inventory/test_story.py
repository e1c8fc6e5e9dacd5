"""The founding story through the outbox: everybody entitled is shown, nobody else."""

from datetime import timedelta
from decimal import Decimal
from uuid import UUID

from django.utils import timezone

from collab.events.bus import publish
from collab.events.models import Delivery, Errand
from collab.events.relay import work_off
from collab.live.models import FeedFrame
from collab.organisations.context import acting_for
from collab.organisations.models import Organisation
from forecasting.events import DemandForecast
from inventory.models import Coverage, StockPosition
from inventory.services import refresh_all
from tests.conftest import ClientFor
from tests.harness.cast import Cast
from tests.inventory.conftest import NOON, OWN, THEIRS, ZONE, Goods


def shown(viewer: Organisation) -> list[FeedFrame]:
    with acting_for(viewer):
        return list(FeedFrame.objects.order_by("seq"))


def test_one_count_reaches_every_entitled_screen_and_no_other(goods: Goods, cast: Cast) -> None:
    goods.need([10] * 40)
    goods.agree(3)
    goods.count(12)
    work_off()
    for viewer in (cast.brasov, cast.avalon, cast.silesia):
        frames = shown(viewer)
        assert {frame.topic for frame in frames} == {"work.exceptions", "inventory.coverage"}
        assert [frame.seq for frame in frames] == [1, 2]
    (alert,) = [each for each in shown(cast.avalon) if each.topic == "work.exceptions"]
    assert THEIRS in alert.frames["en"]["html"]
    assert alert.frames["en"]["into"] == "exceptions-feed"
    assert alert.frames["en"]["counts"]["exceptions.critical"] == 1
    told = str([frame.frames for frame in shown(cast.silesia)])
    assert OWN in told
    for secret in (THEIRS, "Avalon", cast.avalon.bpn, "on_hand", "minimum_days"):
        assert secret not in told
    for outsider in (cast.porto, cast.kestrel, cast.fjord, cast.rhine):
        assert shown(outsider) == []


def test_delivering_again_changes_nothing(goods: Goods, cast: Cast) -> None:
    goods.need([10] * 40)
    goods.agree(3)
    goods.count(12)
    work_off()
    before = len(shown(cast.avalon))
    Errand.objects.update(state="pending", due_at=timezone.now(), starts=0)
    work_off()
    assert len(shown(cast.avalon)) >= before
    with acting_for(cast.brasov):
        assert Coverage.objects.get().version == 1
        assert Delivery.objects.values("event_key", "subscriber").distinct().count() == (
            Delivery.objects.count()
        )


def test_new_demand_reaches_the_suppliers_coverage(goods: Goods, cast: Cast) -> None:
    series = goods.need([10] * 40)
    goods.agree(3)
    goods.count(45)
    goods.need([20] * 40)
    with acting_for(cast.avalon):
        publish(
            DemandForecast(
                change_id=str(UUID(int=7)),
                supplier_id=cast.brasov.pk,
                series_ids=[str(series.pk)],
            )
        )
    work_off()
    with acting_for(cast.brasov):
        coverage = Coverage.objects.get()
        assert coverage.days_of_supply == Decimal("2.25")
        assert coverage.is_short
    with acting_for(cast.avalon):
        assert Coverage.objects.get().days_of_supply == Decimal("2.25")


def test_recomputing_gives_what_the_increments_gave(goods: Goods, cast: Cast) -> None:
    goods.need([10] * 40)
    goods.agree(3)
    for hours, quantity in ((9, 80), (6, 45), (3, 33)):
        goods.count(quantity, hours_ago=hours)
    with acting_for(cast.brasov):
        before = Coverage.objects.values().get()
        Coverage.objects.update(days_of_supply=99, is_short=True, projected_days=[])
        refresh_all(as_of=NOON)
        after = Coverage.objects.values().get()
    for volatile in ("version", "changed_at"):
        before.pop(volatile)
        after.pop(volatile)
    assert before == after


def test_days_pass_and_the_same_stock_lasts_shorter(goods: Goods, cast: Cast) -> None:
    goods.need([10] * 40)
    goods.agree(3)
    goods.count(45)
    with acting_for(cast.brasov):
        refresh_all(as_of=NOON + timedelta(days=2))
        coverage = Coverage.objects.get()
        assert coverage.days_of_supply == Decimal("2.50")
        assert coverage.is_short
        assert StockPosition.objects.get().quantity == 45


def test_the_pages_show_it(goods: Goods, cast: Cast, client_for: ClientFor) -> None:
    goods.need([10] * 40)
    goods.agree(3)
    goods.count(12)
    planner = client_for(cast.avalon)
    for address in (
        "/t/avalon/inventory/",
        "/t/avalon/inventory/?shape=list",
        "/t/avalon/inventory/?shape=days&view=short&sort=days",
        f"/t/avalon/inventory/parts/{THEIRS}/",
        "/t/avalon/inventory/?export=csv",
    ):
        answer = planner.get(address)
        assert answer.status_code == 200, address
        assert THEIRS.encode() in answer.content, address
    tier_two = client_for(cast.silesia)
    for address in (
        "/t/silesia/inventory/",
        "/t/silesia/inventory/?shape=list",
        f"/t/silesia/inventory/parts/{OWN}/",
        "/t/silesia/inventory/?export=csv",
    ):
        answer = tier_two.get(address)
        assert answer.status_code == 200, address
        assert OWN.encode() in answer.content, address
        assert THEIRS.encode() not in answer.content, address
        assert b"Avalon" not in answer.content, address
    rival = client_for(cast.porto)
    assert rival.get(f"/t/porto/inventory/parts/{OWN}/").status_code == 404
    assert OWN.encode() not in rival.get("/t/porto/inventory/?shape=list").content


def test_a_clerk_reports_by_form_and_sees_the_difference(
    goods: Goods, cast: Cast, client_for: ClientFor
) -> None:
    goods.count_now(40)
    clerk = client_for(cast.brasov, role="clerk")
    sent = {
        "counterparty": cast.avalon.bpn,
        "part_number": OWN,
        "site": goods.site,
        "quantity": "33",
        "unit": "H87",
        "kind": "free",
        "counted_at": timezone.localtime(timezone=ZONE).strftime("%Y-%m-%d %H:%M"),
    }
    answer = clerk.post("/t/brasov/inventory/report/", sent)
    assert answer.status_code == 200
    assert b"Difference to the figure before: -7" in answer.content
    wrong = clerk.post("/t/brasov/inventory/report/", {**sent, "part_number": "nobody"})
    assert b"Expected a part number of yours" in wrong.content
