"""Writes the audit chain: services note what they changed, the end of the unit of work chains it.

The head of an organisation's chain is locked last, when the unit of work holds all other locks it
will ever take. Writers therefore wait for each other in a line and never in a circle.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final
from uuid import UUID

from django.db import connection
from django.utils import timezone
from uuid_utils.compat import uuid7

from collab.events.audit_log import AuditEntry, AuditHead
from collab.events.chain import GENESIS, START, Finding, Tip, canonical, hash_of, verify
from collab.organisations.context import acting, acting_organisation, acting_organisation_id
from collab.organisations.models import Membership

AT_ONCE: Final = 1000
_PENDING = "audit"
Actor = AuditEntry.Actor

# The setting is undone together with the savepoint that wrote it, and so is the note.
_NOTE = """
SELECT set_config('collab.noted', coalesce(current_setting('collab.noted', true), '') || %s, true)
"""
_TAKE = """
SELECT current_setting('collab.noted', true), set_config('collab.noted', '', true)
"""
_NUMBERS = """
INSERT INTO events_audithead AS h (id, owner_id, number, hash) VALUES (%s, %s, %s, %s)
    ON CONFLICT (owner_id) DO UPDATE SET number = h.number + EXCLUDED.number
RETURNING number, hash
"""


@dataclass(frozen=True, slots=True)
class _Note:
    key: UUID
    at: datetime
    action: str
    object_kind: str
    object_id: str
    change: dict[str, Any]


@dataclass(frozen=True, slots=True)
class State:
    """How a chain stands: the newest entry, how many were looked at, what is wrong."""

    tip: Tip
    looked_at: int
    findings: tuple[Finding, ...]


def note(*, action: str, object_kind: str, object_id: object, change: Mapping[str, Any]) -> None:
    """Have the acting organisation's chain say that ``action`` was done to an object.

    ``change`` holds text, whole numbers, truth values, lists and mappings; no names of people.
    The entry is written when the outermost ``acting_for`` block ends well; what a rolled back
    savepoint noted is left out. Raises ``ValueError`` for a value that JSON cannot hold exactly.
    """
    canonical(change)
    current = acting()
    made = _Note(uuid7(), timezone.now(), action, object_kind, str(object_id), dict(change))
    with connection.cursor() as cursor:
        cursor.execute(_NOTE, [f"{made.key},"])
    pending: list[_Note] | None = current.memo.get(_PENDING)
    if pending is None:
        pending = current.memo[_PENDING] = []
        current.endings.append(_write)
    pending.append(made)


def as_item(entry: AuditEntry, tenant: str) -> dict[str, Any]:
    """Return an entry as the API shows it and as its hash was taken."""
    return {
        "tenant": tenant,
        "number": entry.number,
        "at": _instant(entry.at),
        "actor": {
            "kind": entry.actor_kind,
            "id": None if entry.actor_id is None else str(entry.actor_id),
        },
        "action": entry.action,
        "object": {"kind": entry.object_kind, "id": entry.object_id},
        "change": entry.change,
        "previous": entry.previous,
        "hash": entry.hash,
    }


def items(*, after: int = 0) -> Iterator[dict[str, Any]]:
    """Yield the acting organisation's entries behind number ``after``, oldest first."""
    tenant = acting_organisation().bpn
    while page := list(AuditEntry.objects.filter(number__gt=after).order_by("number")[:AT_ONCE]):
        yield from (as_item(entry, tenant) for entry in page)
        after = page[-1].number


def head() -> Tip:
    """Return how far the acting organisation's chain has come."""
    found = AuditHead.objects.values_list("number", "hash").first()
    return START if found is None else Tip(*found)


def state(*, after: Tip = START) -> State:
    """Return whether the acting organisation's chain holds from ``after`` on.

    Raises nothing: a broken chain is an answer. Reads every entry behind ``after``.
    """
    found = list(items(after=after.number))
    tip, findings = verify(found, tenant=acting_organisation().bpn, after=after)
    return State(tip, len(found), (*findings, *_beyond(tip, head())))


def _beyond(tip: Tip, top: Tip) -> Iterable[Finding]:
    if top.number > tip.number:
        text = "expected an entry of this number, found none"
        return [Finding(n, "missing", text) for n in range(tip.number + 1, top.number + 1)]
    if top != tip:
        return [Finding(tip.number, "unlinked", "expected to be the entry that the head names")]
    return []


def _write() -> None:
    """Chain what was noted and still stands."""
    pending: list[_Note] = acting().memo.pop(_PENDING)
    with connection.cursor() as cursor:
        cursor.execute(_TAKE)
        standing = set((cursor.fetchone()[0] or "").split(","))
    kept = [each for each in pending if str(each.key) in standing]
    if not kept:
        return
    owner = acting_organisation_id()
    with connection.cursor() as cursor:
        cursor.execute(_NUMBERS, [str(uuid7()), owner, len(kept), GENESIS])
        last, previous = cursor.fetchone()
    entries = []
    for number, each in enumerate(kept, start=last - len(kept) + 1):
        entry = _entry(number, each, previous)
        previous = entry.hash
        entries.append(entry)
    AuditEntry.objects.bulk_create(entries)
    AuditHead.objects.update(hash=previous)


def _entry(number: int, made: _Note, previous: str) -> AuditEntry:
    kind, key = _actor()
    entry = AuditEntry(
        id=made.key,
        owner_id=acting_organisation_id(),
        number=number,
        at=made.at,
        actor_kind=kind,
        actor_id=key,
        action=made.action,
        object_kind=made.object_kind,
        object_id=made.object_id,
        change=made.change,
        previous=previous,
    )
    entry.hash = hash_of(as_item(entry, acting_organisation().bpn))
    return entry


def _actor() -> tuple[str, UUID | None]:
    """Return who acts; a person without membership works for the platform."""
    current = acting()
    if current.client_id is not None:
        return Actor.CLIENT, current.client_id
    if current.person_id is None:
        return Actor.PLATFORM, None
    if "membership" not in current.memo:
        current.memo["membership"] = (
            Membership.objects.filter(
                organisation_id=current.organisation_id, person_id=current.person_id
            )
            .values_list("pk", flat=True)
            .first()
        )
    key: UUID | None = current.memo["membership"]
    return (Actor.PLATFORM if key is None else Actor.PERSON), key


def _instant(at: datetime) -> str:
    return at.astimezone(UTC).isoformat(timespec="microseconds").replace("+00:00", "Z")
