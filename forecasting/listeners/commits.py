"""Releases reach the supplier's to-do list, commits the customer's judgement."""

from collections.abc import Iterable, Sequence
from uuid import UUID

from collab.events.bus import Fact, subscribe
from collab.organisations.context import acting_organisation_id
from collab.sharing.hear import hand_over, listen
from forecasting.events import (
    COMMIT_TOPIC,
    DEMAND_TOPIC,
    CommitReviewed,
    Committed,
    SchedulesPublished,
)
from forecasting.models import Commit
from forecasting.services.commit_reviews import hear_review
from forecasting.services.commit_tasks import judge_committed, open_tasks

OPEN = "forecasting.open_commit_tasks"
JUDGE = "forecasting.judge_commits"
REVIEWED = "forecasting.hear_commit_review"


def tell_supplier(event: SchedulesPublished) -> Iterable[Fact]:
    """Let the supplier open its tasks for new releases."""
    hand_over(
        UUID(event.change_id),
        listener=OPEN,
        topic=DEMAND_TOPIC,
        about_ids=[event.supplier_id],
        rows=[UUID(key) for key in event.schedule_ids],
    )
    return ()


def hear_schedules(keys: Sequence[UUID]) -> Iterable[Fact]:
    """Open the tasks of releases made to the listener; others that it may see are not its duty."""
    open_tasks(keys)
    return ()


def tell_customer(event: Committed) -> Iterable[Fact]:
    """Let the customer judge new commits."""
    hand_over(
        UUID(event.change_id),
        listener=JUDGE,
        topic=COMMIT_TOPIC,
        about_ids=[event.customer_id],
        rows=[UUID(key) for key in event.commit_ids],
    )
    return ()


def hear_commits(keys: Sequence[UUID]) -> Iterable[Fact]:
    """Judge the commits made to the listener."""
    made = Commit.objects.filter(pk__in=list(keys), counterparty_id=acting_organisation_id())
    judge_committed(list(made.values_list("series_id", flat=True)))
    return ()


def tell_reviewed(event: CommitReviewed) -> Iterable[Fact]:
    """Let the supplier know what its customer says to a commit."""
    hand_over(
        UUID(event.change_id),
        listener=REVIEWED,
        topic=DEMAND_TOPIC,
        about_ids=[event.supplier_id],
        rows=[UUID(event.review_id)],
    )
    return ()


def hear_reviews(keys: Sequence[UUID]) -> Iterable[Fact]:
    """Raise or close the challenge on the supplier's side."""
    for key in keys:
        hear_review(key)
    return ()


listen(OPEN, hear_schedules)
listen(JUDGE, hear_commits)
listen(REVIEWED, hear_reviews)
subscribe(SchedulesPublished, tell_supplier)
subscribe(Committed, tell_customer)
subscribe(CommitReviewed, tell_reviewed)
