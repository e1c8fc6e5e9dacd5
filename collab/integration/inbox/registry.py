"""Who applies which kind of message: the areas register their functions when Django starts."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from collab.integration.inbox.findings import Finding
from collab.integration.inbox.profile import Profile


@dataclass(frozen=True, slots=True, kw_only=True)
class Document:
    """One message of an interchange, read but not understood.

    ``kind`` is ``edifact:DELFOR``, ``x12:830`` or ``catenax:week_based_material_demand``;
    ``content`` the ``edifact.envelope.Message``, the ``x12.envelope.TransactionSet`` or the aspect;
    ``header`` the ``catenax.stock_models.MessageHeader`` around an aspect, if it has one.
    """

    kind: str
    reference: str
    content: Any
    header: Any = None
    findings: tuple[Finding, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Arrival:
    """A document with where it came from, for the function that applies it."""

    message_id: UUID
    sender_id: int
    document: Document
    profile: Profile


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What applying a document did: lines taken, lines held, and what is to be reported."""

    applied: int = 0
    held: int = 0
    findings: tuple[Finding, ...] = ()


Handler = Callable[[Arrival], Outcome]
"""Runs in a transaction that acts for the receiver; raises ``MessageRefused`` to undo its work."""

_handlers: dict[str, Handler] = {}


def register(kind: str, handler: Handler) -> None:
    """Let ``handler`` apply messages of ``kind``; called from an app's ``ready``."""
    if _handlers.get(kind, handler) is not handler:
        raise ValueError(f"expected one handler of {kind}, got a second")
    _handlers[kind] = handler


def unregister(kind: str) -> None:
    """Forget the handler of ``kind``, if there is one."""
    _handlers.pop(kind, None)


def handler_of(kind: str) -> Handler | None:
    """Return who applies messages of ``kind``."""
    return _handlers.get(kind)


def kinds() -> list[str]:
    """Return the kinds that somebody applies."""
    return sorted(_handlers)
