"""Disruption notices: stated, changed, resolved and forwarded by their sender (IN-18)."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID, uuid4

from django.db import transaction
from django.db.models import Max
from django.utils import timezone
from django.utils.crypto import salted_hmac
from uuid_utils.compat import uuid7

from collab.events.bus import publish
from collab.integration.inbox.locks import hold
from collab.masterdata.refusals import Refused, clean_text, locked, refusing
from collab.organisations.clock import own_day
from collab.organisations.context import acting_organisation_id, acting_person_id
from collab.organisations.models import Organisation
from inventory.events import NoticeChanged
from inventory.models import (
    Cause,
    DisruptionNotice,
    Effect,
    NoticeAcceptance,
    NoticeTrail,
    NoticeVersion,
)
from inventory.notice_alerts import clear_notice, raise_notice
from inventory.rules.notice import hidden_source
from inventory.services.notice_facts import Addressed, NoticeFacts, addressed, resolution_text
from inventory.services.subjects import partner_of

MOST_PARTNERS = 50
TOLD = (
    "text", "starts_at", "ends_at", "parts", "partner_parts", "sites", "partner_sites",
)  # fmt: skip
TAKEN = {"inventory_disruptionnotice_pkey": ("key", "a key that no notification has")}
State = DisruptionNotice.State


@dataclass(frozen=True, slots=True, kw_only=True)
class Notice:
    """A notice as it is stated to partners, named by BPN.

    ``key``, ``source_id`` and ``changed_at`` come with messages, whose sender chose them; a key
    needs one partner. Without ``changed_at`` it is now.
    The same ``sender_key`` to the same partner again changes nothing.
    """

    partners: Sequence[str]
    cause: str
    effect: str
    facts: NoticeFacts
    sender_key: str = ""
    origin: str = DisruptionNotice.Origin.SCREEN.value
    key: UUID | None = None
    source_id: UUID | None = None
    changed_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Forward:
    """How a received notice is passed on to own partners: in own words, for own parts.

    With ``is_source_hidden`` the recipients learn neither the received notice nor its source.
    """

    partners: Sequence[str]
    facts: NoticeFacts
    is_source_hidden: bool = False
    sender_key: str = ""
    origin: str = DisruptionNotice.Origin.SCREEN.value
    key: UUID | None = None
    changed_at: datetime | None = None


@transaction.atomic
def state_notice(told: Notice, *, as_of: datetime | None = None) -> list[DisruptionNotice]:
    """Tell partners of an effect: a notice and a shared exception for each, all or nothing.

    Returns the notices in the order of the partners. Raises ``Refused``.
    """
    return _state(told, as_of or timezone.now(), received=None, is_hidden=False)


@transaction.atomic
def forward_notice(
    received_id: UUID, told: Forward, *, as_of: datetime | None = None
) -> list[DisruptionNotice]:
    """Pass a received open notice on as notices of one's own; cause and effect stay.

    Raises ``DisruptionNotice.DoesNotExist`` for one that was not addressed to us, ``Refused``.
    """
    received = received_notice(received_id)
    if received.state != State.OPEN:
        raise Refused("state", "an open notice", received.get_state_display())
    hidden = told.is_source_hidden
    notice = Notice(
        partners=told.partners,
        cause=received.cause,
        effect=received.effect,
        facts=told.facts,
        sender_key=told.sender_key,
        origin=told.origin,
        key=told.key,
        changed_at=told.changed_at,
        source_id=hidden_source(received.source_id, key=_own_key())
        if hidden
        else received.source_id,
    )
    return _state(notice, as_of or timezone.now(), received=received, is_hidden=hidden)


@transaction.atomic
def change_notice(
    notice_id: UUID,
    facts: NoticeFacts,
    *,
    version: int | None = None,
    changed_at: datetime | None = None,
) -> DisruptionNotice:
    """Say anew what an own open notice says; what it said is kept. The same facts change nothing.

    Raises ``DisruptionNotice.DoesNotExist``, ``VersionConflict`` and ``Refused``; cause and effect
    cannot change: another effect is another notice.
    """
    notice = _own(notice_id, version)
    if notice.state != State.OPEN:
        raise Refused("state", "an open notice", notice.get_state_display())
    now = timezone.now()
    partner = Organisation.objects.get(pk=notice.counterparty_id)
    [told] = addressed(facts, [partner], own_day())
    if all(getattr(notice, name) == getattr(told, name) for name in TOLD):
        return notice
    for name in TOLD:
        setattr(notice, name, getattr(told, name))
    _save(notice, changed_at or now)
    raise_notice(notice, at=now)
    return notice


@transaction.atomic
def resolve_notice(
    notice_id: UUID,
    resolution: str,
    *,
    version: int | None = None,
    changed_at: datetime | None = None,
) -> DisruptionNotice:
    """End an own notice with what ended the effect; its exception closes for everybody.

    Raises ``DisruptionNotice.DoesNotExist`` for everybody but the sender, ``VersionConflict``, and
    ``Refused`` without a text or for a resolved one.
    """
    why = resolution_text(resolution)
    notice = _own(notice_id, version)
    if notice.state != State.OPEN:
        raise Refused("state", "an open notice", notice.get_state_display())
    now = timezone.now()
    notice.state, notice.resolution, notice.resolved_at = State.RESOLVED, why, now
    _save(notice, changed_at or now)
    clear_notice(notice, at=now)
    return notice


@transaction.atomic
def accept_notice(notice_id: UUID, *, is_accepted: bool) -> None:
    """Let a received notice mark the own projections of its parts, or take that back.

    Raises ``DisruptionNotice.DoesNotExist`` for one that was not addressed to us, ``Refused`` to
    accept a resolved one.
    """
    notice = received_notice(notice_id)
    mine = NoticeAcceptance.objects.filter(notice_id=notice.pk)
    if not is_accepted:
        mine.delete()
        return
    if notice.state != State.OPEN:
        raise Refused("state", "an open notice", notice.get_state_display())
    NoticeAcceptance.objects.get_or_create(
        owner_id=acting_organisation_id(),
        notice_id=notice.pk,
        defaults={"accepted_at": timezone.now(), "person_id": acting_person_id()},
    )


def received_notice(notice_id: UUID) -> DisruptionNotice:
    """Return a notice that is addressed to us, else raise ``DisruptionNotice.DoesNotExist``."""
    own = acting_organisation_id()
    rows = DisruptionNotice.objects.exclude(owner_id=own)
    found: DisruptionNotice = rows.get(pk=notice_id, counterparty_id=own)
    return found


def _state(
    told: Notice, now: datetime, *, received: DisruptionNotice | None, is_hidden: bool
) -> list[DisruptionNotice]:
    _check(told)
    partners = [partner_of(bpn) for bpn in dict.fromkeys(told.partners)]
    if received is not None and received.owner_id in {partner.pk for partner in partners}:
        raise Refused("partners", "partners other than the one that told you", told.partners)
    if told.key is not None and len(partners) != 1:
        raise Refused("partners", "one partner for a notice with a key of its own", told.partners)
    source = told.source_id or uuid4()
    found = []
    for each in addressed(told.facts, partners, own_day()):
        hold("inventory.notice", each.partner_id)
        if (known := _by_sender(told.sender_key, each.partner_id)) is not None:
            found.append(known)
            continue
        related = None if received is None or is_hidden else received.pk
        notice = _write(told, each, now, source_id=source, related_id=related)
        if received is not None:
            NoticeTrail.objects.create(notice=notice, received_id=received.pk)
        raise_notice(notice, at=now)
        found.append(notice)
    return found


def _check(told: Notice) -> None:
    if told.cause not in Cause.values:
        raise Refused("cause", f"one of {', '.join(Cause.values)}", told.cause)
    if told.effect not in Effect.values:
        raise Refused("effect", f"one of {', '.join(Effect.values)}", told.effect)
    if not 1 <= len(told.partners) <= MOST_PARTNERS:
        raise Refused("partners", f"1 to {MOST_PARTNERS} partners", len(told.partners))
    clean_text("sender_key", told.sender_key, 120, required=False)


def _by_sender(sender_key: str, partner_id: int) -> DisruptionNotice | None:
    if not sender_key:
        return None
    own = DisruptionNotice.objects.filter(owner_id=acting_organisation_id())
    return own.filter(counterparty_id=partner_id, sender_key=sender_key).first()


def _write(
    told: Notice, each: Addressed, now: datetime, *, source_id: UUID, related_id: UUID | None
) -> DisruptionNotice:
    """Write one recipient's notice under the next number of the two."""
    pair = DisruptionNotice.objects.filter(
        owner_id=acting_organisation_id(), counterparty_id=each.partner_id
    )
    last = pair.aggregate(last=Max("number"))["last"] or 0
    with refusing(TAKEN, {"key": told.key}):
        notice = DisruptionNotice.objects.create(
            id=told.key or uuid4(),  # random: a time in the key would order notices to others
            counterparty_id=each.partner_id,
            number=last + 1,
            cause=told.cause,
            effect=told.effect,
            source_id=source_id,
            related_id=related_id,
            origin=told.origin,
            sender_key=told.sender_key,
            created_at=now,
            changed_at=told.changed_at or now,
            person_id=acting_person_id(),
            **{name: getattr(each, name) for name in TOLD},
        )
    _announce(notice)
    return notice


def _save(notice: DisruptionNotice, changed_at: datetime) -> None:
    """Keep what the notice said, write what it says, tell everybody entitled."""
    before = DisruptionNotice.objects.get(pk=notice.pk)
    NoticeVersion.objects.create(
        counterparty_id=notice.counterparty_id,
        notice=notice,
        number=before.version,
        stated_at=before.changed_at,
        facts={name: _plain(getattr(before, name)) for name in TOLD},
    )
    notice.changed_at = changed_at
    notice.version += 1
    notice.save()
    _announce(notice)


def _plain(value: object) -> object:
    return value.isoformat() if isinstance(value, datetime) else value


def _own(notice_id: UUID, version: int | None) -> DisruptionNotice:
    own = acting_organisation_id()
    if not DisruptionNotice.objects.filter(pk=notice_id, owner_id=own).exists():
        raise DisruptionNotice.DoesNotExist
    return locked(DisruptionNotice, notice_id, version)


def _announce(notice: DisruptionNotice) -> None:
    publish(
        NoticeChanged(
            change_id=str(uuid7()),
            notice_id=str(notice.pk),
            recipient_id=notice.counterparty_id,
            cause=notice.cause,
            effect=notice.effect,
            state=str(notice.state),
        )
    )


def _own_key() -> bytes:
    """Return the acting organisation's key of hidden sources."""
    salt = f"inventory.notice.source:{acting_organisation_id()}"
    return salted_hmac(salt, "key", algorithm="sha256").digest()
