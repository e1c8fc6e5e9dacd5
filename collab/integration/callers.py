"""Who stands behind an API request: a key, a token or a signed-in person."""

import hashlib
import ipaddress
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.conf import settings
from django.contrib.auth import logout
from django.db.models import Q
from django.http import HttpRequest
from django.utils import timezone
from oauth2_provider.models import get_access_token_model

from collab.integration.models import OAuthApplication
from collab.integration.scopes import scopes_of
from collab.organisations import known_keys, queries
from collab.organisations.context import acting_for, presenting_credential
from collab.organisations.credentials import PREFIX, digest_of, is_well_formed
from collab.organisations.models import ApiKey, Membership

ORGANISATION_KEY = "organisation_id"
SIGNED_IN_KEY, SEEN_KEY = "signed_in_at", "seen_at"
TOUCH_EVERY_S = 60
_USED_EVERY = timedelta(minutes=1)
WRONG = "The key or token is unknown, expired, revoked, or not valid from this address."


class Refused(Exception):
    """The caller showed credentials that do not hold."""


@dataclass(frozen=True, slots=True)
class Caller:
    """Whom a request acts for, and who asks."""

    organisation_id: int
    scopes: frozenset[str]
    person_id: int | None = None
    client_id: UUID | None = None
    membership: Membership | None = None


def by_bearer(token: str, address: str) -> Caller:
    """Return who presents an API key or an OAuth access token.

    Raises
    ------
    Refused
        For every reason alike: unknown, expired, revoked, wrong network, client switched off.
    """
    if token.startswith(PREFIX):
        return _by_key(token, address)
    return _by_token(token, address)


def by_session(request: HttpRequest) -> Caller | None:
    """Return the signed-in person, acting for the organisation that its session chose."""
    if not is_signed_in(request):
        return None
    person_id = int(request.user.pk or 0)
    organisation_id = request.session.get(ORGANISATION_KEY)
    if organisation_id is None:
        return None
    membership = queries.membership_of(person_id, organisation_id)
    return None if membership is None else by_membership(membership)


def by_membership(membership: Membership) -> Caller:
    """Return the person of a membership as a caller."""
    return Caller(
        organisation_id=membership.organisation_id,
        scopes=scopes_of(membership.role),
        person_id=membership.person_id,
        membership=membership,
    )


def is_signed_in(request: HttpRequest) -> bool:
    """Say whether a live web session is there; end one that is older than its absolute age.

    Also pushes the idle limit on, at most once a minute.
    """
    if not request.user.is_authenticated:
        return False
    now = timezone.now().timestamp()
    signed_in = request.session.setdefault(SIGNED_IN_KEY, now)
    if now - signed_in > settings.SESSION_ABSOLUTE_AGE_S:
        logout(request)
        return False
    if now - request.session.get(SEEN_KEY, 0) > TOUCH_EVERY_S:
        request.session[SEEN_KEY] = now
    return True


def choose(request: HttpRequest, organisation_id: int) -> None:
    """Make the session work for an organisation; the session's id changes with it."""
    request.session.cycle_key()
    request.session[ORGANISATION_KEY] = organisation_id


def _by_key(secret: str, address: str) -> Caller:
    digest = digest_of(secret) if is_well_formed(secret) else ""
    facts = (known_keys.recent(digest) or _found(digest)) if digest else None
    if facts is None or facts.expires_at <= timezone.now() or not _is_from(address, facts.networks):
        raise Refused(WRONG)
    return Caller(facts.owner_id, facts.scopes, client_id=facts.client_id)


def _found(digest: str) -> known_keys.KeyFacts | None:
    """Return the live key of an active client from the database, and note its use."""
    key = queries.key_presented(digest)
    now = timezone.now()
    if key is None or key.revoked_at is not None or key.expires_at <= now:
        return None
    with acting_for(key.owner_id):
        if queries.client_acting(key.client_id) is None:
            return None
        _note_use(key, now)
    facts = known_keys.KeyFacts(
        key.owner_id,
        key.client_id,
        frozenset(key.scopes),
        tuple(key.networks),
        key.expires_at,
    )
    known_keys.keep(digest, facts)
    return facts


def _note_use(key: ApiKey, now: datetime) -> None:
    """Note the use, at most once a minute, in a transaction that the request cannot undo."""
    if key.last_used_at is None or now - key.last_used_at > _USED_EVERY:
        ApiKey.objects.filter(
            Q(last_used_at__isnull=True) | Q(last_used_at__lt=now - _USED_EVERY), pk=key.pk
        ).update(last_used_at=now)


def _by_token(token: str, address: str) -> Caller:
    checksum = hashlib.sha256(token.encode()).hexdigest()
    model: Any = get_access_token_model()
    row = model.objects.filter(token_checksum=checksum, expires__gt=timezone.now()).first()
    if row is None or row.application_id is None:
        raise Refused(WRONG)
    application = application_presented(str(row.application_id))
    if application is None or not _is_from(address, application.networks):
        raise Refused(WRONG)
    with acting_for(application.owner_id):
        if queries.client_acting(application.api_client_id) is None:
            raise Refused(WRONG)
    granted = frozenset(row.scope.split()) & frozenset(application.scopes)
    return Caller(application.owner_id, granted, client_id=application.api_client_id)


def application_presented(client_id: str) -> OAuthApplication | None:
    """Return the live OAuth client of that public id, or ``None``."""
    with presenting_credential(hashlib.sha256(client_id.encode()).hexdigest()):
        found: OAuthApplication | None = OAuthApplication.objects.filter(
            client_id=client_id, revoked_at__isnull=True
        ).first()
    return found


def _is_from(address: str, networks: Sequence[str]) -> bool:
    """Say whether ``address`` lies in one of ``networks`` (CIDR); none at all allows any."""
    if not networks:
        return True
    try:
        found = ipaddress.ip_address(address)
    except ValueError:
        return False
    mapped = getattr(found, "ipv4_mapped", None) or found
    return any(mapped in ipaddress.ip_network(network) for network in networks)
