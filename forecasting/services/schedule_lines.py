"""The lines of published schedules, many at once."""

from collections import defaultdict
from collections.abc import Sequence
from uuid import UUID

from forecasting.models import ScheduleLine


def lines_of(schedule_ids: Sequence[UUID]) -> dict[UUID, list[ScheduleLine]]:
    """Return the visible lines of schedules by position; one query."""
    found: dict[UUID, list[ScheduleLine]] = defaultdict(list)
    if schedule_ids:
        rows = ScheduleLine.objects.filter(schedule_id__in=schedule_ids)
        for line in rows.order_by("schedule_id", "position"):
            found[line.schedule_id].append(line)
    return found
