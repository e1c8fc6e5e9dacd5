"""Comments reach the other side; releases and capacity meet everybody's own thresholds."""

from collections.abc import Iterable, Sequence
from uuid import UUID, uuid5

from django.utils import timezone

from collab.events.bus import Fact, subscribe
from collab.organisations.context import acting_organisation_id
from collab.sharing.hear import hand_over, listen
from forecasting.events import (
    CAPACITY_TOPIC,
    COMMENT_TOPIC,
    DEMAND_TOPIC,
    CapacityStated,
    PlanCommented,
    SchedulesPublished,
)
from forecasting.models import CapacityGroup, DeliverySchedule, PlanComment
from forecasting.queries.positions import positions_of
from forecasting.services.comments import hear_comment
from forecasting.services.watches import capacity_changes, demand_changes, is_watching, watch

COMMENTED = "forecasting.hear_comment"
WATCH_DEMAND = "forecasting.watch_demand"
WATCH_CAPACITY = "forecasting.watch_capacity"


def tell_partner(event: PlanCommented) -> Iterable[Fact]:
    """Let the other side hear a comment, each version of it once."""
    key = UUID(event.comment_id)
    version = PlanComment.objects.filter(pk=key).values_list("version", flat=True).first() or 0
    hand_over(
        uuid5(key, str(version)),
        listener=COMMENTED,
        topic=COMMENT_TOPIC,
        about_ids=[event.partner_id],
        rows=[key],
    )
    return ()


def hear_comments(keys: Sequence[UUID]) -> Iterable[Fact]:
    """Ask to act where a comment asks for it."""
    for key in keys:
        hear_comment(key)
    return ()


def watch_own_schedules(event: SchedulesPublished) -> Iterable[Fact]:
    """Hold new releases against the customer's thresholds, and let the supplier hold its own."""
    keys = [UUID(key) for key in event.schedule_ids]
    hand_over(
        UUID(event.change_id),
        listener=WATCH_DEMAND,
        topic=DEMAND_TOPIC,
        about_ids=[event.supplier_id],
        rows=keys,
    )
    return watch_schedules(keys)


def watch_schedules(keys: Sequence[UUID]) -> Iterable[Fact]:
    """Hold releases that the listener sees against its thresholds."""
    if not is_watching():
        return ()
    found = DeliverySchedule.objects.filter(pk__in=list(keys), is_current=True)
    watch(demand_changes(positions_of(found)), as_of=timezone.now())
    return ()


def watch_own_capacity(event: CapacityStated) -> Iterable[Fact]:
    """Hold stated capacity against the supplier's thresholds, and let the customer hold its own."""
    keys = [UUID(key) for key in event.group_ids]
    if event.customer_id != acting_organisation_id():
        hand_over(
            UUID(event.change_id),
            listener=WATCH_CAPACITY,
            topic=CAPACITY_TOPIC,
            about_ids=[event.customer_id],
            rows=keys,
        )
    return watch_groups(keys)


def watch_groups(keys: Sequence[UUID]) -> Iterable[Fact]:
    """Hold groups that the listener sees against its thresholds."""
    if not is_watching():
        return ()
    found = CapacityGroup.objects.filter(pk__in=list(keys), is_active=True)
    watch(capacity_changes(list(found)), as_of=timezone.now())
    return ()


listen(COMMENTED, hear_comments)
listen(WATCH_DEMAND, watch_schedules)
listen(WATCH_CAPACITY, watch_groups)
subscribe(PlanCommented, tell_partner)
subscribe(SchedulesPublished, watch_own_schedules)
subscribe(CapacityStated, watch_own_capacity)
