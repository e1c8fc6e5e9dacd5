"""Hand a kept message to the areas that understand it, and write down what came of it."""

import logging
from collections.abc import Iterable
from dataclasses import dataclass, field
from uuid import UUID

from django.db import transaction
from django.utils import timezone

from collab.events.bus import publish
from collab.integration.inbox.acknowledging import acknowledge
from collab.integration.inbox.envelopes import EPCIS, PARSER_VERSION, Envelope, open_envelope
from collab.integration.inbox.faults import APPLYING_FAULTS, fault
from collab.integration.inbox.findings import Finding, MessageRefused, errors_of
from collab.integration.inbox.profile import Profile
from collab.integration.inbox.receiving import handled, plain_profile, profile_for
from collab.integration.inbox.registry import Arrival, Document, handler_of
from collab.integration.inbox.senders import objection
from collab.integration.models.messages import InboundMessage

logger = logging.getLogger(__name__)
State = InboundMessage.State
MOST_PROBLEMS = 1_000


class NotRetryable(ValueError):
    """A message is applied already; trying again would apply it twice."""


@dataclass(slots=True)
class Report:
    """What became of the documents of one message."""

    applied: int = 0
    held: int = 0
    refused: int = 0  # documents that left nothing behind
    waiting: int = 0  # documents that nobody could apply yet
    findings: list[Finding] = field(default_factory=list)
    by_document: dict[str, list[Finding]] = field(default_factory=dict)

    def note(self, reference: str, findings: Iterable[Finding]) -> None:
        """Add findings of one document."""
        found = list(findings)
        self.findings += found
        self.by_document.setdefault(reference, []).extend(found)

    @property
    def state(self) -> str:
        """The state that the whole message is in now."""
        if self.waiting or self.held or (self.refused and self.applied):
            return State.HELD
        return State.REFUSED if self.refused else State.APPLIED


class _NothingApplied(Exception):
    """Carries the report out of the savepoint that a policy of all or nothing rolls back."""


@transaction.atomic
def apply(message_id: UUID) -> InboundMessage:
    """Apply a message that waits; one that does not is returned as it is.

    A fault in an area's handler holds the message, with its own work undone, for a later try.
    """
    message: InboundMessage = InboundMessage.objects.select_for_update(of=("self",)).get(
        pk=message_id
    )
    if message.state != State.RECEIVED:
        return message
    envelope = open_envelope(bytes(message.raw), kind=message.kind)
    row = profile_for(envelope, message.sender)
    profile = plain_profile(row)
    if profile.charset:
        envelope = open_envelope(bytes(message.raw), kind=message.kind, charset=profile.charset)
    if row is not None:
        message.sender = row.partner
    if not message.syntax:  # a fault kept it from being opened when it came
        message.syntax, message.kind = envelope.syntax, envelope.kind[:60]
    against = objection(message.sender, row, message.sender_identifier)
    report = _report(message, envelope, profile, against)
    _write_down(message, report)
    if envelope.interchange is not None and row is not None and row.is_acknowledged:
        acknowledge(message, envelope.interchange, report.by_document)
    return message


@transaction.atomic
def retry(message_id: UUID, *, confirmed: bool = False) -> InboundMessage:
    """Try a held or refused message again, after what it lacked was put right.

    ``confirmed`` takes a message whose control number came before with other content. Raises
    ``NotRetryable`` for a message that left something behind.
    """
    message: InboundMessage = InboundMessage.objects.select_for_update(of=("self",)).get(
        pk=message_id
    )
    if message.state == State.APPLIED or message.applied:
        raise NotRetryable("expected a message of which nothing has been applied")
    if message.syntax == EPCIS:
        raise NotRetryable("expected a message of the inbox; hand the document in again instead")
    reused = any(each["code"] == "control-number-reused" for each in message.problems)
    if reused and not (confirmed or message.is_confirmed):
        raise NotRetryable("expected a decision about the control number that came before")
    message.is_confirmed = message.is_confirmed or (reused and confirmed)
    message.state, message.problems = State.RECEIVED, []
    message.save(update_fields=["state", "problems", "is_confirmed"])
    return apply(message_id)


def _report(
    message: InboundMessage, envelope: Envelope, profile: Profile, against: Finding | None
) -> Report:
    report = Report()
    report.note("", envelope.findings)
    if not envelope.is_accepted:
        report.refused = 1
        return report
    if against is not None:
        report.waiting = 1
        report.note("", [against])
        return report
    try:
        with transaction.atomic():
            for document in envelope.documents:
                _apply_document(message, document, profile, report)
            if not profile.holds_lines and (report.refused or report.waiting or report.held):
                raise _NothingApplied
    except _NothingApplied:
        if not report.waiting:
            report.refused = report.refused or 1
        report.applied = report.held = 0
    return report


def _apply_document(
    message: InboundMessage, document: Document, profile: Profile, report: Report
) -> None:
    """Apply one document in a savepoint of its own."""
    report.note(document.reference, document.findings)
    if errors_of(document.findings):
        report.refused += 1
        return
    handler = handler_of(document.kind)
    if handler is None:
        report.waiting += 1
        expected = "a kind of message that is applied here"
        finding = Finding(
            code="not-supported", expected=expected, found=document.kind, message=document.reference
        )
        report.note(document.reference, [finding])
        return
    assert message.sender_id is not None
    arrival = Arrival(
        message_id=message.pk, sender_id=message.sender_id, document=document, profile=profile
    )
    try:
        with transaction.atomic():
            outcome = handler(arrival)
    except MessageRefused as refused:
        report.refused += 1
        report.note(document.reference, refused.findings)
    except APPLYING_FAULTS:
        logger.exception("message %s could not be applied", message.pk)
        report.waiting += 1
        expected = "a message this version can apply; it is kept and can be tried again"
        report.note(document.reference, [fault(expected, message=document.reference)])
    else:
        report.applied += outcome.applied
        report.held += outcome.held
        report.note(document.reference, outcome.findings)


def _write_down(message: InboundMessage, report: Report) -> None:
    message.state = report.state
    message.applied, message.held = report.applied, report.held
    message.problems = [finding.body() for finding in report.findings[:MOST_PROBLEMS]]
    message.parser_version = PARSER_VERSION
    message.handled_at = timezone.now()
    message.version += 1
    message.save()
    publish(handled(message))
