"""Who is behind a session, a key or a slug; and what an organisation knows of itself."""

from typing import Any

from django.db.models import Exists, OuterRef, QuerySet

from collab.organisations.context import acting_for, acting_organisation_id, knowing_person
from collab.organisations.context import presenting_credential as presenting
from collab.organisations.models import ApiClient, ApiKey, Membership, Organisation, Site, Tenant


def membership_at(person_id: int, slug: str) -> Membership | None:
    """Return the person's live membership of the organisation ``slug``, or ``None``.

    ``None`` does not tell an unknown slug from somebody else's organisation.
    """
    with knowing_person(person_id):
        return _live_memberships(person_id).filter(organisation__slug=slug).first()


def membership_of(person_id: int, organisation_id: int) -> Membership | None:
    """Return the person's live membership of an organisation, or ``None``."""
    with knowing_person(person_id):
        return _live_memberships(person_id).filter(organisation_id=organisation_id).first()


def memberships_of(person_id: int) -> list[Membership]:
    """Return all live memberships of a person, by the organisations' names."""
    with knowing_person(person_id):
        return list(_live_memberships(person_id).order_by("organisation__name"))


def key_presented(digest: str) -> ApiKey | None:
    """Return the API key whose SHA-256 (hex) is ``digest``; it may be expired or revoked."""
    with presenting(digest):
        return ApiKey.objects.filter(_of_live_tenant("owner_id"), digest=digest).first()


def client_acting(client_id: Any) -> ApiClient | None:
    """Return the acting organisation's API client if it is active."""
    return ApiClient.objects.filter(pk=client_id, is_active=True).first()


def organisation_by_id(organisation_id: int) -> Organisation:
    """Return an organisation, seen with its own eyes."""
    with acting_for(organisation_id):
        return Organisation.objects.get(pk=organisation_id)


def own_sites() -> QuerySet[Site]:
    """Return the acting organisation's sites."""
    return Site.objects.all()


def own_members() -> QuerySet[Membership]:
    """Return who belongs to the acting organisation, with the people."""
    return Membership.objects.filter(organisation_id=acting_organisation_id()).select_related(
        "person", "site"
    )


def live_keys(client_id: Any) -> QuerySet[ApiKey]:
    """Return the unrevoked keys of one of the acting organisation's clients, newest first."""
    return ApiKey.objects.filter(
        owner_id=acting_organisation_id(), client_id=client_id, revoked_at__isnull=True
    ).order_by("-pk")


def _live_memberships(person_id: int) -> QuerySet[Membership]:
    return Membership.objects.filter(
        _of_live_tenant("organisation_id"), person_id=person_id, is_active=True
    ).select_related("organisation")


def _of_live_tenant(column: str) -> Exists:
    return Exists(Tenant.objects.filter(pk=OuterRef(column), is_active=True))
