"""What customers of the demo took in: plant stock, receipts, consumption, one scrapped box."""

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from decimal import Decimal
from itertools import islice

from collab.demo.facts import DemoSupply
from collab.demo.loader.directory import Directory
from collab.demo.network import DemoNetwork
from collab.organisations.context import acting_for
from collab.organisations.models import Organisation
from inventory.models import SourceGrade
from inventory.models.words import Stage
from inventory.services.cumulative import refresh_standings
from inventory.services.movements import record_movement
from inventory.services.receipt_lines import StatedLine
from inventory.services.receipts import Delivery, record_receipt
from inventory.services.reports import Report, record_many
from transport.models import AdviceLine, DispatchAdvice

STORY = ("avalon", "brasov"), ("brasov", "silesia")
PLANT_PARTS = 6  # of each customer of the story that are followed at its plant
COVER_DAYS = 9  # of plant stock, so that nobody is alarmed
DAY, HALF_AN_HOUR = timedelta(days=1), timedelta(minutes=30)
RECEIVED = ("received", "discrepancy")


def write(network: DemoNetwork, directory: Directory, *, as_of: datetime) -> None:
    """Let customers count their plants, take deliveries in, and use what they have."""
    for customer, supplier in STORY:
        supplies = _supplies(network, directory, customer, supplier)
        with acting_for(directory.organisations[customer]):
            _count(supplies, directory, as_of - 5 * DAY)
    taken = [*_receive(directory)]
    for customer, supplier in _delivered(network, directory):
        supplies = _supplies(network, directory, customer, supplier)
        with acting_for(directory.organisations[customer]):
            _count(supplies, directory, as_of - HALF_AN_HOUR)
    for customer, supplier in STORY:
        supplies = _supplies(network, directory, customer, supplier)
        with acting_for(directory.organisations[customer]):
            _use(supplies, directory, as_of)
    for receiver, sender, numbers in taken:
        with acting_for(receiver):
            refresh_standings(sender.pk, numbers, as_of=as_of)


def _delivered(network: DemoNetwork, directory: Directory) -> list[tuple[str, str]]:
    """Return the other pairs whose goods have arrived: they have counted their plants since."""
    slugs = {each.pk: slug for slug, each in directory.organisations.items()}
    pairs: list[tuple[str, str]] = []
    for customer in dict.fromkeys(each.customer for each in network.supplies):
        with acting_for(directory.organisations[customer]):
            rows = DispatchAdvice.objects.filter(
                counterparty=directory.organisations[customer], state__in=RECEIVED
            )
            senders = rows.order_by("owner_id").values_list("owner_id", flat=True).distinct()
            pairs += [(customer, slugs[sender]) for sender in senders]
    return [pair for pair in pairs if pair not in STORY]


def _supplies(
    network: DemoNetwork, directory: Directory, customer: str, supplier: str
) -> Sequence[DemoSupply]:
    """Return the parts that are followed at the plant: those that were sent come first."""
    with acting_for(directory.organisations[supplier]):
        sent = set(AdviceLine.objects.values_list("part_number", flat=True))
    found = {
        each.customer_number: each
        for each in network.supplies
        if (each.customer, each.supplier) == (customer, supplier)
    }
    ordered = sorted(found.values(), key=lambda each: (each.customer_number not in sent,
                                                       each.customer_number))  # fmt: skip
    return [*islice(ordered, PLANT_PARTS)]


def _count(supplies: Sequence[DemoSupply], directory: Directory, counted_at: datetime) -> None:
    """Count the plant: about as much as the coming days and the days since will use."""
    record_many(
        [
            Report(
                counterparty=directory.organisations[supply.supplier].bpn,
                part_number=supply.customer_number,
                site=supply.ship_to,
                quantity=sum(supply.demand.planned[:COVER_DAYS]) + 5 * _daily(supply),
                unit=supply.unit,
                counted_at=counted_at,
                stage=Stage.PLANT.value,
            )
            for supply in supplies
        ],
        as_of=counted_at,
    )


def _receive(directory: Directory) -> Iterable[tuple[Organisation, Organisation, set[str]]]:
    """Take in what advices say has arrived; yield customer, supplier and parts of every advice."""
    pairs: dict[tuple[int, int], set[str]] = {}
    by_key = {each.pk: each for each in directory.organisations.values()}
    for customer in directory.organisations.values():
        with acting_for(customer):
            rows = list(
                DispatchAdvice.objects.filter(counterparty=customer).order_by("despatched_at")
            )
            for advice in rows:
                lines = list(AdviceLine.objects.filter(advice_id=advice.pk).order_by("position"))
                numbers = pairs.setdefault((customer.pk, advice.owner_id), set())
                numbers.update(line.part_number for line in lines)
                if advice.state in RECEIVED:
                    record_receipt(_delivery(advice, lines, by_key[advice.owner_id]))
    for (customer_id, supplier_id), numbers in pairs.items():
        yield by_key[customer_id], by_key[supplier_id], numbers


def _delivery(
    advice: DispatchAdvice, lines: Sequence[AdviceLine], supplier: Organisation
) -> Delivery:
    assert advice.received_at is not None
    return Delivery(
        supplier=supplier.bpn,
        advice=advice.pk,
        received_at=advice.received_at,
        lines=[
            StatedLine(position=line.position, received=line.received or Decimal(0))
            for line in lines
        ],
        sender_key=f"demo:{advice.pk}",
        source_grade=SourceGrade.SCANNED.value,
    )


def _use(supplies: Sequence[DemoSupply], directory: Directory, as_of: datetime) -> None:
    """Book three days of consumption, and one box that fell."""
    for place, supply in enumerate(supplies):
        partner = directory.organisations[supply.supplier].bpn
        told = {
            "counterparty": partner,
            "part_number": supply.customer_number,
            "site": supply.ship_to,
            "unit": supply.unit,
        }
        for day in (3, 2, 1):
            record_movement(
                **told,
                kind="issue",
                quantity=_daily(supply),
                moved_at=as_of - day * DAY,
                document=f"LINE-{as_of - day * DAY:%y%m%d}",
            )
        if place == 0:
            record_movement(
                **told,
                kind="scrap",
                quantity=2,
                moved_at=as_of - timedelta(hours=7),
                reason="fell from the forklift",
            )


def _daily(supply: DemoSupply) -> Decimal:
    """Return what a day uses [whole units], at least one."""
    planned = supply.demand.planned[:28]
    return Decimal(max(1, round(sum(planned) / max(1, len(planned)))))
