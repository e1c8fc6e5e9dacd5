"""What changed between two organisations: partnerships and sharing agreements."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

from collab.events.bus import Touch, declare


@declare
@dataclass(frozen=True, slots=True, kw_only=True)
class PartnershipInvited:
    """An organisation asked another one to do business over this platform."""

    version: ClassVar[int] = 1
    partnership_id: str

    def touches(self) -> Sequence[Touch]:
        return []


@declare
@dataclass(frozen=True, slots=True, kw_only=True)
class PartnershipChanged:
    """A partnership was accepted, suspended, resumed or ended."""

    version: ClassVar[int] = 1
    partnership_id: str
    state: str

    def touches(self) -> Sequence[Touch]:
        return []


@declare
@dataclass(frozen=True, slots=True, kw_only=True)
class GrantGiven:
    """An owner lets a viewer read a topic, as soon as the third party it is about consents."""

    version: ClassVar[int] = 1
    grant_id: str
    topic: str

    def touches(self) -> Sequence[Touch]:
        return []


@declare
@dataclass(frozen=True, slots=True, kw_only=True)
class GrantConsented:
    """The third party that a grant is about agreed to it."""

    version: ClassVar[int] = 1
    grant_id: str
    topic: str

    def touches(self) -> Sequence[Touch]:
        return []


@declare
@dataclass(frozen=True, slots=True, kw_only=True)
class GrantRevoked:
    """A grant ended: taken back by its owner, or its consent by the third party."""

    version: ClassVar[int] = 1
    grant_id: str
    topic: str

    def touches(self) -> Sequence[Touch]:
        return []
