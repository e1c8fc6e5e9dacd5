"""What an organisation does with itself: founding, people, sites, API clients and their keys."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import Enum
from typing import Any

from django.db import transaction
from django.utils import timezone

from collab.events.audit import note
from collab.events.bus import enqueue, publish
from collab.organisations import events, known_keys
from collab.organisations.context import acting_for, acting_organisation_id
from collab.organisations.credentials import new_key
from collab.organisations.models import (
    ApiClient,
    ApiKey,
    Membership,
    Organisation,
    Person,
    Site,
    Tenant,
)

MOST_LIVE_KEYS = 2
KEY_LIFE = timedelta(days=365)
INVITATION_TASK = "shell.send_invitation@mail"
"""Sends the mail; its subject is the event."""


class Keep(Enum):
    """Says that something stays as it is, where None means something else."""

    SITE = "site"


class NotAllowed(ValueError):
    """The organisation's own rules stand against the change; the message says which."""


@dataclass(frozen=True, slots=True)
class IssuedKey:
    """A key with its secret, which is shown this once and stored nowhere."""

    key: ApiKey
    secret: str


def create_organisation(
    *,
    bpn: str,
    slug: str,
    name: str,
    short_name: str,
    kind: str,
    country: str,
    timezone_name: str = "Europe/Berlin",
    duns: str = "",
) -> Organisation:
    """Found an organisation; nobody may be acted for yet, as it acts for itself.

    Raises ``IntegrityError`` if the BPN or the slug is taken.
    """
    with transaction.atomic():
        tenant = Tenant.objects.create()
        with acting_for(tenant.pk):
            organisation = Organisation.objects.create(
                id=tenant.pk,
                bpn=bpn,
                slug=slug,
                name=name,
                short_name=short_name,
                kind=kind,
                country=country,
                timezone=timezone_name,
                duns=duns,
            )
            publish(events.OrganisationFounded(bpn=bpn))
            note(
                action="organisation.founded",
                object_kind="organisation",
                object_id=bpn,
                change={"bpn": bpn, "kind": kind, "country": country},
            )
    return organisation


@transaction.atomic
def invite_person(
    *, email: str, name: str, role: str, site: Site | None = None, language: str = "en"
) -> Membership:
    """Give somebody a role in the acting organisation; an account is made if there is none.

    A new account has no password: the invitation mail lets its owner set one. Inviting a member
    again changes the role and sends another mail. Nothing tells whether the person had an
    account before.

    Raises ``NotAllowed`` if the role of the last administrator would change.
    """
    address = Person.objects.normalize_email(email).lower()
    person, is_new = Person.objects.get_or_create(
        email=address, defaults={"name": name, "language": language}
    )
    if is_new:
        person.set_unusable_password()
        person.save(update_fields=["password"])
    membership, is_member_now = Membership.objects.get_or_create(
        organisation_id=acting_organisation_id(),
        person=person,
        defaults={"role": role, "site": site},
    )
    if not is_member_now:
        change_member(membership, role=role, is_active=True, site=site)
    told = publish(events.MemberInvited(membership_id=str(membership.pk), is_new_person=is_new))
    enqueue(INVITATION_TASK, told.pk)
    _note_member("member.invited", membership)
    return membership


@transaction.atomic
def change_member(
    membership: Membership,
    *,
    role: str | None = None,
    is_active: bool | None = None,
    site: Site | Keep | None = Keep.SITE,
) -> Membership:
    """Change a member's role, its site or end the membership; web sessions notice within seconds.

    ``site`` None is a role at all sites, which that of an administrator always is.

    Raises ``NotAllowed`` if no administrator would be left.
    """
    admins = Membership.objects.select_for_update().filter(
        organisation_id=acting_organisation_id(), role=Membership.Role.ADMIN, is_active=True
    )
    others = [each for each in admins if each.pk != membership.pk]
    before = membership.role, membership.is_active
    membership.role = membership.role if role is None else role
    membership.is_active = membership.is_active if is_active is None else is_active
    membership.site = membership.site if site is Keep.SITE else site
    if membership.role == Membership.Role.ADMIN:
        membership.site = None
    stays_admin = membership.is_active and membership.role == Membership.Role.ADMIN
    if not others and not stays_admin and len(admins):
        raise NotAllowed("expected one administrator to remain, got none")
    membership.save()
    publish(
        events.MemberChanged(
            membership_id=str(membership.pk), role=membership.role, is_active=membership.is_active
        )
    )
    _note_member("member.changed", membership, role_before=before[0], was_active=before[1])
    return membership


@transaction.atomic
def create_site(**values: Any) -> Site:
    """Add a site of the acting organisation; raises ``IntegrityError`` for a code in use."""
    site = Site.objects.create(**values)
    publish(events.SiteChanged(site_id=str(site.pk), code=site.code))
    return site


@transaction.atomic
def change_site(site: Site, **values: Any) -> Site:
    """Change a site that the caller has locked; its version rises by one."""
    for name, value in values.items():
        setattr(site, name, value)
    site.version += 1
    site.save()
    publish(events.SiteChanged(site_id=str(site.pk), code=site.code))
    return site


@transaction.atomic
def remove_site(site: Site) -> None:
    """Remove a site that nothing refers to; raises ``IntegrityError`` otherwise."""
    publish(events.SiteChanged(site_id=str(site.pk), code=site.code))
    site.delete()


@transaction.atomic
def create_client(*, name: str) -> ApiClient:
    """Add a partner's system that may be given keys."""
    client = ApiClient.objects.create(name=name)
    note(
        action="client.created",
        object_kind="api_client",
        object_id=client.pk,
        change={"name": name},
    )
    return client


@transaction.atomic
def switch_client(client: ApiClient, *, is_active: bool) -> ApiClient:
    """Let a client in or keep it out, with all its keys and tokens, from the next call on."""
    client.is_active = is_active
    client.save(update_fields=["is_active"])
    known_keys.forget()
    note(
        action="client.switched",
        object_kind="api_client",
        object_id=client.pk,
        change={"is_active": is_active},
    )
    return client


@transaction.atomic
def issue_key(
    client: ApiClient,
    *,
    scopes: Sequence[str],
    networks: Sequence[str] = (),
    expires_at: datetime | None = None,
) -> IssuedKey:
    """Give a client a key; a second live one lets it change over without a gap.

    Raises ``NotAllowed`` if two are live already.
    """
    now = timezone.now()
    ApiClient.objects.select_for_update().get(pk=client.pk)
    live = ApiKey.objects.filter(
        owner_id=acting_organisation_id(),
        client=client,
        revoked_at__isnull=True,
        expires_at__gt=now,
    ).count()
    if live >= MOST_LIVE_KEYS:
        raise NotAllowed(f"expected at most {MOST_LIVE_KEYS} live keys, got {live}: revoke one")
    fresh = new_key()
    key = ApiKey.objects.create(
        client=client,
        prefix=fresh.prefix,
        digest=fresh.digest,
        scopes=list(scopes),
        networks=list(networks),
        expires_at=expires_at or now + KEY_LIFE,
    )
    publish(events.ApiKeyIssued(client_id=str(client.pk), prefix=key.prefix))
    _note_key(
        "key.issued",
        key,
        scopes=sorted(key.scopes),
        networks=sorted(key.networks),
        expires_at=key.expires_at.isoformat(),
    )
    return IssuedKey(key, fresh.secret)


@transaction.atomic
def revoke_key(key: ApiKey) -> ApiKey:
    """Stop a key from the next call on; a revoked one stays revoked."""
    if key.revoked_at is None:
        key.revoked_at = timezone.now()
        key.save(update_fields=["revoked_at"])
        known_keys.forget()
        publish(events.ApiKeyRevoked(client_id=str(key.client_id), prefix=key.prefix))
        _note_key("key.revoked", key)
    return key


@transaction.atomic
def rotate_key(key: ApiKey) -> IssuedKey:
    """Revoke a key and issue one with the same rights in its place."""
    client = ApiClient.objects.get(pk=key.client_id)
    revoke_key(key)
    return issue_key(client, scopes=key.scopes, networks=key.networks)


def _note_member(action: str, membership: Membership, **more: Any) -> None:
    """Put a change of a role into the audit chain, without the person's name or address."""
    change = {
        "role": membership.role,
        "is_active": membership.is_active,
        "site": None if membership.site_id is None else str(membership.site_id),
        **more,
    }
    note(action=action, object_kind="membership", object_id=membership.pk, change=change)


def _note_key(action: str, key: ApiKey, **more: Any) -> None:
    change = {"client": str(key.client_id), "prefix": key.prefix, **more}
    note(action=action, object_kind="api_key", object_id=key.pk, change=change)
