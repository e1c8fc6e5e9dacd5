"""Loads are held against risk areas whenever either of them changes."""

from collections.abc import Iterable
from uuid import UUID

from django.utils import timezone

from collab.events.bus import Fact, subscribe
from transport.events import LoadChanged, LoadFollowed, RiskAreasChanged
from transport.services.risk_watch import watch_areas


def watch_load(event: LoadChanged) -> Iterable[Fact]:
    """Hold a load against the areas: its plan or state has changed."""
    watch_areas([UUID(event.load_id)], as_of=timezone.now())
    return ()


def watch_vehicle(event: LoadFollowed) -> Iterable[Fact]:
    """Hold a load against the areas: its vehicle was seen."""
    watch_areas([UUID(event.load_id)], as_of=timezone.now())
    return ()


def watch_all(_event: RiskAreasChanged) -> Iterable[Fact]:
    """Hold every load against the areas, which are not what they were."""
    watch_areas(as_of=timezone.now())
    return ()


subscribe(LoadChanged, watch_load)
subscribe(LoadFollowed, watch_vehicle)
subscribe(RiskAreasChanged, watch_all)
