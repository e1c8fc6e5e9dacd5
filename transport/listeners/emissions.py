"""The emissions of a load are accounted once its goods are there."""

from collections.abc import Iterable
from uuid import UUID

from django.utils import timezone

from collab.events.bus import Fact, subscribe
from transport.events import LoadChanged
from transport.models import LoadState
from transport.services.emissions import account_load

DRIVEN = frozenset({LoadState.PROOF_OF_DELIVERY.value, LoadState.SETTLED.value})


def follow_load(event: LoadChanged) -> Iterable[Fact]:
    """Account a load that was delivered; a later change of its facts accounts it again."""
    if event.state in DRIVEN:
        account_load(UUID(event.load_id), as_of=timezone.now())
    return ()


subscribe(LoadChanged, follow_load)
