"""What readers of the demo saw of every delivery: packed, shipped, over the hub, received.

Each company hands its events in as one EPCIS document, as its scanners would.
"""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from decimal import Decimal

from collab.demo.loader.directory import Directory
from collab.demo.network import DemoNetwork
from collab.integration.epcis.contexts import STANDARD_URL
from collab.integration.epcis.model import (
    ADD,
    AGGREGATION,
    OBJECT,
    OBSERVE,
    Quantity,
    TrackingFacts,
    Typed,
)
from collab.integration.epcis.read import encode, read_document
from collab.integration.epcis.write import event_body
from collab.organisations.context import acting_for
from inventory.models import CaptureJob, ReadPoint, TrackingEvent
from inventory.rules.unit_names import thing_of
from inventory.services.captures import capture
from inventory.services.event_ledger import log_events
from inventory.services.expected_units import judge_overdue
from inventory.services.read_points import ReadPointPlan, keep_read_point
from transport.models import DispatchAdvice, HandlingUnit
from transport.queries.ways import Halt, ways_of

GLN_LINK = "https://id.gs1.org/414/"
UNLISTED_GATE = f"{GLN_LINK}9521321000018/254/GATE-7"
UNLISTED_PRODUCT = "https://id.gs1.org/01/09521321000011"
MINUTE, HOUR = timedelta(minutes=1), timedelta(hours=1)
PACKING, WAITING = 2 * HOUR, 20 * MINUTE
IN, OUT = "IN1", "OUT1"
GATES = (
    (IN, "Goods in", "receiving", ReadPoint.Direction.IN),
    (OUT, "Goods out", "shipping", ReadPoint.Direction.OUT),
)
Told = dict[str, list[TrackingFacts]]
"""Events by the BPN of whoever recorded them."""


@dataclass(frozen=True, slots=True)
class _Delivery:
    """An advice with the things of its packs, inner by outer, and where it changed trucks."""

    advice: DispatchAdvice
    packs: dict[str, list[str]]
    hubs: Sequence[Halt] = ()

    @property
    def outer(self) -> tuple[str, ...]:
        return tuple(self.packs)


def write(network: DemoNetwork, directory: Directory, *, as_of: datetime) -> None:
    """Let everybody read what passed, log it, and look for what passed unread."""
    glns = {
        f"{directory.organisations[each.slug].bpn}/{site.code}": site.gln
        for each in network.organisations
        for site in each.sites
    }
    told: Told = defaultdict(list)
    for delivery in _deliveries(directory):
        for code, facts in _seen(delivery, glns):
            if facts.happened_at < as_of:
                told[code.partition("/")[0]].append(facts)
    for organisation in directory.organisations.values():
        if found := told.get(organisation.bpn):
            with acting_for(organisation):
                _hand_in(found, organisation.bpn, glns)
    customer = directory.organisations["avalon"]
    with acting_for(customer):
        _hand_in(_unmapped(told[customer.bpn]), customer.bpn, glns)
        judge_overdue(as_of=as_of)


def _deliveries(directory: Directory) -> Iterator[_Delivery]:
    """Yield every advice, those of a customer's own shipments with the places between."""
    by_key = {each.pk: each for each in directory.organisations.values()}
    for supplier in directory.organisations.values():
        with acting_for(supplier):
            advices = list(DispatchAdvice.objects.filter(owner=supplier).order_by("despatched_at"))
            units = list(
                HandlingUnit.objects.filter(advice__in=advices, owner=supplier)
                .order_by("position")
                .values_list("advice_id", "pk", "parent_id", "licence_plate")
            )
        names = {key: thing_of(plate) for _advice, key, _parent, plate in units}
        packs: dict[object, dict[str, list[str]]] = defaultdict(dict)
        for advice_id, key, parent, _plate in units:
            inner = packs[advice_id].setdefault(names[parent or key], [])
            if parent:
                inner.append(names[key])
        for advice in advices:
            with acting_for(by_key[advice.counterparty_id]):
                ways = ways_of([advice.shipment_id]) if advice.shipment_id else {}
            between = [halt for way in ways.values() for halt in way[1:-1]]
            yield _Delivery(advice, packs[advice.pk], between)


def _seen(delivery: _Delivery, glns: dict[str, str]) -> Iterator[tuple[str, TrackingFacts]]:
    """Yield where each event was read, and the event; the first pack passed the hub unread."""
    advice = delivery.advice
    sender, receiver = advice.ship_from["code"], advice.ship_to["code"]
    if sender not in glns or receiver not in glns:
        return
    shared = TrackingFacts(
        kind=OBJECT,
        action=OBSERVE,
        happened_at=advice.despatched_at,
        offset="+00:00",
        epcs=delivery.outer,
        disposition="in_transit",
        biz_transactions=(Typed("desadv", f"urn:x-advice:{advice.number}"),),
        sources=(Typed("owning_party", f"urn:bpn:{sender.partition('/')[0]}"),),
        destinations=(Typed("owning_party", f"urn:bpn:{receiver.partition('/')[0]}"),),
    )
    yield from _packed(delivery, shared, glns[sender])
    yield sender, replace(shared, biz_step="shipping", read_point=_gate(glns[sender], OUT))
    for halt in delivery.hubs:
        if halt.code not in glns or halt.departed_at is None:
            continue
        told = replace(shared, epcs=delivery.outer[1:], sources=())
        for step, gate, at in (
            ("arriving", IN, halt.expected_at),
            ("departing", OUT, halt.departed_at - WAITING),
        ):
            place = _gate(glns[halt.code], gate)
            yield halt.code, replace(told, biz_step=step, read_point=place, happened_at=at)
    if advice.received_at is not None:
        place, home = _gate(glns[receiver], IN), f"{GLN_LINK}{glns[receiver]}"
        arrived = replace(shared, read_point=place, happened_at=advice.received_at - WAITING)
        yield receiver, replace(arrived, biz_step="arriving")
        yield (
            receiver,
            replace(
                arrived,
                biz_step="receiving",
                disposition="in_progress",
                biz_location=home,
                happened_at=advice.received_at,
            ),
        )


def _packed(
    delivery: _Delivery, shared: TrackingFacts, gln: str
) -> Iterator[tuple[str, TrackingFacts]]:
    """Yield the packing of each pallet that holds boxes, one after another."""
    full = [(outer, inner) for outer, inner in delivery.packs.items() if inner]
    for place, (outer, inner) in enumerate(full):
        at = shared.happened_at - PACKING + place * PACKING / (2 * len(full))
        yield (
            delivery.advice.ship_from["code"],
            replace(
                shared,
                kind=AGGREGATION,
                action=ADD,
                happened_at=at,
                epcs=(),
                parent_id=outer,
                child_epcs=tuple(inner),
                biz_step="packing",
                disposition="in_progress",
                read_point=f"{GLN_LINK}{gln}",
            ),
        )


def _unmapped(seen: Sequence[TrackingFacts]) -> list[TrackingFacts]:
    """Return a read at a gate that nobody has listed, and a product that nobody knows."""
    received = next((each for each in seen if each.biz_step == "receiving"), None)
    if received is None:
        return []
    later = replace(received, biz_location="", biz_transactions=(), disposition="")
    return [
        replace(
            later,
            epcs=received.epcs[:1],
            biz_step="inspecting",
            read_point=UNLISTED_GATE,
            happened_at=received.happened_at + 10 * MINUTE,
        ),
        replace(
            later,
            epcs=(),
            quantities=(Quantity(UNLISTED_PRODUCT, Decimal(24)),),
            biz_step="receiving",
            happened_at=received.happened_at + 15 * MINUTE,
        ),
    ]


def _hand_in(told: Sequence[TrackingFacts], bpn: str, glns: dict[str, str]) -> None:
    """List the gates of the acting organisation, capture its events, put them into its ledger.

    The ledger is signed by the errand that appending leaves, once the network is committed.
    """
    if not told:
        return
    _list_gates(bpn, glns)
    ordered = sorted(told, key=lambda each: each.happened_at)
    body = {
        "@context": [STANDARD_URL],
        "type": "EPCISDocument",
        "schemaVersion": "2.0",
        "creationDate": ordered[-1].happened_at.isoformat(),
        "epcisBody": {"eventList": [event_body(each) for each in ordered]},
    }
    raw = encode(body)
    capture(raw, read_document(body), behaviour=CaptureJob.Behaviour.PROCEED.value)
    log_events(list(TrackingEvent.objects.order_by("pk").values_list("pk", flat=True)))


def _list_gates(bpn: str, glns: dict[str, str]) -> None:
    known = set(ReadPoint.objects.values_list("identifier", flat=True))
    for code, gln in glns.items():
        owner, _slash, site = code.partition("/")
        if owner != bpn:
            continue
        for gate, name, step, direction in GATES:
            if (identifier := _gate(gln, gate)) not in known:
                keep_read_point(
                    ReadPointPlan(
                        identifier=identifier,
                        name=f"{site} {name}",
                        site=site,
                        biz_step=step,
                        direction=direction.value,
                    )
                )


def _gate(gln: str, gate: str) -> str:
    return f"{GLN_LINK}{gln}/254/{gate}"
