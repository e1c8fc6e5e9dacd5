"""Trips that have ended teach the estimate of arrivals."""

from collections.abc import Iterable
from uuid import UUID

from collab.events.bus import Fact, subscribe
from transport.events import LoadChanged
from transport.models import LoadState
from transport.services.trip_learning import learn_trip

ENDED = frozenset({LoadState.ARRIVED, LoadState.UNLOADED, LoadState.PROOF_OF_DELIVERY})


def learn(event: LoadChanged) -> Iterable[Fact]:
    """Note an ended trip while its positions still exist."""
    if event.state in ENDED:
        learn_trip(UUID(event.load_id))
    return ()


subscribe(LoadChanged, learn)
