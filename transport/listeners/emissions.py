"""The emissions of a load are accounted once its goods are there."""

from collections.abc import Iterable
from uuid import UUID

from django.utils import timezone

from collab.events.bus import Fact, subscribe
from collab.work.services import clear_alert
from transport.events import LoadChanged
from transport.models import LoadState
from transport.services.emissions import LOAD, NO_FACTOR, NoFactor, account_load, ask_for_factor

DRIVEN = frozenset({LoadState.PROOF_OF_DELIVERY.value, LoadState.SETTLED.value})


def follow_load(event: LoadChanged) -> Iterable[Fact]:
    """Account a load that was delivered; a later change of its facts accounts it again.

    Without a factor there is no figure: the load's owner is asked to add one.
    """
    if event.state not in DRIVEN:
        return ()
    key, now = UUID(event.load_id), timezone.now()
    try:
        account_load(key, as_of=now)
    except NoFactor as missing:
        ask_for_factor(key, missing, as_of=now)
    else:
        clear_alert(type=NO_FACTOR, object_kind=LOAD, object_id=key, at=now)
    return ()


subscribe(LoadChanged, follow_load)
