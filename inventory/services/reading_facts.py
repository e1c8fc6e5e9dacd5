"""A reading that was just taken, as what follows from it needs it."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from inventory.models import Device, DeviceAttachment


@dataclass(frozen=True, slots=True)
class Fresh:
    """A reading with its key, which sorts by time, its device, and the unit it rode on then.

    ``past`` is what the device was attached to when it measured, where it no longer is.
    """

    key: UUID
    device: Device
    metric: str
    number: float | None
    text: str
    unit: str
    sensed_at: datetime
    thing: str
    past: DeviceAttachment | None = None
