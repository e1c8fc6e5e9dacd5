"""Whom the running code acts for: the first of the four walls, and the key to the third.

Everything an organisation owns is read and written inside ``acting_for``. The block opens a
transaction and tells PostgreSQL the viewer in a setting that lives exactly as long, because
row-level security reads it there. There is no default viewer.
"""

import logging
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any
from uuid import UUID

from django.db import connection, transaction

if TYPE_CHECKING:
    from collab.organisations.models import Organisation

logger = logging.getLogger(__name__)


class NoActingOrganisation(RuntimeError):
    """A query on owned rows ran outside ``acting_for``."""


class AlreadyActing(RuntimeError):
    """A block tried to change whom it acts for; one unit of work has one actor."""


@dataclass(frozen=True, slots=True)
class Acting:
    """One unit of work: the viewer, who or what sits behind it, and what it has looked up."""

    organisation_id: int
    person_id: int | None = None
    client_id: UUID | None = None
    scopes: frozenset[str] | None = None
    site_id: UUID | None = None
    """The one site the person's role is at; None where it is for all."""
    memo: dict[Any, Any] = field(default_factory=dict)
    endings: list[Callable[[], None]] = field(default_factory=list)
    """What is called before the block commits, in its transaction; not after an error."""


_acting: ContextVar[Acting | None] = ContextVar("acting", default=None)


def acting() -> Acting:
    """Return the current unit of work, or raise ``NoActingOrganisation``."""
    if (current := _acting.get()) is None:
        raise NoActingOrganisation("expected to run inside acting_for(organisation), got nobody")
    return current


def is_acting() -> bool:
    """Say whether somebody is acted for."""
    return _acting.get() is not None


def acting_organisation_id() -> int:
    """Return the key of the organisation acted for, or raise ``NoActingOrganisation``."""
    return acting().organisation_id


def acting_person_id() -> int | None:
    """Return the key of the signed-in person, or ``None`` for machines and tasks."""
    return acting().person_id


def may_act_at(site_id: UUID | None) -> bool:
    """Say whether the role of whoever acts reaches to one of their organisation's sites.

    A role for all sites does, and so do machines and tasks. What belongs to no site is only for
    roles that are for all.
    """
    return acting().site_id in {None, site_id}


def acting_organisation() -> "Organisation":
    """Return the organisation acted for; read once per unit of work."""
    from collab.organisations.models import Organisation

    current = acting()
    if "organisation" not in current.memo:
        current.memo["organisation"] = Organisation.objects.get(pk=current.organisation_id)
    found: Organisation = current.memo["organisation"]
    return found


@contextmanager
def acting_for(
    organisation: "Organisation | int",
    *,
    person_id: int | None = None,
    client_id: UUID | None = None,
    scopes: frozenset[str] | None = None,
    site_id: UUID | None = None,
) -> Iterator[Acting]:
    """Make ``organisation`` the viewer of every query inside the block.

    The block is one transaction. Entering it again for the same organisation is a savepoint;
    for another one it raises ``AlreadyActing``. Commit hooks run after the block, for nobody.
    """
    organisation_id = organisation if isinstance(organisation, int) else organisation.pk
    outer = _acting.get()
    if outer is not None:
        if outer.organisation_id != organisation_id:
            raise AlreadyActing(
                f"expected to go on acting for {outer.organisation_id}, got {organisation_id}; "
                "end that block first"
            )
        with transaction.atomic():
            yield outer
        return
    current = Acting(organisation_id, person_id, client_id, scopes, site_id)
    with _settings(organisation=str(organisation_id), person=_text(person_id)):
        token = _acting.set(current)
        try:
            yield current
            if not connection.needs_rollback:
                for ending in current.endings:
                    ending()
        finally:
            _acting.reset(token)


@contextmanager
def knowing_person(person_id: int) -> Iterator[None]:
    """Let the block read what belongs to a signed-in person before a viewer is chosen.

    Opens exactly the rows that name the person: their memberships and those organisations.
    """
    with _settings(person=str(person_id)):
        yield


@contextmanager
def presenting_credential(digest: str) -> Iterator[None]:
    """Let the block read the one API key whose SHA-256 (hex) is ``digest``.

    Whoever can present the secret may find its row; nobody can list the others.
    """
    with _settings(credential=digest):
        yield


def acting_for_platform(*, reason: str) -> Iterator[int]:
    """Yield each tenant's key in turn, for work the platform does for all.

    The caller opens ``acting_for`` for each. Only the modules listed in
    ``tests/test_walls.py`` may call this; every use is logged with its reason.
    """
    from collab.organisations.models import Tenant

    logger.info("platform work over all tenants: %s", reason)
    yield from (Tenant.objects.filter(is_active=True).order_by("pk").values_list("pk", flat=True))


def _text(value: object | None) -> str:
    return "" if value is None else str(value)


@contextmanager
def _settings(**values: str) -> Iterator[None]:
    is_outermost = not connection.in_atomic_block
    with transaction.atomic():
        _configure(values)
        try:
            yield
        finally:
            # The end of its own transaction ends the setting; inside somebody else's it would
            # outlive the block. After an error the rollback restores the old value.
            is_over = connection.needs_rollback or connection.closed_in_transaction
            if not is_outermost and not is_over:
                _configure(dict.fromkeys(values, ""))


def _configure(values: dict[str, str]) -> None:
    calls = ", ".join(f"set_config('collab.{name}', %s, true)" for name in values)
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT {calls}", list(values.values()))
