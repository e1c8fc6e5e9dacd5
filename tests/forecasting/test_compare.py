"""FC-06: any releases side by side, with receipts; pages of releases on both sides."""

from datetime import timedelta
from decimal import Decimal

import pytest
from django.urls import reverse
from django.utils import timezone

from collab.events.relay import work_off
from collab.organisations.context import acting_for
from forecasting.models import Actual, DeliverySchedule, PlanComment, ReleaseAnswer, ReleaseDraft
from forecasting.queries.versions import compare_releases, releases_of
from tests.conftest import ClientFor
from tests.forecasting.plans import THEIRS, Plan, make_plan, week
from tests.harness.cast import Cast, give


@pytest.fixture
def plan(cast: Cast) -> Plan:
    return make_plan(cast.avalon, cast.brasov)


def test_weeks_show_mean_spread_net_change_and_receipts(plan: Plan) -> None:
    plan.release([100, 100, 100])
    plan.release([100, 120, 80])
    plan.release([100, 150, 80, 40])
    with acting_for(plan.customer):
        Actual.objects.create(
            series_id=plan.series_id,
            kind="received",
            on=week(1) + timedelta(days=2),
            quantity=Decimal(95),
            source_key="r",
        )
        now = timezone.now()
        PlanComment.objects.create(
            counterparty=plan.supplier,
            object_kind="series",
            object_id=plan.series_id,
            text="launch moved",
            weeks=[week(1)],
            author="Jana",
            created_at=now,
            changed_at=now,
        )
        found = compare_releases(plan.series_id)
        assert found is not None
        assert [each.document_number for each in found.releases] == ["1", "2", "3"]
        second = found.weeks[1]
        assert second.figures.quantities == (Decimal(100), Decimal(120), Decimal(150))
        assert (second.figures.minimum, second.figures.maximum) == (100, 150)
        assert second.figures.net_change == 30
        assert second.figures.variance_percent == 50
        assert second.figures.received == 95
        assert [said.text for said in second.comments] == ["launch moved"]
        assert found.weeks[3].figures.net_change is None  # only the newest speaks of it
        assert found.net_change == 30
        two = compare_releases(plan.series_id, numbers=[1, 3])
        assert two is not None
        assert [each.number for each in two.releases] == [1, 3]
    with acting_for(plan.supplier):
        theirs = compare_releases(plan.series_id)
        assert theirs is not None
        assert theirs.weeks[1].figures.received is None  # the customer's own knowledge


def test_a_rival_has_nothing_to_compare(cast: Cast, plan: Plan) -> None:
    plan.release([100])
    for rival in (cast.porto, cast.kestrel):
        with acting_for(rival):
            assert compare_releases(plan.series_id) is None
            assert releases_of(plan.series_id) == []


def test_hidden_quantities_are_not_compared(cast: Cast, plan: Plan) -> None:
    plan.release([100])
    give(cast.avalon, cast.silesia, cast.brasov, "forecasting.demand", fields=["part_number"])
    with acting_for(cast.silesia):
        found = compare_releases(plan.series_id)
        assert found is not None
        assert found.weeks == []


def test_the_pages_of_a_release_on_both_sides(
    cast: Cast, plan: Plan, client_for: ClientFor
) -> None:
    first = plan.release([100] * 8)
    plan.release([110] * 8)
    for side in (cast.avalon, cast.brasov):
        client = client_for(side)
        slug = side.slug
        for view in ("current", "waiting", "rejected", "all"):
            address = reverse("forecasting:releases", args=[slug])
            assert client.get(address, {"view": view}).status_code == 200
        listed = client.get(address, {"view": "all"}).content.decode()
        assert listed.count('id="schedule-') == 2
        assert "880" in client.get(address).content.decode()
        for form in ("csv", "xlsx"):
            assert client.get(address, {"export": form}).status_code == 200
        one = client.get(reverse("forecasting:release", args=[slug, first.pk]))
        assert one.status_code == 200
        compared = client.get(reverse("forecasting:compare", args=[slug, plan.series_id]))
        assert "plot-line" in compared.content.decode()
        exported = client.get(
            reverse("forecasting:compare", args=[slug, plan.series_id]), {"export": "csv"}
        )
        assert "110" in exported.content.decode("utf-8-sig")
    rival = client_for(cast.porto)
    missing = reverse("forecasting:release", args=["porto", first.pk])
    assert rival.get(missing).status_code == 404
    assert THEIRS not in rival.get(reverse("forecasting:releases", args=["porto"])).content.decode()


def test_a_planner_prepares_holds_and_publishes_on_the_page(
    cast: Cast, plan: Plan, client_for: ClientFor
) -> None:
    client = client_for(cast.avalon)
    page = reverse("forecasting:release-drafts", args=["avalon"])
    assert client.get(page).status_code == 200
    plan.say([100] * 8)
    client.post(reverse("forecasting:release-prepare", args=["avalon"]))
    assert THEIRS in client.get(page).content.decode()
    client.post(reverse("forecasting:release-publish", args=["avalon"]))
    plan.say([200] * 8)
    client.post(reverse("forecasting:release-prepare", args=["avalon"]))
    assert "100 → 200" in client.get(page, {"view": "held"}).content.decode()
    with acting_for(cast.avalon):
        draft = ReleaseDraft.objects.get(state="held")
    decide = reverse("forecasting:release-decide", args=["avalon", draft.pk])
    client.post(decide, {"do": "release", "version": draft.version, "note": "agreed"})
    with acting_for(cast.avalon):
        assert DeliverySchedule.objects.filter(is_current=True).get().number == 2
    assert client_for(cast.avalon, role="viewer").post(decide).status_code == 403


def test_the_supplier_answers_all_releases_in_one_click(
    cast: Cast, plan: Plan, client_for: ClientFor
) -> None:
    schedule = plan.release([100] * 8)
    client = client_for(cast.brasov, role="clerk")
    client.post(
        reverse("forecasting:releases-answer", args=["brasov"]) + "?all=1", {"do": "accept"}
    )
    work_off()
    with acting_for(cast.avalon):
        assert ReleaseAnswer.objects.get().verdict == "accepted"
    page = reverse("forecasting:release-answer", args=["brasov", schedule.pk])
    assert client.post(page, {"do": "rejected"}).status_code == 422  # a reason is missing
    client.post(page, {"do": "lines", "verdict-2": "rejected", "reason-2": "holiday"})
    with acting_for(cast.avalon):
        assert ReleaseAnswer.objects.get().lines["2"]["reason"] == "holiday"
