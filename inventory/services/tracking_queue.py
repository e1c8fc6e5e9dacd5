"""The correction queue of tracking: what was not taken, and names that nobody has mapped yet."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import connection, transaction
from django.utils import timezone
from psycopg2.extras import Json
from uuid_utils.compat import uuid7

from collab.events.bus import enqueue
from collab.organisations.context import acting_organisation_id
from inventory.models import TrackingCorrection

Reason = TrackingCorrection.Reason
MAPPABLE = (Reason.READ_POINT.value, Reason.PRODUCT.value)
COUNT_AGAIN = "inventory.count_again"

_KEEP = """
INSERT INTO inventory_trackingcorrection AS c
       (id, owner_id, reason, subject, detail, body, source, times, first_at, last_at)
SELECT r.id, %(owner)s, r.reason, r.subject, r.detail, r.body, %(source)s, r.times, %(at)s, %(at)s
  FROM unnest(%(id)s::uuid[], %(reason)s::text[], %(subject)s::text[], %(detail)s::text[],
              %(body)s::jsonb[], %(times)s::int[]) AS r(id, reason, subject, detail, body, times)
 ORDER BY r.reason, r.subject
ON CONFLICT (owner_id, reason, subject) WHERE settled_at IS NULL DO UPDATE
   SET times = c.times + EXCLUDED.times, last_at = EXCLUDED.last_at, detail = EXCLUDED.detail
"""


@dataclass(slots=True)
class Waiting:
    """Corrections of one batch, one for each reason and subject."""

    found: dict[tuple[str, str], dict[str, Any]] = field(default_factory=dict)

    def add(self, reason: str, subject: str, detail: str, body: Mapping[str, Any]) -> None:
        """Note one more of a kind; the first one's body is kept."""
        each = self.found.setdefault(
            (str(reason), subject[:250]), {"detail": detail, "body": body, "times": 0}
        )
        each["times"] += 1

    def keep(self, *, source: str, at: datetime) -> None:
        """Store what was noted; waiting rows of the same kind only count up."""
        if not self.found:
            return
        rows = list(self.found.values())
        with connection.cursor() as cursor:
            cursor.execute(
                _KEEP,
                {
                    "owner": acting_organisation_id(),
                    "source": source[:40],
                    "at": at,
                    "id": [str(uuid7()) for _ in rows],
                    "reason": [reason for reason, _subject in self.found],
                    "subject": [subject for _reason, subject in self.found],
                    "detail": [row["detail"] for row in rows],
                    "body": [Json(row["body"]) for row in rows],
                    "times": [row["times"] for row in rows],
                },
            )


def settle_corrections(keys: Sequence[UUID]) -> int:
    """Mark corrections as dealt with; return how many were still waiting."""
    waiting = TrackingCorrection.objects.filter(pk__in=keys, settled_at__isnull=True)
    return waiting.update(settled_at=timezone.now())


@transaction.atomic
def count_again(key: UUID) -> bool:
    """Settle a correction about a name, and count its events anew in the background.

    Returns whether it was still waiting and is about a name that can be mapped.
    """
    row = TrackingCorrection.objects.filter(
        pk=key, settled_at__isnull=True, reason__in=MAPPABLE
    ).first()
    if row is None:
        return False
    settle_corrections([key])
    enqueue(COUNT_AGAIN, row.pk)
    return True


def want_count(reason: str, subject: str) -> None:
    """Have the events that named a place or a product counted anew in the background."""
    row = TrackingCorrection.objects.filter(reason=reason, subject=subject).order_by("-pk").first()
    if row is not None:
        enqueue(COUNT_AGAIN, row.pk)


def settle_subject(reason: str, subject: str) -> int:
    """Mark the waiting correction of a name as dealt with: it is mapped now."""
    waiting = TrackingCorrection.objects.filter(
        reason=reason, subject=subject, settled_at__isnull=True
    )
    return waiting.update(settled_at=timezone.now())
