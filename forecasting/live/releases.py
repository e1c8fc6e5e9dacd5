"""Delivery schedules and order lines on open screens, with what the other side said to them."""

from collections.abc import Sequence
from uuid import UUID

from django.db.models import Count
from django.template.loader import render_to_string

from collab.live.joining import join
from collab.live.topics import Frame, Topic, register
from collab.organisations.context import acting_organisation
from forecasting.events import COMMIT_TOPIC, DEMAND_TOPIC, RELEASED_TOPIC
from forecasting.models import DeliverySchedule, ReleaseAnswer
from forecasting.queries.releases import schedules_by_key

ROW = "forecasting/partials/release_row.html"


def render_schedules(keys: Sequence[UUID]) -> list[Frame]:
    """Return a frame per visible schedule; what no grant opens is neither in html nor data."""
    tenant = acting_organisation().slug
    return [
        Frame(
            element_id=row.element_id,
            html=render_to_string(ROW, {"row": row, "tenant": tenant}),
            data={"id": str(row.id), "series": str(row.series_id), "verdict": row.verdict},
        )
        for row in schedules_by_key(keys)
    ]


def render_batches(keys: Sequence[UUID]) -> list[Frame]:
    """Return how many schedules were published together; lists fetch their rows themselves."""
    found = (
        DeliverySchedule.objects.filter(batch_id__in=list(keys))
        .values_list("batch_id")
        .annotate(schedules=Count("pk"))
        .order_by()
    )
    return [Frame(data={"batch": str(key), "schedules": count}) for key, count in found]


def render_answers(keys: Sequence[UUID]) -> list[Frame]:
    """Return the schedules that these answers are about."""
    answers = ReleaseAnswer.objects.filter(pk__in=list(keys))
    return render_schedules(list(answers.values_list("schedule_id", flat=True)))


def register_topics() -> None:
    """Draw schedules on the topic of demand, answers on that of commits."""
    join(DEMAND_TOPIC, render_schedules)
    join(COMMIT_TOPIC, render_answers)
    register(Topic(name=RELEASED_TOPIC, sharing_topic=DEMAND_TOPIC, render=render_batches))
