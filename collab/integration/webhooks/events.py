"""What deliveries tell the others."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar
from uuid import UUID

from collab.events.bus import Touch, declare

WEBHOOK_TOPIC = "integration.webhooks"


@declare
@dataclass(frozen=True, slots=True, kw_only=True)
class DeliveryTried:
    """A try to deliver came to an end; ``state`` is that of the delivery since."""

    version: ClassVar[int] = 1
    attempt_id: str
    delivery_id: str
    state: str

    def touches(self) -> Sequence[Touch]:
        """Return the delivery."""
        return [Touch(WEBHOOK_TOPIC, UUID(self.delivery_id))]
