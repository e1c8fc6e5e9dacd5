"""Apply notifications that the own system hands in, and queue own notices for partners."""

from collections.abc import Sequence
from datetime import timedelta
from uuid import UUID

from django.db import transaction
from django.utils import timezone

from collab.integration.inbox.findings import Finding, MessageRefused
from collab.integration.inbox.outbox import next_number, queue
from collab.integration.inbox.registry import Arrival, Outcome, register
from collab.integration.inbox.senders import require_own_system
from collab.integration.models.messages import OutboundMessage
from collab.masterdata.refusals import Refused
from collab.organisations.context import acting_organisation_id
from collab.organisations.models import Organisation, Site
from inventory.messages.notification import NoticeMessage, message_of
from inventory.models import DisruptionNotice
from inventory.queries.notice_messages import KIND, customer_of, write_notice
from inventory.queries.notices import notice_by_key
from inventory.services.notice_facts import NoticeFacts
from inventory.services.notices import (
    Forward,
    Notice,
    change_notice,
    forward_notice,
    resolve_notice,
    state_notice,
)

CLOCK_TOLERANCE = timedelta(minutes=5)
State = DisruptionNotice.State
CATENAX = DisruptionNotice.Origin.CATENAX.value


def apply_notification(arrival: Arrival) -> Outcome:
    """State, change or resolve a notice as the own system says; an older change never wins.

    A notification that relates to a received notice with its cause and effect forwards it. Whom a
    new one is for follows from the recipient's sites in it.
    """
    told = message_of(arrival.document.content)
    require_own_system(arrival, else_from="partners' come from theirs")
    try:
        with transaction.atomic():
            _apply(told)
    except Refused as refused:
        raise MessageRefused(
            [
                Finding(
                    code=f"notice-{refused.field.replace('_', '-')}",
                    expected=refused.expected,
                    found=refused.value,
                    message=arrival.document.reference,
                )
            ]
        ) from None
    return Outcome(applied=1)


@transaction.atomic
def queue_notice(notice_id: UUID) -> OutboundMessage:
    """Queue an own notice, as it stands, for its recipient's system.

    Raises ``DisruptionNotice.DoesNotExist`` for one that is not one's own.
    """
    row = notice_by_key(notice_id)
    if row is None or not row.is_own:
        raise DisruptionNotice.DoesNotExist
    written = write_notice(row)
    return queue(
        receiver_id=row.recipient_id,
        kind=written.kind,
        raw=written.raw,
        number=next_number(row.recipient_id),
        title=row.name,
    )


def register_handlers() -> None:
    """Let the inbox hand notifications over."""
    register(KIND, apply_notification)


def _apply(told: NoticeMessage) -> None:
    if told.changed_at > timezone.now() + CLOCK_TOLERANCE:  # it would keep every later change out
        raise Refused("changed_at", "a time that is not in the future", told.changed_at.isoformat())
    own = DisruptionNotice.objects.filter(owner_id=acting_organisation_id())
    known = own.select_for_update(of=("self",)).filter(pk=told.key).first()
    if known is None:
        _state(told)
        return
    if told.changed_at <= known.changed_at:
        raise Refused("changed_at", f"a change after {known.changed_at.isoformat()}",
                      told.changed_at.isoformat())  # fmt: skip
    if (told.cause, told.effect) != (known.cause, known.effect):
        raise Refused("effect", f"{known.cause}, {known.effect} as before",
                      f"{told.cause}, {told.effect}")  # fmt: skip
    if told.is_resolved:
        resolve_notice(known.pk, told.resolution, changed_at=told.changed_at)
        return
    change_notice(known.pk, _facts(told, known.counterparty_id), changed_at=told.changed_at)


def _state(told: NoticeMessage) -> None:
    if told.is_resolved:
        raise Refused("state", "an open notification before it is resolved", State.RESOLVED)
    partner = _recipient(told.partner_sites)
    facts = _facts(told, partner.pk)
    if told.related_id is not None and _is_received(told, told.related_id):
        forward = Forward(
            partners=[partner.bpn],
            facts=facts,
            origin=CATENAX,
            key=told.key,
            changed_at=told.changed_at,
        )
        forward_notice(told.related_id, forward)
        return
    state_notice(
        Notice(
            partners=[partner.bpn],
            cause=told.cause,
            effect=told.effect,
            facts=facts,
            origin=CATENAX,
            key=told.key,
            source_id=told.source_id,
            changed_at=told.changed_at,
        )
    )


def _is_received(told: NoticeMessage, related_id: UUID) -> bool:
    """Say whether a message relates to a notice addressed to us, as CX-0146 defines it."""
    return DisruptionNotice.objects.filter(
        pk=related_id,
        counterparty_id=acting_organisation_id(),
        source_id=told.source_id,
        cause=told.cause,
        effect=told.effect,
        state=State.OPEN,
    ).exists()


def _recipient(sites: Sequence[str]) -> Organisation:
    """Return the one partner whose sites a message names."""
    found = set(Site.visible.filter(bpn__in=sites).values_list("owner_id", flat=True))
    found.discard(acting_organisation_id())
    if len(found) != 1:
        expected = "sites (BPNS) of the one partner that the notification is for"
        raise Refused("affectedSitesRecipient", expected, ", ".join(sites))
    return Organisation.objects.get(pk=found.pop())


def _facts(told: NoticeMessage, partner_id: int) -> NoticeFacts:
    own = acting_organisation_id()
    mine = 0 if customer_of(partner_id) == own else 1
    return NoticeFacts(
        text=told.text,
        starts_at=told.starts_at,
        ends_at=told.ends_at,
        parts=[pair[mine] or pair[1 - mine] for pair in told.materials],
        sites=_codes(own, told.sites),
        partner_sites=_codes(partner_id, told.partner_sites),
    )


def _codes(owner_id: int, sites: Sequence[str]) -> list[str]:
    """Return the codes of an organisation's sites; raise ``Refused`` for another's."""
    known = dict(Site.visible.filter(owner_id=owner_id, bpn__in=sites).values_list("bpn", "code"))
    for bpn in sites:
        if bpn not in known:
            raise Refused("sites", "the BPNS of a site of the one it is said of", bpn)
    return [known[bpn] for bpn in sites]
