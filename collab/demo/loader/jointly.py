"""What partners run together: bands, consumption that is split, and figures asked of each other."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from decimal import Decimal

from collab.demo.facts import DemoSupply
from collab.demo.loader.directory import Directory
from collab.demo.network import DemoNetwork
from collab.organisations.clock import own_day
from collab.organisations.context import acting_for, acting_organisation_id
from collab.organisations.models import Organisation
from inventory.models import PartnerRefresh, StockKind, StockPosition, VmiBand
from inventory.services.multi_sourcing import Shared, agree_shares, consume
from inventory.services.refresh_night import active_partners, refresh_figures
from inventory.services.refreshes import Wanted, start_refresh
from inventory.services.vmi import BandInput, agree_band, plan_receipts

CUSTOMER, MAKER = "avalon", "brasov"
WHO_ASKS_WHOM = (CUSTOMER, MAKER, 4), (CUSTOMER, "porto", 2), (MAKER, "silesia", 2)
BANDS, CONSUMED, PLANNED_DAYS = 3, 1, 57
WHOLE = Decimal(100)
ASKED, NIGHT, BETWEEN = timedelta(hours=20), timedelta(hours=8), timedelta(minutes=20)
KINDS = (
    PartnerRefresh.Kind.STOCK,
    PartnerRefresh.Kind.OUTPUT,
    PartnerRefresh.Kind.DELIVERIES,
    PartnerRefresh.Kind.DAYS,
)


def write(network: DemoNetwork, directory: Directory, *, as_of: datetime) -> None:
    """Agree bands, book what the line used of them, and let a night ask for figures."""
    maker = directory.organisations[MAKER]
    bought = _bought(network, CUSTOMER, MAKER)
    with acting_for(directory.organisations[CUSTOMER]):
        held = _held(list(bought), maker)
        kept = [bought[number] for number in sorted(held)[:BANDS]]
        bands = [_agree(each, maker, held[each.customer_number], as_of) for each in kept]
        _consume(kept[:CONSUMED], maker, held, as_of)
    with acting_for(maker):
        for band, supply in zip(bands, kept, strict=True):
            _plan(band, supply, as_of)
    with acting_for(directory.organisations[CUSTOMER]):  # with what is planned all stay inside
        for each in kept:
            _agree(each, maker, held[each.customer_number], as_of)
    for asker, partner, wanted in WHO_ASKS_WHOM:
        supplies = list(_bought(network, asker, partner).values())[:wanted]
        with acting_for(directory.organisations[asker]):
            _ask(supplies, directory.organisations[partner], as_of - ASKED)
    for asker in dict.fromkeys(asker for asker, _partner, _wanted in WHO_ASKS_WHOM):
        with acting_for(directory.organisations[asker]):
            for partner_id in active_partners():
                refresh_figures(partner_id, as_of=as_of - NIGHT)


def _bought(network: DemoNetwork, customer: str, supplier: str) -> dict[str, DemoSupply]:
    """Return what one buys of the other, by the customer's number."""
    return {
        each.customer_number: each
        for each in network.supplies
        if (each.customer, each.supplier) == (customer, supplier)
    }


def _held(numbers: Sequence[str], maker: Organisation) -> dict[str, Decimal]:
    """Return what the customer holds of the maker's parts, by its own number [base units]."""
    rows = StockPosition.objects.filter(
        owner_id=acting_organisation_id(),
        counterparty=maker,
        part_number__in=numbers,
        kind=StockKind.FREE,
        quantity__gt=0,
    )
    return dict(rows.values_list("part_number", "quantity"))


def _agree(supply: DemoSupply, maker: Organisation, held: Decimal, as_of: datetime) -> VmiBand:
    """Agree a band around what is there: half of it to twice as much."""
    least = (held / 2).to_integral_value()
    return agree_band(
        BandInput(
            supplier=maker.bpn,
            part_number=supply.customer_number,
            site=supply.ship_to,
            measure=VmiBand.Measure.PIECES,
            minimum=least,
            maximum=held.to_integral_value() * 2 + 1,
            signal=least + (least / 4).to_integral_value(),
            lead_days=supply.lead_time_days,
        ),
        as_of=as_of,
    )


def _plan(band: VmiBand, supply: DemoSupply, as_of: datetime) -> None:
    """Plan into a band what each coming day needs, from tomorrow on."""
    today, planned = own_day(as_of), supply.demand.planned
    needs = {
        today + timedelta(days=day): Decimal(need)
        for day, need in enumerate(planned[:PLANNED_DAYS])
        if day and need
    }
    plan_receipts(band.pk, needs, as_of=as_of)


def _consume(
    supplies: Sequence[DemoSupply],
    maker: Organisation,
    held: Mapping[str, Decimal],
    as_of: datetime,
) -> None:
    """Book what the line used of parts that the maker alone delivers."""
    for place, supply in enumerate(supplies, start=1):
        agree_shares(
            part_number=supply.customer_number,
            site=supply.ship_to,
            shares=[Shared(maker.bpn, WHOLE)],
        )
        consume(
            part_number=supply.customer_number,
            site=supply.ship_to,
            quantity=(held[supply.customer_number] / 10).to_integral_value(),
            unit=supply.unit,
            consumed_at=as_of - place * BETWEEN,
            document=f"LINE-{as_of:%m%d}-{place}",
        )


def _ask(supplies: Sequence[DemoSupply], partner: Organisation, at: datetime) -> None:
    """Want figures of a partner's parts, another kind of each."""
    for place, supply in enumerate(supplies):
        kind = KINDS[place % len(KINDS)].value
        told = Wanted(partner=partner.bpn, part_number=supply.customer_number, kind=kind)
        start_refresh(told, as_of=at)
