"""What the ledger of tracking events answers: its state, its witnesses, and proofs of events."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from collab.events.transparency import reading
from collab.events.transparency.bundles import Consistency, Inclusion, Record
from collab.events.transparency.heads import BadHead, SignedHead
from collab.events.transparency.merkle import MissingNode
from collab.events.transparency.models import TransparencyLog, TreeHead
from collab.events.transparency.proofs import ProofRefused
from collab.events.transparency.reading import NotLogged
from collab.events.transparency.trust import trusted_keys
from collab.events.transparency.witnessing import Copy, copies_of, our_copies
from collab.organisations.context import acting_organisation_id
from collab.organisations.models import Organisation
from collab.sharing.queries import audience, fields_for
from inventory.models import TRACKING, TrackingEvent
from inventory.queries.logged_events import LEDGER, canonical_form, kind_of


class Broken(RuntimeError):
    """What is stored gives no proof that holds: the ledger was tampered with."""


@dataclass(frozen=True, slots=True)
class OwnLedger:
    """The acting organisation's ledger; ``head`` is the newest signed state."""

    key: UUID
    log_id: str
    size: int
    head: SignedHead | None


@dataclass(frozen=True, slots=True)
class Seen:
    """One end of a witnessing: the other organisation, the copy, and what is signed by now."""

    partner: Organisation
    copy: Copy | None
    head: SignedHead | None = None
    log_key: UUID | None = None

    @property
    def at(self) -> datetime | None:
        """When the copy was taken."""
        return self.copy.seen_at if self.copy is not None else None


def own_ledger() -> OwnLedger | None:
    """Return the acting organisation's ledger; ``None`` before its first event."""
    log = TransparencyLog.objects.filter(owner_id=acting_organisation_id(), name=LEDGER).first()
    if log is None:
        return None
    own = Organisation.objects.get(pk=log.owner_id)
    return OwnLedger(log.pk, f"{own.bpn}/{LEDGER}", log.size, reading.newest_head(log))


def witnesses() -> list[Seen]:
    """Return everybody who may witness our ledger, with its newest copy, by name."""
    keys = sorted({each.viewer_id for each in audience(TRACKING)})
    copies = {copy.witness_id: copy for copy in copies_of(acting_organisation_id(), LEDGER, keys)}
    partners = Organisation.objects.filter(pk__in=keys).order_by("name")
    return [Seen(partner, copies.get(partner.pk)) for partner in partners]


def witnessed() -> list[Seen]:
    """Return every partner whose ledger is open to us, with our newest copy of it, by name."""
    own = acting_organisation_id()
    logs = {log.owner_id: log for log in reading.open_logs(LEDGER) if log.owner_id != own}
    copies = {copy.owner_id: copy for copy in our_copies(LEDGER, list(logs))}
    newest = {
        row.owner_id: row.signed()
        for row in TreeHead.objects.filter(log__in=logs.values())
        .order_by("owner_id", "-size")
        .distinct("owner_id")
    }
    partners = Organisation.objects.filter(pk__in=logs).order_by("name")
    return [
        Seen(each, copies.get(each.pk), newest.get(each.pk), logs[each.pk].pk) for each in partners
    ]


def ledger_of(bpn: str = "") -> TransparencyLog:
    """Return the ledger of an organisation, our own without one; raise ``NotLogged``."""
    if not bpn:
        return reading.log_of(acting_organisation_id(), LEDGER)
    owner = Organisation.objects.filter(bpn=bpn).values_list("pk", flat=True).first()
    if owner is None:
        raise NotLogged(f"expected an organisation whose ledger is open to you, got {bpn}")
    return reading.log_of(owner, LEDGER)


def proof_of_event(
    event_id: UUID, *, size: int | None = None, since: int | None = None
) -> Inclusion:
    """Return the proof that an event, which the acting organisation sees whole, is in the ledger.

    Raises ``NotLogged`` where there is no such event or some of its fields are not open,
    ``NotSigned`` while no head covers it, ``Broken`` if no proof that holds can be made.
    """
    event = TrackingEvent.objects.filter(pk=event_id).first()
    if event is None or fields_for(TRACKING, event.owner_id, event.counterparty_id) is not None:
        raise NotLogged(f"expected a tracking event that you see whole, got {event_id}")
    log = reading.log_of(event.owner_id, LEDGER)
    record = Record(kind_of(event), str(event.pk), event.event_hash)
    try:
        found = reading.inclusion(log, record, canonical_form(event), size=size, since=since)
        found.verify(trusted_keys())
    except (MissingNode, ValueError) as reason:  # a proof refused, a head, an event unreadable
        raise Broken(str(reason)) from None
    return found


def growth_of(bpn: str, first: int, second: int | None = None) -> Consistency:
    """Return the proof that a ledger's first ``first`` entries are still those.

    Raises ``NotLogged`` unless heads of both sizes were signed and are open, ``Broken`` if no
    proof that holds can be made.
    """
    try:
        found = reading.consistency(ledger_of(bpn), first, second)
        found.verify(trusted_keys())
    except (MissingNode, ProofRefused, BadHead) as reason:
        raise Broken(str(reason)) from None
    return found
