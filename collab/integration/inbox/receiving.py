"""Take a message in: kept byte for byte, known again when repeated, never applied here."""

import hashlib
import logging

from django.db import transaction
from django.db.models import F

from collab.events.bus import publish
from collab.integration.inbox.acknowledging import acknowledge
from collab.integration.inbox.envelopes import LARGEST, PARSER_VERSION, Envelope, open_envelope
from collab.integration.inbox.events import MessageArrived, MessageHandled
from collab.integration.inbox.faults import CODE, READING_FAULTS, fault
from collab.integration.inbox.findings import Finding
from collab.integration.inbox.locks import hold
from collab.integration.inbox.profile import Profile
from collab.integration.models.messages import InboundMessage, PartnerProfile
from collab.organisations.context import acting_organisation_id
from collab.organisations.models import Organisation

logger = logging.getLogger(__name__)
State = InboundMessage.State


class TooLarge(ValueError):
    """A message is larger than the inbox takes."""


@transaction.atomic
def receive(
    *, raw: bytes, kind: str = "", sender: Organisation | None = None
) -> tuple[InboundMessage, bool]:
    """Keep a message for the acting organisation and have it applied after the commit.

    Returns the message and whether it is new: the same sender, reference and bytes again are the
    message that is there already. ``sender`` is needed where the message does not name one.

    A control number that came before with other content is refused, for somebody to decide.
    Raises ``TooLarge`` above 15 MiB, which is the only thing that is not kept.
    """
    if len(raw) > LARGEST:
        raise TooLarge(f"expected at most {LARGEST} bytes, got {len(raw)}")
    envelope = _opened(raw, kind)
    profile = profile_for(envelope, sender)
    if profile is not None and profile.charset:
        envelope = _opened(raw, kind, profile.charset)
    if envelope.is_numbered:
        hold("inbound", _identifier(envelope, sender), envelope.reference)
    message, is_new = InboundMessage.objects.get_or_create(
        owner_id=acting_organisation_id(),
        sender_identifier=_identifier(envelope, sender),
        reference=_storable(envelope.reference)[:120],
        sha256=hashlib.sha256(raw).hexdigest(),
        defaults={
            "sender": profile.partner if profile is not None else sender,
            "syntax": envelope.syntax,
            "kind": _storable(envelope.kind)[:60],
            "raw": raw,
            "size": len(raw),
            "parser_version": PARSER_VERSION,
        },
    )
    if not is_new:
        InboundMessage.objects.filter(pk=message.pk).update(repetitions=F("repetitions") + 1)
        return message, False
    _first_verdict(message, envelope)
    if message.state == State.RECEIVED:
        publish(MessageArrived(message_id=str(message.pk), kind=message.kind))
        return message, True
    publish(handled(message))
    is_reused = envelope.is_accepted
    if envelope.interchange and profile and profile.is_acknowledged and not is_reused:
        acknowledge(message, envelope.interchange, {})
    return message, True


def handled(message: InboundMessage) -> MessageHandled:
    """Return what the others are told of a message that no longer waits."""
    return MessageHandled(
        message_id=str(message.pk),
        kind=message.kind,
        state=message.state,
        sender_id=message.sender_id,
        applied=message.applied,
        held=message.held,
    )


def profile_for(envelope: Envelope, sender: Organisation | None) -> PartnerProfile | None:
    """Return the profile of the partner whom the envelope, or else the caller, names."""
    rows = PartnerProfile.objects.select_related("partner")
    if envelope.identifier:
        found = rows.filter(identifier=_storable(envelope.identifier)[:35])
        exact = found.filter(qualifier=_storable(envelope.qualifier)[:4]).first()
        return exact or found.filter(qualifier="").first()
    return rows.filter(partner=sender).first() if sender is not None else None


def plain_profile(row: PartnerProfile | None) -> Profile:
    """Return a stored profile as the values that mappers take."""
    if row is None:
        return Profile()
    return Profile(
        charset=row.charset,
        date_basis=row.date_basis,
        quantity_basis=row.quantity_basis,
        commitments=dict(row.commitments),
        qualifiers={name: tuple(codes) for name, codes in row.qualifiers.items()},
        tolerance=row.tolerance,
        holds_lines=row.apply_policy == PartnerProfile.Policy.LINES,
    )


def _opened(raw: bytes, kind: str, charset: str = "") -> Envelope:
    """Open the envelope; a fault of ours keeps the message for a later try."""
    try:
        return open_envelope(raw, kind=kind, charset=charset)
    except READING_FAULTS:
        logger.exception("the envelope of a message of %d bytes could not be opened", len(raw))
        found = (fault("an envelope this version can open"),)
        return Envelope(syntax="", kind=kind, findings=found)


def _first_verdict(message: InboundMessage, envelope: Envelope) -> None:
    """Refuse what has no envelope or reuses a control number; leave the rest to be applied."""
    findings = list(envelope.findings)
    if envelope.is_numbered and _number_came_before(message):
        findings.append(
            Finding(
                code="control-number-reused",
                expected="a control number of its own for each interchange",
                found=message.reference,
            )
        )
    if envelope.is_accepted and findings == list(envelope.findings):
        return
    is_fault = any(finding.code == CODE for finding in findings)
    message.state = State.HELD if is_fault else State.REFUSED
    message.problems = [finding.body() for finding in findings]
    message.save(update_fields=["state", "problems"])


def _number_came_before(message: InboundMessage) -> bool:
    same = InboundMessage.objects.filter(
        sender_identifier=message.sender_identifier,
        syntax=message.syntax,
        reference=message.reference,
    )
    return same.exclude(pk=message.pk).exists()


def _identifier(envelope: Envelope, sender: Organisation | None) -> str:
    if envelope.identifier:
        return _storable(f"{envelope.qualifier}:{envelope.identifier}")[:80]
    return sender.bpn if sender is not None else ""


def _storable(text: str) -> str:
    return text.replace("\0", "\ufffd")
