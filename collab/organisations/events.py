"""What changed about an organisation's own people, machines and sites."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

from collab.events.bus import Touch, declare


class _Unseen:
    """An event that moves no row of a live screen: it is kept, audited and told to machines."""

    __slots__ = ()

    def touches(self) -> Sequence[Touch]:
        """Return nothing."""
        return []


@declare
@dataclass(frozen=True, slots=True, kw_only=True)
class OrganisationFounded(_Unseen):
    """An organisation joined the network."""

    version: ClassVar[int] = 1
    bpn: str


@declare
@dataclass(frozen=True, slots=True, kw_only=True)
class MemberInvited(_Unseen):
    """A person was given a role in the organisation; a mail tells how to sign in."""

    version: ClassVar[int] = 1
    membership_id: str
    is_new_person: bool


@declare
@dataclass(frozen=True, slots=True, kw_only=True)
class MemberChanged(_Unseen):
    """A member's role changed, or the membership ended."""

    version: ClassVar[int] = 1
    membership_id: str
    role: str
    is_active: bool


@declare
@dataclass(frozen=True, slots=True, kw_only=True)
class ApiKeyIssued(_Unseen):
    """A client got a key; only its first characters are told."""

    version: ClassVar[int] = 1
    client_id: str
    prefix: str


@declare
@dataclass(frozen=True, slots=True, kw_only=True)
class ApiKeyRevoked(_Unseen):
    """A client's key stopped working."""

    version: ClassVar[int] = 1
    client_id: str
    prefix: str


@declare
@dataclass(frozen=True, slots=True, kw_only=True)
class SiteChanged(_Unseen):
    """A site was added, changed or removed."""

    version: ClassVar[int] = 1
    site_id: str
    code: str
