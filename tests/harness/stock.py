"""Stock as a supplier would report it, through the services."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal

from collab.masterdata.models import Part, PartAlias
from collab.masterdata.rules.part_numbers import compare_key
from collab.organisations.context import acting_for
from collab.organisations.models import Organisation, Site
from forecasting.models import DailyDemand, DemandSeries
from inventory.models import CoverageTarget
from inventory.services import Report, record_stock_count


def short_stock(
    holder: Organisation,
    customer: Organisation,
    *,
    number: str,
    partner_number: str,
    is_number_told: bool = True,
) -> None:
    """Let ``holder`` count one piece of a part of which ``customer`` needs ten a day.

    ``is_number_told``: the customer's own demand names the holder's part number.
    """
    _need(customer, holder, partner_number, number if is_number_told else "")
    with acting_for(holder):
        own = Part.objects.create(
            number=number,
            compare_key=compare_key(number),
            name="Harness",
            kind="component",
            base_unit="H87",
        )
        PartAlias.objects.create(
            part=own,
            partner=customer,
            partner_number=partner_number,
            compare_key=compare_key(partner_number),
            valid_from=datetime.now(UTC).date() - timedelta(days=30),
        )
        CoverageTarget.objects.create(
            counterparty=customer,
            part_number=number,
            partner_part_number=partner_number,
            minimum_days=Decimal(3),
        )
        record_stock_count(
            Report(
                counterparty=customer.bpn,
                part_number=number,
                site=Site.objects.get().code,
                quantity=Decimal(1),
                unit="H87",
                counted_at=datetime.now(UTC),
            )
        )


def _need(customer: Organisation, supplier: Organisation, number: str, theirs: str) -> None:
    """Let ``customer`` need ten of a part a day; ``theirs`` is the number it tells of the other."""
    today = datetime.now(UTC).date()
    with acting_for(customer):
        part = Part.objects.create(
            number=number,
            compare_key=compare_key(number),
            name="Harness",
            kind="component",
            base_unit="H87",
        )
        series = DemandSeries.objects.create(
            counterparty=supplier,
            part=part,
            part_number=number,
            supplier_part_number=theirs,
        )
        DailyDemand.objects.bulk_create(
            DailyDemand(
                owner=customer,
                counterparty=supplier,
                series=series,
                part_number=number,
                on=today + timedelta(days=day),
                quantity=Decimal(10),
            )
            for day in range(40)
        )
