"""What a viewer missed: the stored frames after a number, or the advice to read all again."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import Max
from django.utils import timezone

from collab.live.feed import frame_bytes, head
from collab.live.models import FeedFrame
from collab.organisations.context import acting_for, acting_organisation_id
from collab.sharing.models import Grant, StatementTimestamp

MAX_FRAMES = 5000
MAX_AGE = timedelta(hours=24)
PAGE = 500
RENDERING = timedelta(seconds=15)
"""Longer than a statement may run: a frame this young may hold what was just taken away."""


@dataclass(frozen=True, slots=True)
class Missed:
    """How far behind somebody is: numbers ``after`` + 1 … ``head``, if they can be replayed."""

    after: int
    head: int
    is_replayable: bool
    narrowed_at: datetime | None = None
    """When the viewer was last let see less than before; ``None`` for never."""


def missed(after: int) -> Missed:
    """Return what the acting viewer has missed since number ``after``.

    Not replayable are more than 5,000 frames, frames older than 24 h, frames with a hole, a
    number that was never given out (a restored database), and anything across a moment at which
    a right of the viewer ended: what was rendered before must be read again with today's rights.
    """
    newest = head()
    narrowed_at = _narrowed_at()
    return Missed(after, newest, _is_replayable(after, newest, narrowed_at), narrowed_at)


def _is_replayable(after: int, newest: int, narrowed_at: datetime | None) -> bool:
    count = newest - after
    if count < 0 or count > MAX_FRAMES:
        return False
    if narrowed_at is not None and not _was_shown_after(after, narrowed_at):
        return False
    if count == 0:
        return True
    kept = FeedFrame.objects.filter(
        seq__gt=after, seq__lte=newest, shown_at__gt=timezone.now() - MAX_AGE
    )
    return kept.count() == count


def _narrowed_at() -> datetime | None:
    """Return when a grant to the acting viewer was last revoked, paused, limited or ran out."""
    grants = Grant.objects.filter(viewer=acting_organisation_id())
    narrowed = grants.aggregate(at=Max("narrowed_at"))["at"]
    ended = grants.filter(valid_to__lte=StatementTimestamp()).aggregate(at=Max("valid_to"))["at"]
    return max((each for each in (narrowed, ended) if each is not None), default=None)


def _was_shown_after(seq: int, narrowed_at: datetime) -> bool:
    """Say whether a screen that has seen frame ``seq`` was drawn with the rights of now."""
    return FeedFrame.objects.filter(seq=seq, shown_at__gt=narrowed_at + RENDERING).exists()


def frames(language: str, after: int, upto: int, limit: int = PAGE) -> list[tuple[int, bytes]]:
    """Return the acting viewer's next ``limit`` frames with ``after`` < number <= ``upto``."""
    rows = FeedFrame.objects.filter(seq__gt=after, seq__lte=upto).order_by("seq")
    return [
        (seq, frame_bytes(seq, by_language[language]))
        for seq, by_language in rows.values_list("seq", "frames")[:limit]
    ]


def missed_by(organisation_id: int, after: int | None) -> Missed:
    """Return what ``organisation_id`` has missed; ``None`` means it starts at the head."""
    with acting_for(organisation_id):
        if after is not None:
            return missed(after)
        newest = head()  # nothing was drawn yet
        return Missed(newest, newest, is_replayable=True, narrowed_at=_narrowed_at())


def page_for(organisation_id: int, language: str, after: int, upto: int) -> list[tuple[int, bytes]]:
    """Return one page of ``organisation_id``'s frames, in a transaction of its own."""
    with acting_for(organisation_id):
        return frames(language, after, upto)
