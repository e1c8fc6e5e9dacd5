"""Who may hold a socket, asked when it opens and again every two seconds while it is open."""

import logging
from collections.abc import Collection
from dataclasses import dataclass, field
from datetime import datetime
from types import SimpleNamespace
from typing import Any

import redis
from django.conf import settings
from django.contrib.auth import HASH_SESSION_KEY, get_user
from django.contrib.sessions.backends.base import SessionBase
from django.contrib.sessions.backends.db import SessionStore
from django.contrib.sessions.models import Session
from django.db import connection, transaction
from django.db.models.signals import post_delete, post_save
from django.utils import timezone
from django.utils.crypto import constant_time_compare

from collab.events import wake
from collab.organisations.context import knowing_person
from collab.organisations.models import Membership, Person, Tenant

logger = logging.getLogger(__name__)

REVOKED = "collab:revoked"
ORGANISATION_KEY = "organisation_id"
LANGUAGE_KEY = "language"
"""Where the web session keeps the organisation the person works for, and their language."""


@dataclass(frozen=True, slots=True)
class Ticket:
    """What a socket was admitted with; all of it must stay true."""

    session_key: str
    session_hash: str
    person_id: int
    organisation_id: int
    language: str


@dataclass(frozen=True, slots=True)
class Standing:
    """The answer to one look: which tickets still hold, and how each viewer's feed stands.

    ``narrowed`` is when a viewer was last let see less than before; absent means never.
    """

    valid: frozenset[Ticket]
    heads: dict[int, int]
    narrowed: dict[int, datetime] = field(default_factory=dict)


def admit(session_key: str | None) -> Ticket | None:
    """Return the ticket of a signed-in member, or ``None`` for everybody else."""
    if not session_key:
        return None
    session = SessionStore(session_key)
    request: Any = SimpleNamespace(session=session)
    person = get_user(request)
    organisation_id = session.get(ORGANISATION_KEY)
    if not isinstance(person, Person) or not person.is_active or organisation_id is None:
        return None
    with knowing_person(person.pk):
        is_member = Membership.objects.filter(
            person=person, organisation_id=organisation_id, is_active=True
        ).exists()
    if not is_member or not Tenant.objects.filter(pk=organisation_id, is_active=True).exists():
        return None
    return Ticket(
        session_key=session_key,
        session_hash=session[HASH_SESSION_KEY],
        person_id=person.pk,
        organisation_id=int(organisation_id),
        language=language_of(session, person),
    )


def look_again(tickets: Collection[Ticket]) -> Standing:
    """Return which ``tickets`` still hold; one look for all sockets of the process.

    Web sessions, people and tenants take one query each. Memberships stand behind row-level
    security; one function reads them organisation by organisation in a single transaction.
    """
    sessions = set(
        Session.objects.filter(
            session_key__in={each.session_key for each in tickets}, expire_date__gt=timezone.now()
        ).values_list("session_key", flat=True)
    )
    persons = {each.person_id for each in tickets}
    people = Person.objects.filter(pk__in=persons, is_active=True)
    hashes = {person.pk: person.get_session_auth_hash() for person in people}
    wanted = {each.organisation_id for each in tickets}
    tenants = Tenant.objects.filter(pk__in=wanted, is_active=True).values_list("pk", flat=True)
    members: set[tuple[int, int]] = set()
    heads: dict[int, int] = {}
    narrowed: dict[int, datetime] = {}
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(
            "SELECT * FROM collab.standing(%s::bigint[], %s::bigint[])",
            [sorted(tenants), sorted(persons)],
        )
        for organisation_id, persons_there, newest, narrowed_at in cursor.fetchall():
            members.update((organisation_id, person_id) for person_id in persons_there)
            heads[organisation_id] = newest
            if narrowed_at is not None:
                narrowed[organisation_id] = narrowed_at
    return Standing(
        valid=frozenset(
            ticket
            for ticket in tickets
            if ticket.session_key in sessions
            and (ticket.organisation_id, ticket.person_id) in members
            and constant_time_compare(hashes.get(ticket.person_id, ""), ticket.session_hash)
        ),
        heads=heads,
        narrowed=narrowed,
    )


def language_of(session: SessionBase, person: Person) -> str:
    """Return the language of a person's frames: the one their pages are in."""
    spoken = {code for code, _name in settings.LANGUAGES}
    wishes = (session.get(LANGUAGE_KEY), person.language, settings.LANGUAGE_CODE)
    return next(wish for wish in wishes if wish in spoken)


def announce_revocation() -> None:
    """Have every socket process look again as soon as the running transaction has committed."""
    transaction.on_commit(_call)


def watch() -> None:
    """Announce each change of a person, a membership or a web session; called at start-up."""
    for saved in (Person, Membership):
        post_save.connect(_changed, sender=saved, dispatch_uid=f"live-{saved.__name__}-saved")
    for deleted in (Person, Membership, Session):
        uid = f"live-{deleted.__name__}-deleted"
        post_delete.connect(_changed, sender=deleted, dispatch_uid=uid)


def _changed(**signal: Any) -> None:
    if not signal.get("created"):
        transaction.on_commit(_call)


def _call() -> None:
    try:
        wake.connection().publish(REVOKED, b"1")
    except redis.RedisError as error:
        logger.warning("revocation not announced, the next look finds it: %s", error)
