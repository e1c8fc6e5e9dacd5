"""What a viewer missed: the stored frames after a number, or the advice to read all again."""

from dataclasses import dataclass
from datetime import timedelta

from django.utils import timezone

from collab.live.feed import frame_bytes, head
from collab.live.models import FeedFrame
from collab.organisations.context import acting_for

MAX_FRAMES = 5000
MAX_AGE = timedelta(hours=24)
PAGE = 500


@dataclass(frozen=True, slots=True)
class Missed:
    """How far behind somebody is: numbers ``after`` + 1 … ``head``, if they can be replayed."""

    after: int
    head: int
    is_replayable: bool


def missed(after: int) -> Missed:
    """Return what the acting viewer has missed since number ``after``.

    Not replayable are more than 5,000 frames, frames older than 24 h, frames with a hole, and a
    number that was never given out (a restored database).
    """
    newest = head()
    count = newest - after
    if count == 0:
        return Missed(after, newest, is_replayable=True)
    if count < 0 or count > MAX_FRAMES:
        return Missed(after, newest, is_replayable=False)
    kept = FeedFrame.objects.filter(
        seq__gt=after, seq__lte=newest, shown_at__gt=timezone.now() - MAX_AGE
    ).count()
    return Missed(after, newest, is_replayable=kept == count)


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
        return missed(head() if after is None else after)


def page_for(organisation_id: int, language: str, after: int, upto: int) -> list[tuple[int, bytes]]:
    """Return one page of ``organisation_id``'s frames, in a transaction of its own."""
    with acting_for(organisation_id):
        return frames(language, after, upto)
