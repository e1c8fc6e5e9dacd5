"""Stock on its way through the stages: consigned at the line, and waiting at the cross-dock."""

from datetime import datetime, timedelta
from decimal import Decimal

from collab.demo.facts import DemoSupply
from collab.demo.loader.directory import Directory
from collab.demo.network import DemoNetwork
from collab.masterdata.services.aliases import create_alias
from collab.masterdata.services.parts import create_part
from collab.organisations.clock import own_day
from collab.organisations.context import acting_for, acting_organisation_id
from collab.organisations.models import Organisation
from inventory.models import SourceGrade, StockKind, StockPosition
from inventory.models.words import Stage
from inventory.services.reports import Report, record_stock_count

CUSTOMER, MAKER, HUB, DOCK = "avalon", "brasov", "rhine", "DUI"
RIVALS = (MAKER, "porto")  # they deliver without a halt
AT_THE_LINE, AT_THE_DOCK = 4, 3
COUNTED = timedelta(minutes=40)
LINE_DAYS, DOCK_DAYS = 2, 3


def write(network: DemoNetwork, directory: Directory, *, as_of: datetime) -> None:
    """Let the car maker scan its line side and the cross-dock count what it keeps for it."""
    bought = [each for each in network.supplies if each.customer == CUSTOMER]
    customer, maker = directory.organisations[CUSTOMER], directory.organisations[MAKER]
    with acting_for(customer):
        held = _at_the_plant(maker)
        followed = [each for each in bought if (each.supplier, each.customer_number) in held]
        for supply in followed[:AT_THE_LINE]:
            record_stock_count(_line(supply, maker.bpn, as_of), as_of=as_of)
    others = {each.supplier: each for each in bought if each.supplier not in RIVALS}
    with acting_for(directory.organisations[HUB]):
        for supply in [*others.values()][:AT_THE_DOCK]:
            part = create_part(
                number=supply.customer_number, name=supply.name, base_unit=supply.unit
            )
            create_alias(
                part=part,
                partner=customer,
                partner_number=supply.customer_number,
                valid_from=own_day(as_of),
            )
            record_stock_count(_dock(supply, customer.bpn, as_of), as_of=as_of)


def _at_the_plant(maker: Organisation) -> set[tuple[str, str]]:
    """Return supplier and own number of the parts of a maker that the acting side has counted."""
    rows = StockPosition.objects.filter(
        owner_id=acting_organisation_id(), counterparty=maker, kind=StockKind.FREE
    )
    return {(MAKER, number) for number in rows.values_list("part_number", flat=True)}


def _line(supply: DemoSupply, maker: str, as_of: datetime) -> Report:
    """Return what the maker keeps at the line on consignment: two days' need."""
    return Report(
        counterparty=maker,
        part_number=supply.customer_number,
        site=supply.ship_to,
        quantity=_need(supply, LINE_DAYS),
        unit=supply.unit,
        counted_at=as_of - COUNTED,
        kind=StockKind.CONSIGNED.value,
        stage=Stage.LINE_SIDE.value,
        source_grade=SourceGrade.SCANNED.value,
    )


def _dock(supply: DemoSupply, customer: str, as_of: datetime) -> Report:
    """Return what waits at the cross-dock for the customer: three days' need."""
    return Report(
        counterparty=customer,
        part_number=supply.customer_number,
        site=DOCK,
        quantity=_need(supply, DOCK_DAYS),
        unit=supply.unit,
        counted_at=as_of - 2 * COUNTED,
        stage=Stage.CROSS_DOCK.value,
        source_grade=SourceGrade.SCANNED.value,
    )


def _need(supply: DemoSupply, days: int) -> Decimal:
    """Return the need of so many average days of the next four weeks, at least one piece."""
    month = supply.demand.planned[:28]
    return Decimal(max(1, round(days * sum(month) / max(1, len(month)))))
