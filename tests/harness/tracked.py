"""Tracking events as a source would send them."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

from collab.integration.epcis.hashing import event_hash
from collab.integration.epcis.model import Quantity, TrackingFacts
from collab.integration.epcis.traits import traits_of
from collab.integration.epcis.write import event_body
from collab.masterdata.models import Part
from collab.masterdata.rules.part_numbers import compare_key
from collab.organisations.models import Site
from inventory.services.tracking import EventRow

NOW = datetime.now(UTC).replace(microsecond=0)
PALLET = "https://id.gs1.org/00/106141412345678908"
OTHER_PALLET = "https://id.gs1.org/00/106141412345678915"
BOXES = tuple(f"https://id.gs1.org/01/09521321000018/21/{serial}" for serial in range(1, 6))
LOT = "https://id.gs1.org/01/09521321000018/10/L7"
GLN = "9521321000018"
DOOR = f"https://id.gs1.org/414/{GLN}"
ELSEWHERE = "https://id.gs1.org/414/9521321000025"


def event(minutes: float = 0, **said: Any) -> EventRow:
    """Return an event that happened so many minutes after ``NOW`` less a day."""
    at = NOW - timedelta(days=1) + timedelta(minutes=minutes)
    facts = TrackingFacts(
        **{
            "kind": "ObjectEvent",
            "action": "OBSERVE",
            "offset": "+01:00",
            "happened_at": at,
            "read_point": DOOR,
            **said,
        }
    )
    named = event_hash(facts)
    return EventRow(
        facts=facts,
        event_id=facts.event_id or named,
        event_hash=named,
        body=event_body(facts),
        traits=traits_of(facts),
    )


def packing(minutes: float, action: str, *boxes: str, parent: str = PALLET) -> EventRow:
    """Return an event that puts boxes on a pallet, or takes them off."""
    return event(
        minutes, kind="AggregationEvent", action=action, parent_id=parent, child_epcs=boxes
    )


def moved(minutes: float, step: str, amount: int | str) -> EventRow:
    """Return an event at which so many pieces of a lot come or go."""
    return event(minutes, biz_step=step, quantities=(Quantity(LOT, Decimal(amount)),))


def place_and_part() -> tuple[Site, Part]:
    """Give the acting organisation's site the GLN of the door, and a part the GTIN of the boxes."""
    site = Site.objects.get()
    site.gln = GLN
    site.save()
    part = Part.objects.create(
        number="T-1", compare_key=compare_key("T-1"), name="Loom", gtin="09521321000018"
    )
    return site, part
