"""What master data tells the others; fields are plain JSON values."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

from collab.events.bus import Touch, declare


class Silent:
    """Master data changes no live row on screens; its readers ask for it when they need it."""

    def touches(self) -> Sequence[Touch]:
        return ()


@declare
@dataclass(frozen=True, kw_only=True)
class PartChanged(Silent):
    """A part was created, updated, retired or brought back."""

    version: ClassVar[int] = 1

    part_id: str
    number: str
    change: str  # created, updated, retired, reactivated


@declare
@dataclass(frozen=True, kw_only=True)
class PartAliasChanged(Silent):
    """A partner's number for a part was created, updated or removed."""

    version: ClassVar[int] = 1

    alias_id: str
    part_id: str
    partner_id: int
    partner_number: str
    change: str


@declare
@dataclass(frozen=True, kw_only=True)
class BillOfMaterialChanged(Silent):
    """Lines of the bill of material of one parent were created, updated or removed."""

    version: ClassVar[int] = 1

    parent_id: str
    component_id: str
    change: str


@declare
@dataclass(frozen=True, kw_only=True)
class PackagingChanged(Silent):
    """How a part is packed was created, updated or removed."""

    version: ClassVar[int] = 1

    packaging_id: str
    part_id: str
    change: str


@declare
@dataclass(frozen=True, kw_only=True)
class CalendarChanged(Silent):
    """A working calendar or its exceptions were created, updated or removed."""

    version: ClassVar[int] = 1

    calendar_id: str
    change: str
