"""A lot through three companies of the demo: copper, cable, harness, and the cars it went into.

Each company records its own events, as its machines would; nobody sees more than it was opened.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from collab.demo.facts import DemoSupply
from collab.demo.loader.directory import Directory
from collab.demo.loader.notices import CUSTOMER, MAKER, SOURCE, supply_chain
from collab.demo.network import DemoNetwork
from collab.integration.epcis.hashing import event_hash
from collab.integration.epcis.model import (
    ADD,
    AGGREGATION,
    ASSOCIATION,
    OBJECT,
    OBSERVE,
    TRANSFORMATION,
    Quantity,
    TrackingFacts,
    Typed,
)
from collab.integration.epcis.schemes import check_digit
from collab.integration.epcis.traits import traits_of
from collab.integration.epcis.write import event_body
from collab.masterdata.models import Part
from collab.organisations.context import acting_for
from inventory.models import TrackingEvent
from inventory.services.event_ledger import log_events
from inventory.services.genealogy import follow_events
from inventory.services.tracking import EventRow, record_events

PREFIX = "0952132200"  # of the demo's trade item numbers
ROD, CABLE, HARNESS, CAR = range(4)
DAY = timedelta(days=1)
CARS_PER_LOT = 4
LINKING = (TRANSFORMATION, AGGREGATION, ASSOCIATION)
Events = list[TrackingFacts]


def write(network: DemoNetwork, directory: Directory, *, as_of: datetime) -> None:
    """Number the goods, record what was made from what, and fold all packing there is."""
    bought, sold = supply_chain(network)
    _number(directory, network, bought, sold)
    for slug, events in _events(network, directory, as_of):
        with acting_for(directory.organisations[slug]):
            rows = [_row(facts) for facts in events]
            verdicts = record_events(rows, source="epcis", received_at=as_of)
            log_events(sorted(each.event for each in verdicts if each.event is not None))
    for organisation in directory.organisations.values():
        with acting_for(organisation):
            own = TrackingEvent.objects.filter(owner=organisation, kind__in=LINKING)
            follow_events(list(own.values_list("pk", flat=True)))


def _number(
    directory: Directory, network: DemoNetwork, bought: DemoSupply, sold: DemoSupply
) -> None:
    """Give the parts of the chain their trade item numbers, the same at both ends of a supply."""
    above = {line.component: line.parent for line in network.bom if line.owner == CUSTOMER}
    programme = sold.customer_number
    while programme in above:
        programme = above[programme]
    for slug, number, place in (
        (SOURCE, bought.supplier_number, CABLE),
        (MAKER, bought.customer_number, CABLE),
        (MAKER, sold.supplier_number, HARNESS),
        (CUSTOMER, sold.customer_number, HARNESS),
        (CUSTOMER, programme, CAR),
    ):
        with acting_for(directory.organisations[slug]):
            Part.objects.filter(pk=directory.parts[slug, number]).update(gtin=_gtin(place))


@dataclass(frozen=True, slots=True)
class _Teller:
    """Makes the events of one company at one site about its business with another."""

    link: str
    parties: Mapping[str, Any]
    day: datetime

    def said(self, days_ago: int, **facts: Any) -> TrackingFacts:
        """Return an event so many days ago at six in the morning."""
        told: dict[str, Any] = {
            "kind": OBJECT, "action": OBSERVE, "offset": "+00:00", "read_point": self.link,
            "biz_location": self.link, "happened_at": self.day - days_ago * DAY, **self.parties,
        }  # fmt: skip
        return TrackingFacts(**(told | facts))

    def moved(self, days_ago: int, step: str, lots: Sequence[str], each: Quantity) -> Events:
        """Return the shipping or receiving of lots, as much of each."""
        return [
            self.said(days_ago + number, biz_step=step, quantities=(replace(each, epc_class=lot),))
            for number, lot in enumerate(lots)
        ]

    def made(self, days_ago: int, used: str, lots: Sequence[str], each: Quantity) -> TrackingFacts:
        """Return how 400 kg of one lot became others, as much of each."""
        return self.said(
            days_ago,
            kind=TRANSFORMATION,
            action="",
            biz_step="commissioning",
            input_quantities=(Quantity(used, Decimal(400), "KGM"),),
            output_quantities=tuple(replace(each, epc_class=lot) for lot in lots),
        )

    def built_in(self, days_ago: int, lot: str, car: str) -> TrackingFacts:
        """Return how a piece of a lot went into a car."""
        return self.said(
            days_ago,
            kind=ASSOCIATION,
            action=ADD,
            biz_step="assembling",
            parent_id=car,
            child_quantities=(Quantity(lot, Decimal(1), "H87"),),
        )


def _events(
    network: DemoNetwork, directory: Directory, as_of: datetime
) -> Iterator[tuple[str, Events]]:
    """Yield each company's events, first the copper's."""
    bought, sold = supply_chain(network)
    glns = {(one.slug, site.code): site.gln for one in network.organisations for site in one.sites}
    day = as_of.replace(hour=6, minute=0, second=0, microsecond=0)

    def teller(slug: str, site: str, other: str) -> _Teller:
        own, partner = (directory.organisations[each].bpn for each in (slug, other))
        parties = {
            "sources": (Typed("owning_party", f"urn:bpn:{own}"),),
            "destinations": (Typed("owning_party", f"urn:bpn:{partner}"),),
        }
        return _Teller(f"https://id.gs1.org/414/{glns[slug, site]}", parties, day)

    weight, pieces = Quantity("", Decimal(400), "KGM"), Quantity("", Decimal(40), "H87")
    cables, harnesses = _lots(CABLE, "W47", 2), _lots(HARNESS, "H", 4)
    drawn = teller(SOURCE, bought.ship_from, MAKER)
    yield (
        SOURCE,
        [
            drawn.made(18, _lot(ROD, "CU-0931"), cables, weight),
            *drawn.moved(15, "shipping", cables, weight),
        ],
    )
    sewn = teller(MAKER, sold.ship_from, CUSTOMER)
    yield (
        MAKER,
        [
            *teller(MAKER, bought.ship_to, SOURCE).moved(13, "receiving", cables, weight),
            sewn.made(12, cables[0], harnesses[:2], pieces),
            sewn.made(11, cables[1], harnesses[2:], pieces),
            *sewn.moved(7, "shipping", harnesses[:3], pieces),
        ],
    )
    plant = teller(CUSTOMER, sold.ship_to, MAKER)
    fitted = [
        plant.built_in(2, lot, car)
        for place, lot in enumerate(harnesses[:2])
        for car in _cars(place)
    ]
    yield CUSTOMER, [*plant.moved(4, "receiving", harnesses[:3], pieces), *fitted]


def _row(facts: TrackingFacts) -> EventRow:
    named = event_hash(facts)
    return EventRow(
        facts=facts,
        event_id=named,
        event_hash=named,
        body=event_body(facts),
        traits=traits_of(facts),
    )


def _gtin(place: int) -> str:
    digits = f"{PREFIX}{place:03d}"
    return f"{digits}{check_digit(digits)}"


def _lot(place: int, name: str) -> str:
    return f"https://id.gs1.org/01/{_gtin(place)}/10/{name}"


def _lots(place: int, name: str, count: int) -> list[str]:
    return [_lot(place, f"{name}-{number:02d}") for number in range(1, count + 1)]


def _cars(place: int) -> list[str]:
    first = 70_100 + place * CARS_PER_LOT
    return [
        f"https://id.gs1.org/01/{_gtin(CAR)}/21/X{number}"
        for number in range(first, first + CARS_PER_LOT)
    ]
