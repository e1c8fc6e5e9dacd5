"""Appends to a log and signs how far it has come; keyword-only, atomic, each object once."""

import logging
import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Final
from uuid import NAMESPACE_URL, UUID, uuid5

from django.conf import settings
from django.db import connection, transaction
from django.utils import timezone
from uuid_utils.compat import uuid7

from collab.events.bus import enqueue, publish
from collab.events.transparency import keeping, reading
from collab.events.transparency.bundles import Record
from collab.events.transparency.events import HeadSigned, LogBroken
from collab.events.transparency.heads import BadHead, SignedHead
from collab.events.transparency.merkle import MissingNode, Node
from collab.events.transparency.models import LogLeaf, TransparencyLog, TreeHead, head_fields
from collab.events.transparency.proofs import ProofRefused, verify_consistency
from collab.events.transparency.trust import trusted_keys
from collab.organisations.context import acting_organisation, acting_organisation_id

logger = logging.getLogger(__name__)

SEAL: Final = "events.seal_logs"
SEAL_EVERY_S: Final = 10
SECRET_BYTES: Final = 32

_BEGIN = """
INSERT INTO events_transparencylog (id, owner_id, name, size, secret) VALUES (%s, %s, %s, 0, %s)
    ON CONFLICT (owner_id, name) DO NOTHING
"""
_LEAVES = """
INSERT INTO events_logleaf
       (id, owner_id, log_id, index, object_kind, object_id, content_hash, appended_at)
SELECT each.id, %s, %s, %s + each.place - 1, each.kind, each.object, each.hash, %s
  FROM unnest(%s::uuid[], %s::text[], %s::uuid[], %s::text[])
       WITH ORDINALITY AS each(id, kind, object, hash, place)
"""
_NODES = """
INSERT INTO events_lognode (id, owner_id, log_id, level, index, hash)
SELECT each.id, %s, %s, each.level, each.index, decode(each.hash, 'hex')
  FROM unnest(%s::uuid[], %s::int[], %s::bigint[], %s::text[]) AS each(id, level, index, hash)
"""


@dataclass(frozen=True, slots=True)
class Entry:
    """An object to log: its kind, its key, which no other kind has, and its hash.

    The hash is ``ni:///sha-256;<hex>`` of the object's canonical form.
    """

    kind: str
    id: UUID
    hash: str


@transaction.atomic
def append(*, name: str, entries: Sequence[Entry]) -> int:
    """Add objects to the acting organisation's log ``name``; return how many were new.

    One that is in the log already stays as it was logged first. Writers of one log wait for each
    other until the end of the transaction. Raises ``MissingNode`` if the stored tree has a hole.
    """
    log = _locked(name)
    fresh = _unlogged(log, entries)
    if not fresh:
        return 0
    edge = reading.edge(log, log.size)
    secret = bytes(log.secret)
    hashes = []
    for each in fresh:
        record = Record(each.kind, str(each.id), each.hash)
        hashes.append(record.leaf(record.salt(secret)))
    nodes = list(edge.extend(hashes))
    _insert(log, fresh, nodes)
    log.size = edge.size
    log.save(update_fields=["size"])
    _owe_seal(log)
    return len(fresh)


@transaction.atomic
def seal(*, name: str) -> SignedHead | None:
    """Sign the acting organisation's log ``name`` if it has grown; return the new head.

    A log that does not continue its last signed state, grown or not, is not signed: that is told
    to the log file and by ``LogBroken``. Costs a few dozen hashes, however large the log is.
    """
    log = TransparencyLog.objects.filter(owner_id=acting_organisation_id(), name=name).first()
    if log is None or log.size == 0:
        return None
    before = reading.newest_head(log)
    try:
        head = _next_head(log, _signed_before(log, before))
    except (MissingNode, ProofRefused, BadHead) as reason:
        _tell_broken(log, str(reason))
        return None
    if before is not None and before.tree_size == log.size:
        return None
    TreeHead.objects.create(log=log, **head_fields(head))
    keeping.keep(settings.CHECKPOINTS, head)
    publish(HeadSigned(name=log.name, log_id=head.log_id, tree_size=head.tree_size))
    return head


def seal_all() -> int:
    """Sign every log of the acting organisation that has grown; return how many were signed."""
    logs = TransparencyLog.objects.filter(owner_id=acting_organisation_id())
    names = sorted(logs.values_list("name", flat=True))
    return sum(seal(name=name) is not None for name in names)


def log_id_of(name: str) -> str:
    """Return the ``log_id`` of the acting organisation's log ``name``."""
    return f"{acting_organisation().bpn}/{name}"


def _locked(name: str) -> TransparencyLog:
    owner = acting_organisation_id()
    with connection.cursor() as cursor:
        cursor.execute(_BEGIN, [str(uuid7()), owner, name, secrets.token_bytes(SECRET_BYTES)])
    return TransparencyLog.objects.select_for_update().get(owner_id=owner, name=name)


def _unlogged(log: TransparencyLog, entries: Sequence[Entry]) -> list[Entry]:
    """Return what is not in the log yet, each object once, in the order given."""
    fresh: dict[UUID, Entry] = {}
    for each in entries:
        fresh.setdefault(each.id, each)
    known = LogLeaf.objects.filter(log_id=log.pk, object_id__in=list(fresh))
    for key in known.values_list("object_id", flat=True):
        del fresh[key]
    return list(fresh.values())


def _insert(
    log: TransparencyLog, fresh: Sequence[Entry], nodes: Sequence[tuple[Node, bytes]]
) -> None:
    owner = log.owner_id
    with connection.cursor() as cursor:
        cursor.execute(
            _LEAVES,
            [
                owner,
                log.pk,
                log.size,
                timezone.now(),
                [str(uuid7()) for _ in fresh],
                [each.kind for each in fresh],
                [str(each.id) for each in fresh],
                [each.hash for each in fresh],
            ],
        )
        cursor.execute(
            _NODES,
            [
                owner,
                log.pk,
                [str(uuid7()) for _ in nodes],
                [node.level for node, _value in nodes],
                [node.place for node, _value in nodes],
                [value.hex() for _node, value in nodes],
            ],
        )


def _owe_seal(log: TransparencyLog) -> None:
    """Have the log signed at the end of the running ten seconds, once for all who append."""
    turn = int(timezone.now().timestamp()) // SEAL_EVERY_S + 1
    due_at = datetime.fromtimestamp(turn * SEAL_EVERY_S, UTC) + timedelta(milliseconds=50)
    enqueue(SEAL, uuid5(NAMESPACE_URL, f"seal:{log.pk}:{turn}"), due_at=due_at)


def _signed_before(log: TransparencyLog, newest: SignedHead | None) -> list[SignedHead]:
    """Return what was signed last, as the database has it and as the folder outside has it."""
    outside = next(keeping.kept(settings.CHECKPOINTS, log_id_of(log.name)), None)
    return [head for head in (newest, outside) if head is not None]


def _next_head(log: TransparencyLog, before: Sequence[SignedHead]) -> SignedHead:
    """Return the head of what is stored, once it is shown to continue those ``before``."""
    root = reading.edge(log, log.size).root()
    log_id = log_id_of(log.name)
    for each in before:
        each.check(trusted_keys())
        if each.log_id != log_id:
            raise ProofRefused(f"expected a head of {log_id}, got one of {each.log_id}")
        if each.tree_size > log.size:
            raise ProofRefused(f"expected at least {each.tree_size} entries, got {log.size}")
        path = reading.consistency_path(log, each.tree_size, log.size)
        verify_consistency(each.tree_size, log.size, each.root_bytes, root, path)
    return SignedHead.sign(
        log_id=log_id, tree_size=log.size, root=root, at=timezone.now(), seed=settings.AUDIT_SEED
    )


def _tell_broken(log: TransparencyLog, reason: str) -> None:
    log_id = log_id_of(log.name)
    logger.error("ledger %s not signed: %s", log_id, reason)
    publish(LogBroken(name=log.name, log_id=log_id, log_key=str(log.pk), reason=reason))
