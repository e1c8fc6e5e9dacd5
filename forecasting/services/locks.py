"""Soft locks: tell colleagues that somebody is at a row; they warn and stop nobody."""

from collections.abc import Collection
from datetime import datetime, timedelta
from uuid import UUID

from django.db import transaction
from django.utils import timezone
from uuid_utils.compat import uuid7

from collab.events.bus import publish
from collab.organisations.context import acting_organisation_id, acting_person_id
from collab.organisations.models import Person
from forecasting.events import RowsHeld
from forecasting.models import RowLock

HELD_FOR = timedelta(minutes=2)
LONGEST_NAME = 120


@transaction.atomic
def hold_rows(object_ids: Collection[UUID], *, as_of: datetime | None = None) -> int:
    """Let colleagues see that the signed-in person is at these rows for the next two minutes.

    A row that a colleague holds stays theirs until their time is over. Doing it again only
    prolongs. Returns how many rows the person holds now; machines hold none.
    """
    now, person_id = as_of or timezone.now(), acting_person_id()
    if person_id is None or not object_ids:
        return 0
    name = Person.objects.values_list("name", flat=True).get(pk=person_id)
    rows = RowLock.objects.filter(object_id__in=object_ids)
    known = {row.object_id: row for row in rows.select_for_update(of=("self",))}
    mine = {key: row for key, row in known.items() if row.person_id == person_id}
    free = [key for key in object_ids if key not in known or known[key].until <= now]
    locks = [
        RowLock(
            owner_id=acting_organisation_id(),
            object_id=key,
            person_id=person_id,
            initials=initials(name),
            name=name[:LONGEST_NAME],
            until=now + HELD_FOR,
        )
        for key in dict.fromkeys([*free, *mine])
    ]
    RowLock.objects.bulk_create(
        locks,
        update_conflicts=True,
        unique_fields=["owner", "object_id"],
        update_fields=["person_id", "initials", "name", "until"],
    )
    _announce([key for key in free if key not in mine])
    return len(locks)


@transaction.atomic
def leave_rows(object_ids: Collection[UUID]) -> int:
    """Give up the rows that the signed-in person holds; return how many there were."""
    if (person_id := acting_person_id()) is None:
        return 0
    mine = RowLock.objects.filter(object_id__in=object_ids, person_id=person_id)
    keys = list(mine.values_list("object_id", flat=True))
    mine.delete()
    _announce(keys)
    return len(keys)


def initials(name: str) -> str:
    """Return up to two letters of a name: of its first and its last word."""
    words = [word for word in name.split() if word]
    return "".join(word[0] for word in dict.fromkeys([*words[:1], *words[-1:]])).upper()[:2] or "?"


def _announce(keys: Collection[UUID]) -> None:
    """Have open grids of the own organisation show who is at these rows now."""
    if keys:
        publish(RowsHeld(change_id=str(uuid7()), row_ids=[str(key) for key in keys]))
