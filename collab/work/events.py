"""What the work app tells the others about alerts."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar
from uuid import UUID

from collab.events.bus import Touch, declare

TOPIC = "work.exceptions"


@dataclass(frozen=True, slots=True, kw_only=True)
class _OfCause:
    """A change of the cause itself: everybody follows whom a grant lets see the alert."""

    alert_id: str
    counterparty_id: int
    type: str

    def touches(self) -> Sequence[Touch]:
        """Return the alert's row."""
        return [Touch(TOPIC, UUID(self.alert_id), self.counterparty_id)]


@declare
@dataclass(frozen=True, slots=True, kw_only=True)
class AlertRaised(_OfCause):
    """A cause for concern appeared, or came back."""

    version: ClassVar[int] = 1
    severity: str


@declare
@dataclass(frozen=True, slots=True, kw_only=True)
class AlertUpdated(_OfCause):
    """A known cause changed: worse, better, or seen again with other figures."""

    version: ClassVar[int] = 1
    severity: str


@declare
@dataclass(frozen=True, slots=True, kw_only=True)
class AlertCleared(_OfCause):
    """The cause is gone; the alert closed itself."""

    version: ClassVar[int] = 1


@declare
@dataclass(frozen=True, slots=True, kw_only=True)
class AlertHandled:
    """Somebody of the acting organisation took a step; only that organisation's screens follow."""

    version: ClassVar[int] = 1
    alert_id: str
    organisation_id: int
    action: str
    state: str

    def touches(self) -> Sequence[Touch]:
        """Return the alert's row; no grant is about its owner, so nobody else is addressed."""
        return [Touch(TOPIC, UUID(self.alert_id), self.organisation_id)]
