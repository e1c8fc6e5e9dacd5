"""A witness keeps the heads of others, each held against the copy before.

An operator who rewrites a log and its heads has to get past the copies that the owner's partners
took when the log was still whole.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction
from django.db.models import OuterRef, QuerySet, Subquery
from django.utils import timezone

from collab.events.transparency import reading
from collab.events.transparency.heads import BadHead, SignedHead
from collab.events.transparency.merkle import MissingNode
from collab.events.transparency.models import TransparencyLog, WitnessedHead, head_fields
from collab.events.transparency.proofs import ProofRefused, verify_consistency
from collab.events.transparency.trust import trusted_keys
from collab.organisations.context import acting_organisation_id
from collab.organisations.models import Organisation

Verdict = WitnessedHead.Verdict


@dataclass(frozen=True, slots=True)
class Copy:
    """A head that a witness keeps: who witnessed whose log, when, and what it found."""

    witness_id: int
    owner_id: int
    head: SignedHead
    seen_at: datetime
    verdict: str
    reason: str

    @property
    def fits(self) -> bool:
        """Whether it continues the copy before."""
        return self.verdict == Verdict.FITS


@transaction.atomic
def witness(log: TransparencyLog) -> Copy | None:
    """Keep the newest head of a partner's log that the acting organisation sees.

    Returns the copy, whose ``verdict`` says whether it fits; ``None`` if nothing new was signed.
    Heads that are gone contradict the copy before. A head that does not fit is kept beside the
    last one that did, which later ones are held against. Raises ``ValueError`` for one's own log.
    """
    if log.owner_id == acting_organisation_id():
        raise ValueError("expected a partner's log to witness, got one's own")
    head, before = reading.newest_head(log), _last_fitting(log)
    if head is None:
        return None if before is None else _vanished(log, before)
    if before is not None and _is_same(head, before):
        return None
    verdict, reason = _judge(log, head, before)
    row, _is_new = WitnessedHead.objects.get_or_create(
        owner_id=acting_organisation_id(),
        log_name=head.log_id,
        size=head.tree_size,
        root=head.root,
        timestamp=head.timestamp,
        defaults={
            **head_fields(head),
            "counterparty_id": log.owner_id,
            "verdict": verdict,
            "reason": reason[:300],
            "seen_at": timezone.now(),
        },
    )
    return _copy(row)


def copies_of(owner_id: int, name: str, witness_ids: Sequence[int]) -> list[Copy]:
    """Return the newest copy that each of these witnesses has of an organisation's log.

    The owner of the log sees all of them, a witness its own.
    """
    newest = WitnessedHead.objects.filter(
        owner_id=OuterRef("pk"), counterparty_id=owner_id, log_name__endswith=f"/{name}"
    ).order_by("-id")
    return _newest(Organisation.objects.filter(pk__in=witness_ids), newest)


def our_copies(name: str, owner_ids: Sequence[int]) -> list[Copy]:
    """Return the acting organisation's newest copy of the log of each of these owners."""
    newest = WitnessedHead.objects.filter(
        owner_id=acting_organisation_id(),
        counterparty_id=OuterRef("pk"),
        log_name__endswith=f"/{name}",
    ).order_by("-id")
    return _newest(Organisation.objects.filter(pk__in=owner_ids), newest)


def _newest(each: QuerySet[Organisation], newest: QuerySet[WitnessedHead]) -> list[Copy]:
    keys = each.values_list(Subquery(newest.values("pk")[:1]), flat=True)
    found = WitnessedHead.objects.filter(pk__in=[key for key in keys if key is not None])
    return [_copy(row) for row in found.order_by("-seen_at", "-id")]


def _last_fitting(log: TransparencyLog) -> SignedHead | None:
    row = (
        WitnessedHead.objects.filter(
            owner_id=acting_organisation_id(),
            counterparty_id=log.owner_id,
            log_name=_log_id(log.owner_id, log.name),
            verdict=Verdict.FITS,
        )
        .order_by("-size", "-id")
        .first()
    )
    return None if row is None else row.signed()


def _judge(
    log: TransparencyLog, head: SignedHead, before: SignedHead | None
) -> tuple[Verdict, str]:
    if head.log_id != _log_id(log.owner_id, log.name):
        return (
            Verdict.CONTRADICTS,
            f"expected a head of {_log_id(log.owner_id, log.name)}, got one of {head.log_id}",
        )
    try:
        head.check(trusted_keys())
    except BadHead as bad:
        return Verdict.UNSIGNED, str(bad)
    if before is None:
        return Verdict.FITS, ""
    if head.tree_size < before.tree_size:
        text = f"expected at least the {before.tree_size} entries seen before"
        return Verdict.CONTRADICTS, f"{text}, got {head.tree_size}"
    try:
        path: Sequence[bytes] = ()
        if head.tree_size > before.tree_size:
            path = reading.consistency_path(log, before.tree_size, head.tree_size)
        verify_consistency(
            before.tree_size, head.tree_size, before.root_bytes, head.root_bytes, path
        )
    except (MissingNode, ProofRefused) as reason:
        return Verdict.CONTRADICTS, str(reason)
    return Verdict.FITS, ""


def _vanished(log: TransparencyLog, before: SignedHead) -> Copy:
    text = f"expected the head of {before.tree_size} entries seen before, found none at all"
    return Copy(
        acting_organisation_id(),
        log.owner_id,
        before,
        timezone.now(),
        Verdict.CONTRADICTS,
        text,
    )


def _is_same(head: SignedHead, before: SignedHead) -> bool:
    return (head.tree_size, head.root) == (before.tree_size, before.root)


def _log_id(owner_id: int, name: str) -> str:
    bpn = Organisation.objects.values_list("bpn", flat=True).get(pk=owner_id)
    return f"{bpn}/{name}"


def _copy(row: WitnessedHead) -> Copy:
    return Copy(
        row.owner_id, row.counterparty_id, row.signed(), row.seen_at, row.verdict, row.reason
    )
