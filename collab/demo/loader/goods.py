"""Parts, partners' numbers, bills of material, packaging, calendars and demand."""

from collections import defaultdict
from collections.abc import Iterable, Iterator
from datetime import date, timedelta
from decimal import Decimal
from itertools import groupby
from operator import attrgetter

from collab.demo.facts import DemoPart, DemoSupply
from collab.demo.loader.directory import Directory
from collab.demo.network import DemoNetwork
from collab.masterdata.models import BomLine, Packaging, Part, PartAlias, WorkingCalendar
from collab.masterdata.rules.part_numbers import compare_key
from collab.organisations.context import acting_for, acting_organisation_id
from forecasting.models import DailyDemand, DemandHistory, DemandSeries
from inventory.models import CoverageTarget

AGREED_DAYS_AGO = 400


def write(network: DemoNetwork, directory: Directory) -> None:
    """Write the goods of each owner, then what each customer needs from each supplier."""
    agreed_on = network.today - timedelta(days=AGREED_DAYS_AGO)
    parts: dict[str, list[DemoPart]] = defaultdict(list)
    for part in network.parts:
        parts[part.owner].append(part)
    for slug, owned in parts.items():
        with acting_for(directory.organisations[slug]):
            _parts(slug, owned, directory)
            _bill_of_material(network, slug, directory)
    for company in network.organisations:
        with acting_for(directory.organisations[company.slug]):
            for site in company.sites:
                WorkingCalendar.objects.create(
                    name=f"{site.name}, Monday to Friday",
                    site_id=directory.sites[company.slug, site.code],
                )
    by_customer, by_supplier = attrgetter("customer"), attrgetter("supplier")
    for customer, supplies in groupby(sorted(network.supplies, key=by_customer), by_customer):
        with acting_for(directory.organisations[customer]):
            _needs(list(supplies), directory, agreed_on, network.today)
    for supplier, supplies in groupby(sorted(network.supplies, key=by_supplier), by_supplier):
        with acting_for(directory.organisations[supplier]):
            _offers(list(supplies), directory, agreed_on)


def _parts(slug: str, owned: Iterable[DemoPart], directory: Directory) -> None:
    packs = []
    for part in owned:
        row = Part(
            owner_id=acting_organisation_id(),
            number=part.number,
            compare_key=compare_key(part.number),
            name=part.name,
            kind=part.kind,
            base_unit=part.base_unit,
            gross_weight_g=part.gross_weight_g,
        )
        directory.parts[slug, part.number] = row.pk
        packs.append((row, part.packaging))
    Part.objects.bulk_create(row for row, _pack in packs)
    Packaging.objects.bulk_create(
        Packaging(
            owner_id=acting_organisation_id(),
            part=row,
            code=pack.code,
            kind=pack.kind,
            quantity=pack.quantity,
            tare_weight_kg=pack.tare_weight_kg,
            length_mm=pack.length_mm,
            width_mm=pack.width_mm,
            height_mm=pack.height_mm,
            stack_limit=pack.stack_limit,
            packs_per_load_unit=pack.packs_per_load_unit,
            is_returnable=pack.is_returnable,
        )
        for row, pack in packs
        if pack is not None
    )


def _bill_of_material(network: DemoNetwork, slug: str, directory: Directory) -> None:
    BomLine.objects.bulk_create(
        BomLine(
            owner_id=acting_organisation_id(),
            parent_id=directory.parts[slug, line.parent],
            component_id=directory.parts[slug, line.component],
            quantity=line.usage,
            unit=line.unit,
            take_rate=line.take_rate,
            scrap_rate=line.scrap_rate,
        )
        for line in network.bom
        if line.owner == slug
    )


def _needs(supplies: list[DemoSupply], directory: Directory, agreed_on: date, today: date) -> None:
    """Write the customer's side: its numbers at the supplier, and its demand."""
    customer_id = acting_organisation_id()
    _aliases(
        (
            (each.customer, each.customer_number, each.supplier, each.supplier_number)
            for each in supplies
        ),
        directory,
        agreed_on,
    )
    series = {
        each: DemandSeries(
            owner_id=customer_id,
            counterparty=directory.organisations[each.supplier],
            part_id=directory.parts[each.customer, each.customer_number],
            part_number=each.customer_number,
            supplier_part_number=each.supplier_number,
            site_code=each.ship_to,
            unit=each.unit,
        )
        for each in supplies
    }
    DemandSeries.objects.bulk_create(series.values())
    DemandHistory.objects.bulk_create(
        (
            DemandHistory(owner_id=customer_id, series=row, period=period, quantity=quantity)
            for each, row in series.items()
            for period, quantity in _months(each, today)
        ),
        batch_size=5000,
    )
    DailyDemand.objects.bulk_create(
        (
            DailyDemand(
                owner_id=customer_id,
                counterparty_id=row.counterparty_id,
                series=row,
                part_number=row.part_number,
                site_code=row.site_code,
                on=today + timedelta(days=day),
                quantity=Decimal(quantity),
                source=DailyDemand.Source.RELEASE,
            )
            for each, row in series.items()
            for day, quantity in enumerate(each.demand.planned, start=1)
        ),
        batch_size=5000,
    )


def _months(supply: DemoSupply, today: date) -> Iterator[tuple[date, int | None]]:
    year, month = today.year, today.month
    for quantity in reversed(supply.demand.monthly):
        year, month = (year - 1, 12) if month == 1 else (year, month - 1)
        yield date(year, month, 1), quantity


def _offers(supplies: list[DemoSupply], directory: Directory, agreed_on: date) -> None:
    """Write the supplier's side: its numbers at the customer, and the agreed coverage."""
    _aliases(
        (
            (each.supplier, each.supplier_number, each.customer, each.customer_number)
            for each in supplies
        ),
        directory,
        agreed_on,
    )
    targets = {
        (each.customer, each.supplier_number): CoverageTarget(
            owner_id=acting_organisation_id(),
            counterparty=directory.organisations[each.customer],
            part_number=each.supplier_number,
            partner_part_number=each.customer_number,
            minimum_days=each.minimum_days,
            maximum_days=each.maximum_days,
        )
        for each in supplies
    }
    CoverageTarget.objects.bulk_create(targets.values())


def _aliases(
    links: Iterable[tuple[str, str, str, str]], directory: Directory, agreed_on: date
) -> None:
    PartAlias.objects.bulk_create(
        PartAlias(
            owner_id=acting_organisation_id(),
            part_id=directory.parts[slug, number],
            partner=directory.organisations[partner],
            partner_number=partner_number,
            compare_key=compare_key(partner_number),
            valid_from=agreed_on,
        )
        for slug, number, partner, partner_number in dict.fromkeys(links)
    )
