"""What the middleware adds to a request, for type checkers and readers."""

from dataclasses import dataclass
from uuid import UUID

from django.http import HttpRequest

from collab.organisations.context import Acting
from collab.organisations.models import Membership, Organisation


@dataclass(frozen=True, slots=True)
class Machine:
    """The ``user`` of a request that came with a key or token."""

    client_id: UUID
    name: str
    is_authenticated: bool = True
    is_active: bool = True


class ActingRequest(HttpRequest):
    """A request inside ``acting_for``: pages always, REST views after authentication."""

    acting: Acting
    organisation: Organisation
    membership: Membership | None
    machine: Machine | None
