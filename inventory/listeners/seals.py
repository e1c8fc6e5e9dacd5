"""What follows a partner's look at a seal: the seal's owner lets it change the seal."""

from collections.abc import Iterable, Sequence
from typing import Final
from uuid import UUID

from collab.events.bus import Fact, subscribe
from collab.sharing.hear import hand_over, listen
from inventory.models import SENSOR, SealScan
from inventory.sensing.events import SealLookedAt
from inventory.services.seals import hear_scan

LISTENER: Final = "inventory.follow_seal"


def tell_of_look(event: SealLookedAt) -> Iterable[Fact]:
    """Hand a look over to the seal's owner, who sees it through a grant of readings and seals."""
    hand_over(
        UUID(event.scan_id),
        listener=LISTENER,
        topic=SENSOR,
        about_ids=[event.counterparty_id],
        rows=[UUID(event.scan_id)],
    )
    return ()


def follow_look(keys: Sequence[UUID]) -> Iterable[Fact]:
    """Let looks at one's own seals change them."""
    for scan in SealScan.objects.filter(pk__in=keys).order_by("scanned_at", "pk"):
        hear_scan(scan)
    return ()


listen(LISTENER, follow_look)
subscribe(SealLookedAt, tell_of_look)
