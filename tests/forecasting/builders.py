"""Releases for tests of what answers them, without the services that publish them."""

from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from uuid import uuid4

from collab.masterdata.models import Part
from collab.masterdata.rules.part_numbers import compare_key
from collab.organisations.context import acting_for
from collab.organisations.models import Organisation
from forecasting.models import DeliverySchedule, DemandSeries, Origin
from forecasting.services.commit_tasks import open_tasks

MONDAY = date(2026, 11, 23)
PUBLISHED = datetime(2026, 11, 23, 7, 0, tzinfo=UTC)


def decimals(*figures: float | str | None) -> list[Decimal | None]:
    """Return exact figures, None where missing."""
    return [None if each is None else Decimal(str(each)) for each in figures]


def a_series(
    customer: Organisation,
    supplier: Organisation,
    number: str = "AM-700",
    *,
    theirs: str = "BH-100",
    site: str = "MUC",
) -> DemandSeries:
    """Open a series of the customer's."""
    with acting_for(customer):
        part, _is_new = Part.objects.get_or_create(
            number=number,
            defaults={"compare_key": compare_key(number), "name": "Harness", "base_unit": "H87"},
        )
        series: DemandSeries = DemandSeries.objects.create(
            counterparty=supplier,
            part=part,
            part_number=number,
            supplier_part_number=theirs,
            site_code=site,
        )
    return series


def release(
    series: DemandSeries,
    *quantities: float | None,
    first_week: date = MONDAY,
    published_at: datetime = PUBLISHED,
    is_heard: bool = True,
    **changes: object,
) -> DeliverySchedule:
    """Publish a release of the series, and let the supplier hear of it."""
    with acting_for(series.owner_id):
        before = DeliverySchedule.objects.filter(series=series).order_by("-number").first()
        DeliverySchedule.objects.filter(series=series).update(is_current=False)
        number = before.number + 1 if before else 1
        schedule: DeliverySchedule = DeliverySchedule.objects.create(
            **{
                "counterparty_id": series.counterparty_id,
                "series": series,
                "number": number,
                "document_number": f"R-{number:03}",
                "batch_id": uuid4(),
                "origin": Origin.SCREEN,
                "part_number": series.part_number,
                "supplier_part_number": series.supplier_part_number,
                "site_code": series.site_code,
                "unit": series.unit,
                "issued_at": published_at,
                "published_at": published_at,
                "first_week": first_week,
                "quantities": decimals(*quantities),
                **changes,
            }
        )
    if is_heard:
        hear(schedule)
    return schedule


def hear(*schedules: DeliverySchedule, as_of: datetime | None = None) -> None:
    """Let the supplier open its tasks for releases."""
    with acting_for(schedules[0].counterparty_id):
        open_tasks([each.pk for each in schedules], as_of=as_of or schedules[0].published_at)


def days_later(days: float) -> datetime:
    """Return the instant so many days after the release."""
    return PUBLISHED + timedelta(days=days)


def week(number: int) -> date:
    """Return the Monday of the release's week ``number``, 0 = the first."""
    return MONDAY + timedelta(weeks=number)


__all__: Sequence[str] = [
    "MONDAY",
    "PUBLISHED",
    "a_series",
    "days_later",
    "decimals",
    "hear",
    "release",
    "week",
]
