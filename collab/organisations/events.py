"""What changed about an organisation's own people, machines and sites."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

from collab.events.bus import Touch, declare


@declare
@dataclass(frozen=True, slots=True, kw_only=True)
class OrganisationFounded:
    """An organisation joined the network."""

    version: ClassVar[int] = 1
    bpn: str

    def touches(self) -> Sequence[Touch]:
        return []


@declare
@dataclass(frozen=True, slots=True, kw_only=True)
class MemberInvited:
    """A person was given a role in the organisation; a mail tells how to sign in."""

    version: ClassVar[int] = 1
    membership_id: str
    is_new_person: bool

    def touches(self) -> Sequence[Touch]:
        return []


@declare
@dataclass(frozen=True, slots=True, kw_only=True)
class MemberChanged:
    """A member's role changed, or the membership ended."""

    version: ClassVar[int] = 1
    membership_id: str
    role: str
    is_active: bool

    def touches(self) -> Sequence[Touch]:
        return []


@declare
@dataclass(frozen=True, slots=True, kw_only=True)
class ApiKeyIssued:
    """A client got a key; only its first characters are told."""

    version: ClassVar[int] = 1
    client_id: str
    prefix: str

    def touches(self) -> Sequence[Touch]:
        return []


@declare
@dataclass(frozen=True, slots=True, kw_only=True)
class ApiKeyRevoked:
    """A client's key stopped working."""

    version: ClassVar[int] = 1
    client_id: str
    prefix: str

    def touches(self) -> Sequence[Touch]:
        return []


@declare
@dataclass(frozen=True, slots=True, kw_only=True)
class SiteChanged:
    """A site was added, changed or removed."""

    version: ClassVar[int] = 1
    site_id: str
    code: str

    def touches(self) -> Sequence[Touch]:
        return []
