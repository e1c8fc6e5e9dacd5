"""IN-11: figures are asked of a partner until nobody needs them; each side sees what came of it."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from django.db import DatabaseError
from django.utils import timezone
from hypothesis import given
from hypothesis import strategies as st

from collab.events.models import Errand
from collab.events.relay import work_off
from collab.events.tasks import header_for
from collab.integration.models.webhooks import WebhookDelivery
from collab.integration.webhooks import services as webhooks
from collab.jobs.models import Job
from collab.jobs.tasks import run_job
from collab.masterdata.refusals import Refused
from collab.organisations.clock import night_of
from collab.organisations.context import acting_for
from collab.organisations.models import Organisation
from collab.sharing.models import Grant
from collab.work.models import Alert
from inventory.models import PartnerRefresh, RefreshResult
from inventory.queries.refreshes import RefreshFilter, refresh_list
from inventory.refresh_alerts import ASKED
from inventory.rules.refresh import FRESH, PATIENCE, Asked, Turn, missed_at, turn_of
from inventory.services import Report, record_stock_count, refresh_night
from inventory.services.refresh_asked import set_address
from inventory.services.refresh_night import refresh_figures, start_night
from inventory.services.refreshes import Wanted, note_use, pause, start_refresh
from tests.conftest import ClientFor
from tests.harness.cast import Cast
from tests.inventory.conftest import OWN, THEIRS, Goods, Post

NOW = datetime(2026, 5, 4, 2, tzinfo=UTC)
Result, State = PartnerRefresh.Result, PartnerRefresh.State
ages = st.none() | st.integers(0, 400).map(lambda hours: NOW - timedelta(hours=hours))


@given(ages, ages, st.integers(0, 400), st.integers(1, 20), st.integers(0, 5))
def test_a_night_asks_for_what_is_needed_and_old(
    asked_at: datetime | None, figure_at: datetime | None, unused: int, idle: int, missed: int
) -> None:
    row = Asked(
        used_at=NOW - timedelta(hours=unused),
        idle_days=idle,
        asked_at=asked_at,
        figure_at=figure_at,
        missed=missed,
    )
    turn = turn_of(row, now=NOW)
    assert (turn == Turn.STOP) == (unused >= idle * 24)
    is_fresh = figure_at is not None and NOW - figure_at < FRESH
    assert (turn == Turn.REST) == (unused < idle * 24 and is_fresh)
    again = missed_at(row, now=NOW)
    assert again in {0, missed, missed + 1}
    if row.is_answered or asked_at is None:
        assert again == 0
    elif NOW - asked_at >= PATIENCE:
        assert again == missed + 1


@pytest.fixture
def wanted(goods: Goods) -> PartnerRefresh:
    """Avalon wants the stock of its harness from Brasov."""
    with acting_for(goods.customer):
        row = start_refresh(
            Wanted(partner=goods.holder.bpn, part_number=THEIRS, kind="stock", idle_days=5)
        )
    work_off()
    return row


def seen(goods: Goods, organisation: Any, view: str = "all") -> list[tuple[str, str]]:
    with acting_for(organisation):
        rows = refresh_list(RefreshFilter(view=view), limit=9)
        return [(row.state, row.result) for row in rows]


def tasks(organisation: Any) -> list[bool]:
    with acting_for(organisation):
        return list(Alert.objects.filter(type=ASKED).values_list("is_open", flat=True))


def night(goods: Goods, at: datetime) -> RefreshResult:
    with acting_for(goods.customer):
        return refresh_figures(goods.holder.pk, as_of=at)


def count_now(goods: Goods, quantity: int) -> None:
    with acting_for(goods.holder):
        record_stock_count(
            Report(
                counterparty=goods.customer.bpn, part_number=OWN, site=goods.site,
                quantity=quantity, unit="PCE", counted_at=timezone.now(),
            )
        )  # fmt: skip
    work_off()


def test_the_clerk_has_a_task_until_newer_figures_are_there(
    goods: Goods, wanted: PartnerRefresh, cast: Any
) -> None:
    assert seen(goods, goods.customer) == [("active", "waiting")]
    assert seen(goods, goods.holder, "asked") == [("active", "waiting")]
    assert tasks(goods.holder) == [True]
    assert tasks(goods.customer) == []
    for rival in (cast.porto, cast.kestrel, cast.silesia):
        assert seen(goods, rival) == []
    count_now(goods, 70)
    assert seen(goods, goods.customer) == [("active", "answered")]
    assert seen(goods, goods.holder, "asked") == []
    assert tasks(goods.holder) == [False]


def test_wanted_twice_is_one_and_foreign_things_are_refused(
    goods: Goods, wanted: PartnerRefresh, cast: Any
) -> None:
    with acting_for(goods.customer):
        told = Wanted(partner=goods.holder.bpn, part_number=THEIRS, kind="stock", idle_days=9)
        again = start_refresh(told)
        assert (again.pk, again.idle_days) == (wanted.pk, 9)
        for field, change in (
            ("counterparty", {"partner": cast.kestrel.bpn}),
            ("part_number", {"part_number": "XX"}),
            ("direction", {"direction": "inbound"}),
            ("idle_days", {"idle_days": 0}),
        ):
            with pytest.raises(Refused) as refused:
                start_refresh(Wanted(**{**_told(told), **change}))
            assert refused.value.field == field


def _told(wanted: Wanted) -> dict[str, Any]:
    return {name: getattr(wanted, name) for name in Wanted.__slots__}


def test_nights_name_silence_rest_when_fresh_and_stop_when_unused(
    goods: Goods, wanted: PartnerRefresh
) -> None:
    start = wanted.asked_at
    assert start is not None
    first = night(goods, start + timedelta(hours=8))
    assert (first.asked, first.unanswered) == (1, 1)
    second = night(goods, start + timedelta(hours=32))
    assert second.unanswered == 1
    assert night(goods, start + timedelta(hours=32)).pk == second.pk  # a night has one result
    with acting_for(goods.customer):
        row = PartnerRefresh.objects.get()
        assert (row.result, row.missed) == (Result.UNANSWERED, 2)
        PartnerRefresh.objects.update(asked_at=start)
    count_now(goods, 5)
    rest = night(goods, timezone.now())
    assert (rest.asked, rest.fresh, rest.unanswered) == (0, 1, 0)
    assert seen(goods, goods.customer) == [("active", "answered")]
    with acting_for(goods.customer):
        note_use(THEIRS, as_of=start + timedelta(days=3))
    assert night(goods, start + timedelta(days=6)).stopped == 0
    assert night(goods, start + timedelta(days=8)).stopped == 1
    work_off()
    assert seen(goods, goods.customer) == [("stopped", "waiting")]
    assert tasks(goods.holder) == [False]
    assert night(goods, start + timedelta(days=9)).asked == 0


def test_a_partner_that_may_not_read_the_question_is_named(goods: Goods) -> None:
    with acting_for(goods.customer):
        Grant.objects.filter(viewer=goods.holder, topic="inventory.refresh").delete()
        start_refresh(Wanted(partner=goods.holder.bpn, part_number=THEIRS, kind="output"))
    work_off()
    assert seen(goods, goods.customer, "failed") == [("active", "unreached")]
    assert night(goods, timezone.now()).unreached == 1
    assert tasks(goods.holder) == []


def test_a_system_is_told_in_place_of_the_clerk(
    goods: Goods, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(webhooks, "check_url", lambda _url: None)
    with acting_for(goods.holder):
        assert set_address("https://erp.example/figures")
    with acting_for(goods.customer):
        start_refresh(Wanted(partner=goods.holder.bpn, part_number=THEIRS, kind="days"))
    work_off()
    assert tasks(goods.holder) == []
    with acting_for(goods.holder):
        [told] = WebhookDelivery.objects.all()
        assert f'"part_number": "{OWN}"' in bytes(told.body).decode()
        assert goods.customer.bpn in bytes(told.body).decode()


@pytest.mark.committed
def test_the_night_is_a_job_and_one_partners_fault_stops_nobody(
    goods: Goods, wanted: PartnerRefresh, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_args: Any, **_more: Any) -> Any:
        raise DatabaseError("disk full")

    assert refresh_done(goods).result == {"partners": 1, "with_failures": []}
    with acting_for(goods.customer):
        assert RefreshResult.objects.get().asked == 1
    monkeypatch.setattr(refresh_night, "refresh_figures", broken)
    again = refresh_done(goods)
    assert (again.state, len(again.result or {})) == (Job.State.DONE, 2)
    with acting_for(goods.customer):
        assert "disk full" in RefreshResult.objects.get().fault


def test_the_night_falls_where_the_organisation_is(cast: Cast) -> None:
    """At 22:30 UTC in May it is half past midnight in Berlin and half past one in Bucharest."""
    at = datetime(2026, 5, 4, 22, 30, tzinfo=UTC)
    for zone, night in (
        ("Europe/Berlin", None), ("Europe/Bucharest", date(2026, 5, 5)),
        ("America/Detroit", date(2026, 5, 4)),
    ):  # fmt: skip
        with acting_for(cast.brasov):
            Organisation.objects.filter(pk=cast.brasov.pk).update(timezone=zone)
        with acting_for(cast.brasov):
            assert night_of(at) == night


def refresh_done(goods: Goods) -> Job:
    """Return the job of a night that a worker has done."""
    with acting_for(goods.customer):
        job = start_night()
        errand = Errand.objects.get(subject_id=job.pk, step=Errand.Step.TASK)
    run_job.apply(args=(str(job.pk),), headers=header_for(errand), throw=True)
    with acting_for(goods.customer):
        return Job.objects.get(pk=job.pk)


def test_people_want_pause_and_ask_on_the_page(
    goods: Goods, wanted: PartnerRefresh, client_for: ClientFor
) -> None:
    browser, slug = client_for(goods.customer), goods.customer.slug
    url = f"/t/{slug}/inventory/figures/"
    made = {"partner": goods.holder.bpn, "part_number": THEIRS, "kind": "output", "idle_days": "7"}
    assert browser.post(url, made).status_code == 302
    assert browser.post(url, {**made, "part_number": "nothing"}).status_code == 422
    assert browser.get(url).content.decode().count('id="refresh-') == 2
    assert browser.get(f"{url}?kind=output&sort=part").content.decode().count('id="refresh-') == 1
    assert b"Planned output" in browser.get(f"{url}?export=csv&kind=output").getvalue()
    for step, state in (("pause", "paused"), ("resume", "active"), ("remove", None)):
        assert browser.post(f"{url}do", {"do": step, "id": str(wanted.pk)}).status_code == 302
        with acting_for(goods.customer):
            row = PartnerRefresh.objects.filter(pk=wanted.pk).first()
            assert (row.state if row else None) == state
    other = client_for(goods.holder)
    page = other.get(f"/t/{goods.holder.slug}/inventory/figures/?view=asked").content.decode()
    assert "Give the figures" in page
    with acting_for(goods.holder):
        task = Alert.objects.get(type=ASKED)
    link = f"/t/{goods.holder.slug}/inventory/figures/of/{task.object_id}/"
    assert goods.customer.bpn in other.get(link)["Location"]
    assert client_for(goods.customer, role="viewer").post(f"{url}all").status_code == 403


def test_a_system_wants_and_steps(goods: Goods, wanted: PartnerRefresh, call: Post) -> None:
    path = "/api/v1/partner-refreshes"
    body = {"partner": goods.holder.bpn, "part_number": THEIRS, "kind": "deliveries"}
    made = call(goods.customer, "POST", path, body)
    assert made.status_code == 201, made.content
    assert made.json()["direction"] == "outbound"
    one = f"{path}/{wanted.pk}"
    assert call(goods.customer, "POST", one, {"do": "pause"}).json()["state"] == "paused"
    assert call(goods.customer, "POST", one, {"do": "ask"}).json()["state"] == "active"
    assert call(goods.holder, "POST", one, {"do": "pause"}).status_code == 404
    assert call(goods.holder, "DELETE", one).status_code == 404
    assert call(goods.holder, "GET", one).json()["result"] == "waiting"
    assert len(call(goods.holder, "GET", f"{path}?view=asked").json()["items"]) == 2
    night(goods, timezone.now())
    [result] = call(goods.customer, "GET", "/api/v1/partner-refresh-results").json()["items"]
    assert (result["partner"], result["asked"]) == (goods.holder.bpn, 2)
    assert call(goods.customer, "DELETE", one).status_code == 204


def test_a_paused_one_is_no_task(goods: Goods, wanted: PartnerRefresh) -> None:
    with acting_for(goods.customer):
        assert pause([wanted.pk]) == 1
        assert pause([wanted.pk]) == 0
    work_off()
    assert tasks(goods.holder) == [False]
    assert night(goods, timezone.now()).asked == 0
