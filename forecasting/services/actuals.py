"""What really happened, as the apps above tell it: stock on hand, receipts, consumption, calls."""

from collections.abc import Mapping
from datetime import date, datetime
from decimal import Decimal
from uuid import UUID

from django.db import transaction

from collab.organisations.clock import own_day
from collab.organisations.context import acting_organisation_id
from forecasting.models import Actual, DeliverySchedule, DemandSeries, HeardStock
from forecasting.services.versions import weekly_of

RECEIPT, ISSUE = "receipt", "issue"
KINDS: Mapping[str, str] = {
    RECEIPT: Actual.Kind.RECEIVED.value,
    ISSUE: Actual.Kind.CONSUMED.value,
}


@transaction.atomic
def hear_stock(*, part_id: UUID, place: str, on_hand: Decimal, known_at: datetime) -> None:
    """Keep what is on hand of a part at a place; what was known before what is kept is nothing."""
    row, is_new = HeardStock.objects.select_for_update(of=("self",)).get_or_create(
        part_id=part_id,
        place=place,
        owner_id=acting_organisation_id(),
        defaults={"quantity": on_hand, "observed_at": known_at},
    )
    if not is_new and row.observed_at < known_at:
        row.quantity, row.observed_at = on_hand, known_at
        row.save(update_fields=["quantity", "observed_at"])


def note_actual(
    *,
    kind: str,
    part_id: UUID,
    partner_id: int,
    site_code: str,
    on: date,
    quantity: Decimal,
    source_key: str,
) -> bool:
    """Keep what was received or used of a part; the same ``source_key`` again changes nothing.

    It belongs to the own series of that part with that supplier and site, else to the only one of
    the part; where several might be meant, nothing is kept. Returns whether it was.
    """
    if kind not in KINDS:
        return False
    series = _series(part_id, partner_id, site_code)
    if series is None:
        return False
    _row, is_new = Actual.objects.get_or_create(
        owner_id=acting_organisation_id(),
        kind=KINDS[kind],
        source_key=source_key,
        defaults={"series": series, "on": on, "quantity": abs(quantity)},
    )
    return is_new


def forget_actual(source_key: str) -> bool:
    """Drop what was kept of a fact that was taken back; return whether there was something."""
    gone, _kinds = Actual.objects.filter(
        owner_id=acting_organisation_id(), source_key=source_key
    ).delete()
    return bool(gone)


@transaction.atomic
def note_calls(*, until: date) -> int:
    """Keep what each own series had called for the weeks before the Monday ``until``.

    A week's call is what the release in force on its Monday asked for in it. Weeks that are kept
    already stay; returns how many are new.
    """
    schedules = DeliverySchedule.objects.filter(
        owner_id=acting_organisation_id(), first_week__lt=until
    ).order_by("series_id", "number")
    kept = set(Actual.objects.filter(kind=Actual.Kind.CALLED).values_list("series_id", "on"))
    called: dict[tuple[UUID, date], Decimal] = {}
    for schedule in schedules:
        weekly = weekly_of(schedule)
        for week in weekly.weeks():
            figure = weekly.at(week)
            in_force = own_day(schedule.published_at) <= week
            if week < until and in_force and figure is not None:
                called[schedule.series_id, week] = figure  # a newer release replaces it
    rows = [
        Actual(
            owner_id=acting_organisation_id(),
            series_id=series_id,
            kind=Actual.Kind.CALLED,
            on=week,
            quantity=figure,
            source_key=f"call:{series_id}:{week.isoformat()}",
        )
        for (series_id, week), figure in called.items()
        if (series_id, week) not in kept
    ]
    Actual.objects.bulk_create(rows, batch_size=1_000, ignore_conflicts=True)
    return len(rows)


def _series(part_id: UUID, partner_id: int, site_code: str) -> DemandSeries | None:
    rows = list(
        DemandSeries.objects.filter(owner_id=acting_organisation_id(), part_id=part_id)[:100]
    )
    exact = [
        each
        for each in rows
        if each.counterparty_id == partner_id and each.site_code in {site_code, ""}
    ]
    for found in (exact, [each for each in rows if each.site_code == site_code], rows):
        if len(found) == 1:
            return found[0]
    return None
