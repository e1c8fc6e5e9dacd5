"""FC-03, FC-04, FC-05, FC-23: a release replaces the last wholly, may be held, is answered."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest
from django.utils import timezone

from collab.events.models import Event
from collab.events.relay import work_off
from collab.masterdata.refusals import Refused, VersionConflict
from collab.organisations.context import acting_for
from collab.work.models import Alert
from forecasting.axis import monday_of
from forecasting.models import (
    Actual,
    DailyDemand,
    DeliverySchedule,
    ReleaseAnswer,
    ReleaseDraft,
    ScheduleLine,
)
from forecasting.services.answers import LineAnswer, accept, acknowledge, answer_release
from forecasting.services.publishing import publish_releases, release_held
from forecasting.services.release_alerts import judge_unanswered
from forecasting.services.releases import discard_draft, prepare_releases
from forecasting.week_figures import Weekly
from tests.forecasting.plans import Plan, make_plan, this_week, week
from tests.harness.cast import Cast
from tests.harness.clock import today_here

WEEKS = [100] * 20


@pytest.fixture
def plan(cast: Cast) -> Plan:
    return make_plan(cast.avalon, cast.brasov)


def test_a_draft_has_firm_weeks_forecast_and_go_aheads(plan: Plan) -> None:
    plan.say(WEEKS)
    with acting_for(plan.customer):
        (draft,) = prepare_releases()
        kinds = [kind for kind, *_rest in draft.document["lines"]]
        assert kinds == ["firm"] * 4 + ["forecast"] * 16
        assert draft.document["production_go_ahead"]["quantity"] == "800"
        assert draft.document["material_go_ahead"]["quantity"] == "1600"
        assert draft.state == ReleaseDraft.State.DRAFT
        prepare_releases()
        assert ReleaseDraft.objects.count() == 1  # prepared twice leaves one draft
    with acting_for(plan.supplier):
        assert not ReleaseDraft.objects.exists()


def test_what_is_counted_is_released_in_whole_pieces_that_add_up(plan: Plan) -> None:
    figures = Weekly(week(0), (Decimal("1.4"),) * 5)
    plan.say([], likely=figures)
    with acting_for(plan.customer):
        (draft,) = prepare_releases()
        assert [line[3] for line in draft.document["lines"]] == ["1", "2", "1", "2", "1"]


def test_a_new_release_replaces_the_old_one_wholly(cast: Cast, plan: Plan) -> None:
    first = plan.release(WEEKS)
    second = plan.release([90] * 10)  # shorter: what the old one asked for later is gone
    with acting_for(plan.supplier):
        old, new = DeliverySchedule.objects.order_by("number")
        assert (old.pk, old.is_current) == (first.pk, False)
        assert (new.pk, new.is_current, new.document_number) == (second.pk, True, "2")
        assert new.previous_document_number == "1"
        assert new.quantities == [Decimal(90)] * 10
        lines = ScheduleLine.objects.filter(schedule=new).order_by("position")
        assert [each.cumulative for each in lines][-1] == 900
        days = DailyDemand.objects.all()
        assert days.latest("on").on < week(10)
        assert {each.source for each in days} == {"release"}
    for rival in (cast.porto, cast.kestrel, cast.silesia):
        with acting_for(rival):
            assert not DeliverySchedule.objects.exists()
            assert not ScheduleLine.objects.exists()


def test_publishing_twice_is_publishing_once(plan: Plan) -> None:
    plan.say(WEEKS)
    with acting_for(plan.customer):
        (draft,) = prepare_releases()
        publish_releases(draft_ids=[draft.pk])
        told = Event.objects.filter(kind="forecasting.SchedulesPublished").count()
        with pytest.raises(Refused):
            publish_releases(draft_ids=[draft.pk])
        assert told == Event.objects.filter(kind="forecasting.SchedulesPublished").count() == 1
        assert DeliverySchedule.objects.count() == 1


def test_a_release_that_deviates_too_far_is_held_until_a_planner_decides(plan: Plan) -> None:
    plan.release(WEEKS)
    plan.say([100, 100, 160, *[100] * 17])
    with acting_for(plan.customer):
        (draft,) = prepare_releases()
        assert draft.state == ReleaseDraft.State.HELD
        assert [each["week"] for each in draft.deviations] == [week(2).isoformat()] * 2
        assert Alert.objects.filter(type="forecasting.release_held", is_open=True).count() == 1
        with pytest.raises(Refused):
            publish_releases()  # nothing that is not held
        with pytest.raises(VersionConflict):
            release_held(draft.pk, version=99)
        schedule = release_held(draft.pk, note="agreed by phone", version=draft.version)
        assert schedule is not None
        assert release_held(draft.pk) == schedule  # twice = once
        draft.refresh_from_db()
        assert (draft.state, draft.note) == ("published", "agreed by phone")
        assert not Alert.objects.filter(type="forecasting.release_held", is_open=True).exists()


def test_a_discarded_draft_never_reaches_the_supplier(plan: Plan) -> None:
    plan.say(WEEKS)
    with acting_for(plan.customer):
        (draft,) = prepare_releases()
        discard_draft(draft.pk, note="typing error")
        discard_draft(draft.pk)
        with pytest.raises(Refused):
            publish_releases()
        with pytest.raises(Refused):
            release_held(draft.pk)
    with acting_for(plan.supplier):
        assert not DeliverySchedule.objects.exists()


def test_firm_wins_and_later_weeks_are_blended_with_statistics(plan: Plan) -> None:
    plan.say([80] * 12)  # what the statistics say
    plan.say([100] * 12, step="planner")
    with acting_for(plan.customer):
        (draft,) = prepare_releases()
        publish_releases(draft_ids=[draft.pk])
        by_week = {
            number: sum(
                DailyDemand.objects.filter(on__gte=week(number), on__lt=week(number + 1))
                .values_list("quantity", flat=True)
            )
            for number in range(12)
        }  # fmt: skip
    assert by_week[1] == by_week[3] == 100  # firm
    assert by_week[4] == by_week[11] == 90  # unmeasured: half each


def test_what_was_due_and_did_not_come_is_backlog(plan: Plan) -> None:
    past = timezone.now() - timedelta(days=14)
    with acting_for(plan.customer):
        Actual.objects.create(
            series_id=plan.series_id,
            kind="received",
            on=today_here() - timedelta(days=20),
            quantity=Decimal(500),
            source_key="r1",
        )
    plan.say([100] * 12, first=week(-2))
    with acting_for(plan.customer):
        (draft,) = prepare_releases(as_of=past)
        publish_releases(draft_ids=[draft.pk], as_of=past)
        Actual.objects.create(
            series_id=plan.series_id,
            kind="received",
            on=today_here() - timedelta(days=8),
            quantity=Decimal(60),
            source_key="r2",
        )
        (draft,) = prepare_releases()
        assert draft.document["received"] == "560.000"
        kind, _first, _last, quantity = draft.document["lines"][0]
        assert kind == "backlog"
        assert Decimal(quantity) >= 100  # two weeks due at least in part, 60 came


def test_a_release_counts_receipts_from_its_own_year_on(plan: Plan) -> None:
    """Drawn up as of last December, it does not begin to count in this January."""
    last_year = today_here().year - 1
    with acting_for(plan.customer):
        for on, quantity in ((date(last_year, 12, 1), 500), (date(last_year - 1, 12, 31), 70)):
            Actual.objects.create(
                series_id=plan.series_id, kind="received", on=on, quantity=Decimal(quantity),
                source_key=str(on),
            )  # fmt: skip
    december = datetime(last_year, 12, 10, 12, tzinfo=UTC)
    plan.say([100] * 12, first=monday_of(december.date()))
    with acting_for(plan.customer):
        (draft,) = prepare_releases(as_of=december)
    assert draft.document["received"] == "500.000"
    assert draft.document["received_since"] == f"{last_year}-01-01"


def test_the_supplier_alone_is_told_of_what_a_release_brings(cast: Cast, plan: Plan) -> None:
    plan.release(WEEKS)
    with acting_for(plan.supplier):
        alert = Alert.objects.get(type="forecasting.release_new")
        assert alert.is_open
        assert alert.title_params["count"] == 1
    for other in (cast.avalon, cast.porto, cast.kestrel):
        with acting_for(other):
            assert not Alert.objects.filter(type="forecasting.release_new").exists()
    with acting_for(plan.supplier):
        schedule = DeliverySchedule.objects.get()
        assert acknowledge([schedule.pk]) == 1
        assert acknowledge([schedule.pk]) == 0  # twice = once
        alert.refresh_from_db()
        assert not alert.is_open


def test_a_release_nobody_acknowledges_is_told_after_five_days(cast: Cast, plan: Plan) -> None:
    schedule = plan.release(WEEKS)
    late = schedule.published_at + timedelta(days=5)
    with acting_for(plan.customer):
        assert judge_unanswered(as_of=late - timedelta(minutes=1)) == 0
        assert judge_unanswered(as_of=late) == 1
        assert judge_unanswered(as_of=late) == 1
        alert = Alert.objects.get(type="forecasting.release_unacknowledged")
    with acting_for(plan.supplier):
        acknowledge([schedule.pk])
    work_off()
    with acting_for(plan.customer):
        alert.refresh_from_db()
        assert not alert.is_open
        assert ReleaseAnswer.objects.get().verdict == "acknowledged"


def test_lines_are_rejected_with_a_reason_and_the_customer_hears_it(plan: Plan) -> None:
    schedule = plan.release(WEEKS)
    no = {3: LineAnswer(verdict="rejected", reason="no copper that week")}
    with acting_for(plan.supplier):
        with pytest.raises(Refused):
            answer_release(
                schedule.pk, verdict="accepted", lines={3: LineAnswer(verdict="rejected")}
            )
        answer = answer_release(schedule.pk, verdict="accepted", lines=no)
        assert answer.verdict == "partial"
        assert answer_release(schedule.pk, verdict="accepted", lines=no).version == 1
    work_off()
    with acting_for(plan.customer):
        alert = Alert.objects.get(type="forecasting.release_rejected")
        assert alert.is_open
    plan.release(WEEKS)  # the next release takes it off the table
    with acting_for(plan.customer):
        alert.refresh_from_db()
        assert not alert.is_open


def test_an_answer_is_frozen_after_the_response_time(plan: Plan) -> None:
    schedule = plan.release(WEEKS)
    late = schedule.published_at + timedelta(days=6)
    with acting_for(plan.supplier):
        assert accept([schedule.pk]) == 1
        with pytest.raises(Refused):
            answer_release(schedule.pk, verdict="rejected", note="too much", as_of=late)
        assert ReleaseAnswer.objects.get().verdict == "accepted"
    with acting_for(plan.customer), pytest.raises(DeliverySchedule.DoesNotExist):
        answer_release(schedule.pk, verdict="accepted")  # only the supplier answers


def test_a_version_without_weeks_to_come_makes_no_release(plan: Plan) -> None:
    plan.say([5, 5], first=this_week() - timedelta(weeks=4))
    with acting_for(plan.customer):
        assert prepare_releases() == []
