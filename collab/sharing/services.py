"""Partnerships and sharing agreements: invite, accept, give, consent, take back."""

import logging
from collections.abc import Sequence
from datetime import datetime

import redis
from django.core import signing
from django.db import transaction
from django.db.models import F, Q
from django.utils import timezone

from collab.events import wake
from collab.events.audit import note
from collab.events.bus import publish
from collab.organisations.context import acting_organisation_id
from collab.organisations.models import Organisation
from collab.sharing import events
from collab.sharing.models import Grant, Partnership, shared_models
from collab.sharing.names import bpn_of, known_organisations
from collab.sharing.walls import topic_of

logger = logging.getLogger(__name__)

REVOKED = "collab:revoked"
"""Redis channel that has every socket look again at what it may show."""
_CODE_SALT = "partner code"
State = Partnership.State
_STEPS: dict[str, frozenset[str]] = {
    State.ACTIVE: frozenset({State.INVITED, State.SUSPENDED}),
    State.SUSPENDED: frozenset({State.ACTIVE}),
    State.ENDED: frozenset({State.INVITED, State.ACTIVE, State.SUSPENDED}),
}


class NotAllowed(ValueError):
    """The state of things stands against the step; the message says what was expected."""


def partner_code() -> str:
    """Return the code by which others can invite the acting organisation.

    Organisations that are no partners do not see each other, so the code travels outside of the
    platform, like a telephone number; it opens nothing by itself.
    """
    return signing.Signer(salt=_CODE_SALT).sign(str(acting_organisation_id()))


def organisation_of_code(code: str) -> int | None:
    """Return the key of the organisation whose code this is, or ``None``."""
    try:
        return int(signing.Signer(salt=_CODE_SALT).unsign(code))
    except (signing.BadSignature, ValueError):
        return None


def sharing_topics() -> list[str]:
    """Return the topics of all shared tables."""
    return sorted({topic_of(model) for model in shared_models()})


@transaction.atomic
def invite_partnership(*, counterparty_id: int, acting_is_customer: bool) -> Partnership:
    """Ask another organisation for a partnership; asking again returns the same invitation.

    Raises ``NotAllowed`` for oneself, and if an edge of that direction is already in use.
    """
    me = acting_organisation_id()
    if counterparty_id == me:
        raise NotAllowed("expected another organisation, got one's own")
    customer, supplier = (me, counterparty_id) if acting_is_customer else (counterparty_id, me)
    edges = Partnership.objects.select_for_update().filter(
        customer_id=customer, supplier_id=supplier
    )
    for edge in edges:
        if edge.owner_id == me and edge.state == State.INVITED:
            return edge
        if edge.state != State.ENDED:
            raise NotAllowed(f"expected no partnership yet, got one that is {edge.state}")
    ended = next((edge for edge in edges if edge.owner_id == me), None)
    if ended is not None:
        return _move(ended, State.INVITED, "partnership.invited")
    made = Partnership.objects.create(
        counterparty_id=counterparty_id, customer_id=customer, supplier_id=supplier
    )
    publish(events.PartnershipInvited(partnership_id=str(made.pk)))
    _note_partnership("partnership.invited", made)
    return made


@transaction.atomic
def accept(partnership: Partnership) -> Partnership:
    """Accept an invitation; only the invited organisation can (the database holds that too)."""
    if (
        partnership.state != State.INVITED
        or partnership.counterparty_id != acting_organisation_id()
    ):
        raise NotAllowed("expected an open invitation to the acting organisation")
    partnership.accepted_at = timezone.now()
    return _move(partnership, State.ACTIVE, "partnership.accepted")


@transaction.atomic
def suspend(partnership: Partnership) -> Partnership:
    """Pause an active partnership and the grants between its ends; either end may.

    What one end lets the other see, or lets others see about the other, is closed on every
    channel within seconds (a trigger pauses the grants). It opens again with ``resume``.
    """
    return _step(partnership, State.SUSPENDED, "partnership.suspended")


@transaction.atomic
def resume(partnership: Partnership) -> Partnership:
    """Take a suspended partnership up again; either end may."""
    if partnership.state != State.SUSPENDED:
        raise NotAllowed(f"expected a suspended partnership, got one that is {partnership.state}")
    return _step(partnership, State.ACTIVE, "partnership.resumed")


@transaction.atomic
def end(partnership: Partnership) -> Partnership:
    """End a partnership; what the acting side gave to or about the other end is revoked at once."""
    other = (
        partnership.counterparty_id
        if partnership.owner_id == acting_organisation_id()
        else partnership.owner_id
    )
    given = Grant.objects.filter(
        Q(viewer_id=other) | Q(about_id=other),
        owner_id=acting_organisation_id(),
        revoked_at__isnull=True,
    )
    for grant in given:
        revoke(grant)
    return _step(partnership, State.ENDED, "partnership.ended")


@transaction.atomic
def give_grant(
    *,
    viewer_id: int,
    about_id: int,
    topic: str,
    purpose: str,
    fields: Sequence[str] = (),
    agreement: str = "",
    is_onward_allowed: bool = False,
    valid_from: datetime | None = None,
    valid_to: datetime | None = None,
) -> Grant:
    """Let ``viewer`` read the acting organisation's rows of ``topic`` about ``about``.

    ``fields`` names what is shown; none means all. With ``about`` other than ``viewer`` nothing
    is shown before ``about`` consents.

    Raises
    ------
    NotAllowed
        For an unknown topic, for oneself at an end, or without a partnership with ``about``.
    """
    me = acting_organisation_id()
    if topic not in sharing_topics():
        raise NotAllowed(f"expected a topic among {', '.join(sharing_topics())}, got {topic}")
    if me in {viewer_id, about_id}:
        raise NotAllowed("expected other organisations at the two ends, got one's own")
    if not _are_partners(me, about_id):
        raise NotAllowed("expected a live partnership with the organisation the rows are about")
    grant = Grant.objects.create(
        viewer_id=viewer_id,
        about_id=about_id,
        topic=topic,
        fields=list(fields),
        purpose=purpose,
        agreement=agreement,
        is_onward_allowed=is_onward_allowed,
        valid_from=valid_from or timezone.now(),
        valid_to=valid_to,
    )
    publish(events.GrantGiven(grant_id=str(grant.pk), topic=topic))
    _note_grant("grant.given", grant)
    _policy_changed()
    return grant


@transaction.atomic
def consent(grant: Grant) -> Grant:
    """Agree, as the organisation a multi-tier grant is about; agreeing twice changes nothing."""
    _require_about(grant)
    if grant.about_consented_at is None:
        grant.about_consented_at = timezone.now()
        grant.save(update_fields=["about_consented_at"])
        publish(events.GrantConsented(grant_id=str(grant.pk), topic=grant.topic))
        _note_grant("grant.consented", grant)
        _policy_changed()
    return grant


@transaction.atomic
def withdraw_consent(grant: Grant) -> Grant:
    """Take one's consent back: the viewer sees nothing more within seconds, on every channel."""
    _require_about(grant)
    if grant.about_consented_at is not None:
        grant.about_consented_at = None
        grant.save(update_fields=["about_consented_at"])
        publish(events.GrantRevoked(grant_id=str(grant.pk), topic=grant.topic))
        _note_grant("grant.consent_withdrawn", grant)
        _policy_changed()
    return grant


@transaction.atomic
def revoke(grant: Grant) -> Grant:
    """Take a grant of one's own back, for good, within seconds on every channel."""
    if grant.owner_id != acting_organisation_id():
        raise NotAllowed("expected a grant that the acting organisation gave")
    if grant.revoked_at is None:
        grant.revoked_at = timezone.now()
        grant.save(update_fields=["revoked_at"])
        publish(events.GrantRevoked(grant_id=str(grant.pk), topic=grant.topic))
        _note_grant("grant.revoked", grant)
        _policy_changed()
    return grant


def _step(partnership: Partnership, to: str, action: str) -> Partnership:
    if partnership.state not in _STEPS[to]:
        raise NotAllowed(
            f"expected a partnership that is {' or '.join(sorted(_STEPS[to]))},"
            f" got one that is {partnership.state}"
        )
    return _move(partnership, to, action)


def _move(partnership: Partnership, to: str, action: str) -> Partnership:
    _note_partnership(action, partnership, state=to, state_before=partnership.state)
    partnership.state = to
    partnership.version += 1
    partnership.save()
    publish(events.PartnershipChanged(partnership_id=str(partnership.pk), state=to))
    _policy_changed()
    return partnership


def _note_partnership(action: str, partnership: Partnership, **more: str) -> None:
    names = known_organisations([partnership])
    ends = {side: getattr(partnership, f"{side}_id") for side in ("customer", "supplier")}
    note(
        action=action,
        object_kind="partnership",
        object_id=partnership.pk,
        change={side: bpn_of(names, key) for side, key in ends.items()} | more,
    )


def _note_grant(action: str, grant: Grant) -> None:
    names = known_organisations([grant])
    note(
        action=action,
        object_kind="grant",
        object_id=grant.pk,
        change={
            "owner": bpn_of(names, grant.owner_id),
            "viewer": bpn_of(names, grant.viewer_id),
            "about": bpn_of(names, grant.about_id),
            "topic": grant.topic,
            "fields": sorted(grant.fields),
            "purpose": grant.purpose,
            "valid_from": grant.valid_from.isoformat(),
            "valid_to": None if grant.valid_to is None else grant.valid_to.isoformat(),
        },
    )


def _require_about(grant: Grant) -> None:
    me = acting_organisation_id()
    if grant.about_id != me or grant.viewer_id == me:
        raise NotAllowed("expected a grant about the acting organisation to somebody else")
    if grant.revoked_at is not None:
        raise NotAllowed("expected a live grant, got a revoked one")


def _are_partners(one: int, other: int) -> bool:
    return Partnership.objects.filter(
        Q(owner_id=one, counterparty_id=other) | Q(owner_id=other, counterparty_id=one),
        state=State.ACTIVE,
    ).exists()


def _policy_changed() -> None:
    """Let caches of what was visible expire, and have open sockets look again."""
    Organisation.objects.filter(pk=acting_organisation_id()).update(
        policy_version=F("policy_version") + 1
    )
    transaction.on_commit(_announce)


def _announce() -> None:
    try:
        wake.connection().publish(REVOKED, b"1")
    except redis.RedisError as error:
        logger.warning("revocation not announced, the next look finds it: %s", error)
