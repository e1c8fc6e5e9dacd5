"""What the acting customer says to commits: accepted with their gaps, or challenged."""

from datetime import datetime
from uuid import UUID, uuid4

from django.db import transaction
from django.utils import timezone

from collab.events.bus import publish
from collab.masterdata.refusals import Refused
from collab.organisations.context import acting_organisation_id, acting_person_id
from forecasting.events import CommitReviewed
from forecasting.models import Commit, CommitReview
from forecasting.queries.positions import positions
from forecasting.services.commit_alerts import clear_challenge, judge_buyer, raise_challenge

Verdict = CommitReview.Verdict


@transaction.atomic
def review_commit(
    commit_id: UUID, *, verdict: str, note: str = "", as_of: datetime | None = None
) -> tuple[CommitReview, bool]:
    """Accept a commit or ask for another one; return the review and whether it changed anything.

    An accepted commit is no exception any more, however far below the forecast. Raises
    ``Commit.DoesNotExist`` for a commit that is not about one's own series, ``Refused`` for one
    that a newer commit replaced, and for a challenge without a note.
    """
    now = as_of or timezone.now()
    if verdict not in Verdict.values:
        raise Refused("verdict", f"one of {', '.join(Verdict.values)}", verdict)
    text = note.strip()[:400]
    if verdict == Verdict.CHALLENGED and not text:
        raise Refused("note", "a note that says what you need", note)
    commit = Commit.objects.get(pk=commit_id, counterparty_id=acting_organisation_id())
    if not commit.is_current:
        raise Refused("commit", "the newest commit of its series", commit.number)
    review, is_new = CommitReview.objects.select_for_update(of=("self",)).get_or_create(
        owner_id=acting_organisation_id(),
        commit_id=commit.pk,
        defaults={
            "counterparty_id": commit.owner_id,
            "series_id": commit.series_id,
            "schedule_id": commit.schedule_id,
            "verdict": verdict,
            "note": text,
            "person_id": acting_person_id(),
            "reviewed_at": now,
        },
    )
    if not is_new:
        if (review.verdict, review.note) == (verdict, text):
            return review, False
        review.verdict, review.note, review.reviewed_at = verdict, text, now
        review.person_id = acting_person_id()
        review.version += 1
        review.save()
    judge_buyer(positions([commit.series_id]), as_of=now)
    publish(
        CommitReviewed(
            change_id=str(uuid4()),
            review_id=str(review.pk),
            commit_id=str(commit.pk),
            schedule_id=str(commit.schedule_id),
            supplier_id=commit.owner_id,
            verdict=verdict,
        )
    )
    return review, True


def hear_review(review_id: UUID, *, as_of: datetime | None = None) -> None:
    """Tell the acting supplier of a challenge, or that it is settled."""
    now = as_of or timezone.now()
    us = acting_organisation_id()
    review = CommitReview.objects.filter(pk=review_id, counterparty_id=us).first()
    if review is None:
        return
    is_newest = Commit.objects.filter(pk=review.commit_id, is_current=True).exists()
    found = positions([review.series_id]) if is_newest else []
    if found and review.verdict == Verdict.CHALLENGED:
        raise_challenge(found[0], review.note, as_of=now)
    else:
        clear_challenge(review.series_id, as_of=now)
