"""FC-01, FC-02, FC-03: what customers' systems state, by REST, DELFOR and Catena-X."""

import json
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.utils import timezone

from collab.events.relay import work_off
from collab.integration.inbox.applying import apply
from collab.integration.inbox.receiving import receive
from collab.integration.models.messages import InboundMessage, PartnerProfile
from collab.masterdata.refusals import Refused
from collab.masterdata.services import create_site_alias
from collab.organisations.context import acting_for
from collab.organisations.models import Organisation, Site
from collab.work.models import Alert
from forecasting.models import DeliverySchedule, DemandSeries, DemandVersion, ReleaseDraft
from forecasting.services.intake import StatedLine, StatedSchedule, take_schedule
from forecasting.services.unloading import unknown_point
from tests.forecasting.plans import THEIRS, Plan, make_part, make_plan, week
from tests.harness.cast import Cast
from tests.integration.edi_samples import edifact_sample
from tests.integration.machines import machine


@pytest.fixture
def plan(cast: Cast) -> Plan:
    return make_plan(cast.avalon, cast.brasov)


def demand(cast: Cast, *quantities: int | None, minutes: int = 0, **more: Any) -> dict[str, Any]:
    changed_at = timezone.now() - timedelta(hours=1) + timedelta(minutes=minutes)
    return {
        "supplier": cast.brasov.bpn,
        "part_number": THEIRS,
        "changed_at": changed_at.isoformat(),
        "demands": [
            {"week": week(2 + place).isoformat(), "quantity": quantity}
            for place, quantity in enumerate(quantities)
        ],
        **more,
    }


def test_newer_and_equal_overwrite_older_is_refused_without_effect(cast: Cast, plan: Plan) -> None:
    erp = machine(cast.avalon)
    body = demand(cast, 10, 20, None)
    assert erp.post("demand-versions", body).status_code == 200
    assert erp.post("demand-versions", body).json()["number"] == 1  # twice = once
    equal = erp.post("demand-versions", {**body, "demands": body["demands"][:2]})
    assert equal.json()["number"] == 2
    newer = erp.post("demand-versions", demand(cast, 11, 21, minutes=5)).json()
    assert (newer["number"], newer["step"]) == (3, "message")
    older = erp.post("demand-versions", demand(cast, 99, minutes=-5))
    assert older.status_code == 400
    assert older.json()["errors"][0]["field"] == "changed_at"
    with acting_for(cast.avalon):
        assert DemandVersion.objects.count() == 3
        assert DemandVersion.objects.get(is_current=True).quantities == [11, 21]


def test_an_unknown_series_is_created_with_201(cast: Cast, plan: Plan) -> None:
    answer = machine(cast.avalon).post("demand-versions", demand(cast, 5, category="A1S1"))
    assert answer.status_code == 201
    with acting_for(cast.avalon):
        assert DemandSeries.objects.filter(category="A1S1").exists()


@pytest.mark.parametrize(
    ("field", "change"),
    [
        ("supplier", {"supplier": "nobody"}),
        ("part_number", {"part_number": "unheard-of"}),
        ("unit", {"unit": "KGM"}),
        ("demands", {"demands": [{"week": "2030-01-01", "quantity": 1}]}),  # a Tuesday
        ("demands", {"demands": []}),
        ("changed_at", {"changed_at": "2099-01-01T00:00:00Z"}),
    ],
)
def test_what_is_wrong_is_named(cast: Cast, plan: Plan, field: str, change: Any) -> None:
    answer = machine(cast.avalon).post("demand-versions", demand(cast, 5, **change))
    assert answer.status_code == 400
    assert answer.json()["errors"][0]["field"] == field


def stated(cast: Cast, number: str = "7", **more: Any) -> StatedSchedule:
    return StatedSchedule(
        **{
            "supplier": cast.brasov.bpn,
            "part_number": THEIRS,
            "document_number": number,
            "issued_at": timezone.now(),
            "lines": [
                StatedLine(commitment="firm", due_from=week(1), quantity=Decimal(100)),
                StatedLine(
                    commitment="forecast",
                    due_from=week(2),
                    due_until=week(2) + timedelta(days=6),
                    quantity=Decimal(50),
                ),
            ],
            **more,
        }
    )


def test_a_stated_schedule_keeps_its_number_and_older_ones_replace_nothing(
    cast: Cast, plan: Plan
) -> None:
    with acting_for(cast.avalon):
        first = take_schedule(stated(cast, "7", source_key="k1"))
        assert first.schedule is not None
        assert take_schedule(stated(cast, "7", source_key="k1")).schedule == first.schedule
        assert take_schedule(stated(cast, "7")).place == "equal"
        assert take_schedule(stated(cast, "6")).place == "old"
        gap = take_schedule(stated(cast, "9"))
        assert gap.place == "gap"  # a lost one is told, the newer applied all the same
        assert gap.schedule is not None
        assert "missing_release" in gap.schedule.alerts
        assert DeliverySchedule.objects.count() == 2
    work_off()
    with acting_for(cast.brasov):
        assert Alert.objects.filter(type="forecasting.release_missing", is_open=True).exists()


def test_an_unknown_unit_holds_the_release_until_it_is_put_right(cast: Cast, plan: Plan) -> None:
    with acting_for(cast.avalon):
        taken = take_schedule(stated(cast, unit="KGM"))
        assert taken.schedule is None
        assert taken.draft is not None
        assert taken.draft.state == ReleaseDraft.State.HELD
        assert taken.draft.deviations[0]["field"] == "unit"
        assert Alert.objects.get(type="forecasting.release_held").is_open
        with pytest.raises(Refused):
            take_schedule(stated(cast, lines=[]))


@pytest.fixture
def delfor(cast: Cast) -> bytes:
    """The sample with Avalon and Brasov as its parties and a part that both know."""
    with acting_for(cast.brasov):
        Organisation.objects.filter(pk=cast.brasov.pk).update(duns="987654321")
    with acting_for(cast.avalon):
        make_part("8K0 612 345 A")
        Site.objects.filter(owner=cast.avalon).update(code="P01")
        PartnerProfile.objects.create(partner=cast.avalon, identifier="O0013000OEM")
    return edifact_sample("DELFOR_D04A_vda4984")


def test_a_delfor_of_the_own_system_becomes_a_release(cast: Cast, delfor: bytes) -> None:
    with acting_for(cast.avalon):
        message, _is_new = receive(raw=delfor)
        done = apply(message.pk)
        assert done.state == InboundMessage.State.APPLIED, done.problems
        schedule = DeliverySchedule.objects.get()
        assert schedule.document_number == "REL-000124"
        assert schedule.received_cumulative == 96_400
        assert schedule.received_since == date(2026, 1, 1)
        assert (schedule.backlog, schedule.in_transit) == (128, 480)
        go_aheads: list[Any] = [schedule.production_go_ahead, schedule.material_go_ahead]
        assert [Decimal(each["quantity"]) for each in go_aheads] == [101_200, 112_000]
        assert (schedule.site_code, schedule.unloading_point) == ("P01", "D07")
        receive(raw=delfor)
        assert DeliverySchedule.objects.count() == 1  # twice = once
    work_off()
    with acting_for(cast.brasov):
        assert DeliverySchedule.objects.get().origin == "edifact"
    with acting_for(cast.porto):
        assert not DeliverySchedule.objects.exists()


def test_unknown_places_and_parts_are_held_with_the_reason(cast: Cast, delfor: bytes) -> None:
    with acting_for(cast.avalon):
        Site.objects.filter(owner=cast.avalon).update(code="elsewhere")
        message, _is_new = receive(raw=delfor)
        done = apply(message.pk)
        assert done.state in {InboundMessage.State.HELD, InboundMessage.State.REFUSED}
        assert any(each["code"] == "unknown-ship-to" for each in done.problems)
        assert not DeliverySchedule.objects.exists()


@pytest.mark.parametrize("holds_lines", [True, False])
def test_an_unknown_unloading_point_is_held_as_the_profile_says(
    cast: Cast, delfor: bytes, holds_lines: bool
) -> None:
    """The sample unloads at D07; the site knows dock 8 alone until somebody adds it."""
    with acting_for(cast.avalon):
        policy = PartnerProfile.Policy.LINES if holds_lines else PartnerProfile.Policy.ALL
        PartnerProfile.objects.update(apply_policy=policy)
        site = Site.objects.get(owner=cast.avalon)
        create_site_alias(site=site, partner=cast.brasov, partner_code="P01/8", unloading_point="8")
        message, _is_new = receive(raw=delfor)
        done = apply(message.pk)
        found = next(each for each in done.problems if each["code"] == "unknown-unloading-point")
        assert (found["found"], found["line"]) == ("D07", "1")
        assert not DeliverySchedule.objects.exists()
        if not holds_lines:
            assert done.state == InboundMessage.State.REFUSED
            assert not ReleaseDraft.objects.exists()
            return
        draft = ReleaseDraft.objects.get()
        assert draft.state == ReleaseDraft.State.HELD
        assert Alert.objects.get(type="forecasting.release_held").is_open
        create_site_alias(
            site=site, partner=cast.brasov, partner_code="d 07", unloading_point="Dock 7"
        )
        assert done.state == InboundMessage.State.HELD
        for point, is_known in (("D07", True), ("D08", False)):
            refused = unknown_point(site_code="P01", supplier_id=cast.brasov.pk, point=point)
            assert (refused is None) == is_known


def test_nobody_releases_in_its_customers_name(cast: Cast, delfor: bytes) -> None:
    with acting_for(cast.brasov):
        PartnerProfile.objects.create(partner=cast.avalon, identifier="O0013000OEM")
        message, _is_new = receive(raw=delfor)
        done = apply(message.pk)
        assert done.state == InboundMessage.State.REFUSED
        assert done.problems[0]["code"] == "not-the-sender"
        assert not DeliverySchedule.objects.exists()


def weekly(cast: Cast, **more: Any) -> bytes:
    with acting_for(cast.avalon):
        site = Site.objects.filter(owner=cast.avalon).first()
        assert site is not None
        site.bpn = "BPNS000000000001"
        site.save()
    body = {
        "materialDemandId": "0157ba42-d2a8-4e28-8565-7b07830c3456",
        "customer": cast.avalon.bpn,
        "supplier": cast.brasov.bpn,
        "materialNumberCustomer": THEIRS,
        "materialDescriptionCustomer": "Harness",
        "changedAt": (timezone.now() - timedelta(hours=2)).isoformat(),
        "unitOfMeasureIsOmitted": False,
        "unitOfMeasure": "unit:piece",
        "materialDemandIsInactive": False,
        "demandSeries": [
            {
                "customerLocation": "BPNS000000000001",
                "demandCategory": {"demandCategoryCode": "SR99"},
                "demands": [
                    {"pointInTime": week(2).isoformat(), "demand": 120},
                    {"pointInTime": week(3).isoformat(), "demand": 80},
                ],
            }
        ],
        **more,
    }
    return json.dumps(body).encode()


def take(cast: Cast, raw: bytes) -> InboundMessage:
    with acting_for(cast.avalon):
        message, _is_new = receive(raw=raw, kind="week_based_material_demand", sender=cast.avalon)
        return apply(message.pk)


def test_catena_x_demand_opens_a_series_and_makes_a_version(cast: Cast, plan: Plan) -> None:
    done = take(cast, weekly(cast))
    assert done.state == InboundMessage.State.APPLIED, done.problems
    with acting_for(cast.avalon):
        series = DemandSeries.objects.get(category="SR99")
        made = DemandVersion.objects.get(series=series)
        assert (made.step, made.quantities) == ("message", [120, 80])
        assert made.source_id == done.pk
    older = take(cast, weekly(cast, changedAt=(timezone.now() - timedelta(days=2)).isoformat()))
    assert older.state == InboundMessage.State.REFUSED
    assert older.problems[0]["code"] == "older"
    stranger = take(cast, weekly(cast, customer=cast.kestrel.bpn))
    assert stranger.problems[0]["code"] == "sender"


def test_the_rest_interface_of_series_releases_and_answers(cast: Cast, plan: Plan) -> None:
    plan.release([100] * 8)
    buyer, seller, rival = machine(cast.avalon), machine(cast.brasov), machine(cast.porto)
    for each in (buyer, seller):
        assert len(each.get("demand-series").json()["items"]) == 1
        (row,) = each.get("delivery-schedules?view=waiting").json()["items"]
        assert row["part_number"] == THEIRS
    one = seller.get(f"delivery-schedules/{row['id']}")
    assert [line["commitment"] for line in one.json()["lines"]].count("firm") == 4
    again = seller.get(f"delivery-schedules/{row['id']}", **{"If-None-Match": one["ETag"]})
    assert again.status_code == 304
    assert rival.get("delivery-schedules").json()["items"] == []
    missing = rival.get(f"delivery-schedules/{row['id']}")
    assert missing.status_code == 404
    answer = seller.post(f"delivery-schedules/{row['id']}/answer", {"verdict": "accepted"})
    assert answer.json()["verdict"] == "accepted"
    assert (
        buyer.post(f"delivery-schedules/{row['id']}/answer", {"verdict": "accepted"}).status_code
        == 404
    )
    many = seller.post(
        "delivery-schedules/answers", {"verdict": "accepted", "schedules": [row["id"]]}
    )
    assert many.json() == {"answered": 0}
    compared = seller.get(f"demand-series/{plan.series_id}/comparison?numbers=1")
    assert len(compared.json()["weeks"]) == 8
    assert rival.get(f"demand-series/{plan.series_id}/comparison").status_code == 404


def test_the_rest_interface_of_drafts(cast: Cast, plan: Plan) -> None:
    buyer = machine(cast.avalon)
    plan.say([100] * 8)
    assert buyer.post("release-drafts", {}).json() == {"ready": 1, "held": 0}
    published = buyer.post("release-drafts/publication", {})
    assert published.status_code == 202
    assert len(published.json()["schedules"]) == 1
    plan.say([300] * 8)
    assert buyer.post("release-drafts", {}).json() == {"ready": 0, "held": 1}
    (draft,) = buyer.get("release-drafts?state=held").json()["items"]
    etag = buyer.get(f"release-drafts/{draft['id']}")["ETag"]
    path = f"release-drafts/{draft['id']}"
    assert buyer.call("PATCH", path, {"state": "published"}).status_code == 428
    stale = buyer.call("PATCH", path, {"state": "published"}, **{"If-Match": '"x"'})
    assert stale.status_code == 412
    done = buyer.call("PATCH", path, {"state": "published"}, **{"If-Match": etag})
    assert done.json()["state"] == "published"
    over = buyer.post(
        f"demand-series/{plan.series_id}/overrides",
        {"version": 1, "cells": [{"week": week(1).isoformat(), "quantity": 1, "reason": "x"}]},
    )
    assert over.status_code == 412
    assert machine(cast.brasov).get("release-drafts").json()["items"] == []


def test_the_rest_interface_of_orders(cast: Cast, plan: Plan) -> None:
    buyer, seller = machine(cast.avalon), machine(cast.brasov)
    order = {
        "supplier": cast.brasov.bpn, "order_number": "45", "line": 1, "part_number": THEIRS,
        "quantity": "480", "due_on": week(8).isoformat(),
    }  # fmt: skip
    assert buyer.post("order-lines", order).status_code == 201
    both = buyer.post("order-lines", [order, {**order, "line": 2, "part_number": "?"}])
    assert both.status_code == 207
    assert (both.json()["taken"], both.json()["refused"]) == (1, 1)
    (line,) = seller.get("order-lines?view=open").json()["items"]
    told = {"quantity": "400", "reason": "copper"}
    assert seller.post(f"order-lines/{line['id']}/confirmation", told).status_code == 201
    work_off()
    waiting = buyer.get(f"order-lines/{line['id']}")
    assert waiting.json()["state"] == "approval"
    decided = buyer.post(
        f"order-lines/{line['id']}/decision", {"is_approved": True}, **{"If-Match": waiting["ETag"]}
    )
    assert decided.json()["state"] == "confirmed"
    group = buyer.post("tolerance-groups", {"name": "All", "quantity_below": "0.02"})
    assert group.status_code == 201
    path = f"tolerance-groups/{group.json()['id']}"
    changed = buyer.call("PUT", path, {"name": "All others"}, **{"If-Match": group["ETag"]})
    assert changed.json()["name"] == "All others"
    assert buyer.call("DELETE", path, **{"If-Match": changed["ETag"]}).status_code == 204
    assert seller.post("order-lines/confirmations", {"order_lines": [line["id"]]}).json() == {
        "confirmed": 0
    }
