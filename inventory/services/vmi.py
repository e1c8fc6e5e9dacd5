"""Bands that a customer and a supplier agreed, kept in step with the projection (IN-07)."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from django.db import transaction
from django.utils import timezone
from uuid_utils.compat import uuid7

from collab.events.bus import publish
from collab.integration.inbox.locks import hold
from collab.masterdata.refusals import Refused, clean_decimal
from collab.organisations.clock import own_day
from collab.organisations.context import acting_organisation_id
from collab.organisations.models import Site
from collab.sharing.models import Partnership
from inventory.events import VmiBandChanged, VmiReceiptsPlanned
from inventory.models import Coverage, VmiBand, VmiReceipt
from inventory.projections import PROJECTED_DAYS
from inventory.rules.vmi import Band, breaches, with_receipts
from inventory.services.subjects import resolve
from inventory.services.vmi_watch import watch_advices, watch_cumulative
from inventory.vmi_alerts import clear_band, judge_band

PLACE = ("counterparty_id", "part_id", "site_id")
COPIED = ("on_hand", "observed_at", "projected_from", "projected_stock", "projected_demand")


@dataclass(frozen=True, slots=True, kw_only=True)
class BandInput:
    """A band as the customer states it: for which supplier (BPN), part and own site.

    ``minimum``, ``maximum`` and ``signal``, the level at which a receipt is called for, are base
    units or days of supply, as ``measure`` says.
    """

    supplier: str
    part_number: str
    site: str
    measure: str
    minimum: Decimal | int | str
    maximum: Decimal | int | str
    lead_days: int = 0
    signal: Decimal | int | str | None = None


@transaction.atomic
def agree_band(told: BandInput, *, as_of: datetime | None = None) -> VmiBand:
    """Record a band at an own site, or change it; the projection is judged at once.

    Raises ``Refused`` for what cannot be resolved and for limits that are no band.
    """
    now = as_of or timezone.now()
    subject = resolve(
        counterparty=told.supplier, part_number=told.part_number, site=told.site, on=own_day(now)
    )
    if not Partnership.objects.filter(
        customer_id=acting_organisation_id(),
        supplier_id=subject.counterparty_id,
        state=Partnership.State.ACTIVE,
    ).exists():
        raise Refused("supplier", "the BPN of an active supplier of yours", told.supplier)
    terms = _terms(told)
    band, is_new = VmiBand.objects.select_for_update(of=("self",)).get_or_create(
        owner_id=acting_organisation_id(),
        counterparty_id=subject.counterparty_id,
        part_id=subject.part.id,
        site_id=subject.site_id,
        defaults={
            "part_number": subject.part.number,
            "partner_part_number": subject.partner_part_number,
            "site_code": subject.site_code,
            "unit": subject.part.base_unit,
            **terms,
        },
    )
    if not is_new:
        for name, value in terms.items():
            setattr(band, name, value)
        band.partner_part_number = subject.partner_part_number
    _follow(band, _coverage_of(band), now)
    watch_advices([band], as_of=now)
    watch_cumulative(band.counterparty_id, {band.part_number}, as_of=now)
    return band


@transaction.atomic
def remove_band(band_id: UUID) -> None:
    """End a band of one's own; raises ``VmiBand.DoesNotExist``."""
    band = VmiBand.objects.select_for_update(of=("self",)).get(
        pk=band_id, owner_id=acting_organisation_id()
    )
    clear_band(band, at=timezone.now())
    band.delete()


@transaction.atomic
def refresh_bands(coverage_ids: Collection[UUID], *, as_of: datetime) -> list[VmiBand]:
    """Copy changed projections of one's own stock to its bands, and judge those."""
    own = Coverage.objects.filter(owner_id=acting_organisation_id())
    keys = {
        tuple(place): key
        for key, *place in own.filter(pk__in=coverage_ids).values_list("pk", *PLACE)
    }
    near = VmiBand.objects.select_for_update(of=("self",)).filter(
        owner_id=acting_organisation_id(), part_id__in={place[1] for place in keys}
    )
    bands = [band for band in near.order_by("pk") if _place_of(band) in keys] if keys else []
    coverages = own.in_bulk([keys[_place_of(band)] for band in bands])
    for band in bands:
        _follow(band, coverages.get(keys[_place_of(band)]), as_of)
    watch_advices(bands, as_of=as_of)
    return bands


@transaction.atomic
def judge_again(band_ids: Collection[UUID], *, as_of: datetime) -> None:
    """Judge one's own bands anew: the supplier has planned other receipts."""
    for band in VmiBand.objects.filter(owner_id=acting_organisation_id(), pk__in=band_ids):
        _judge(band, as_of)


@transaction.atomic
def plan_receipts(
    band_id: UUID, days: Mapping[date, Decimal], *, as_of: datetime | None = None
) -> int:
    """Plan what one brings into a customer's band on each of ``days`` [base units]; 0 removes it.

    Days that are not named stay as they are. Returns how many days changed. Raises
    ``VmiBand.DoesNotExist`` for a band that is not with us, ``Refused`` for a day that has passed
    or lies beyond the projection, and for a quantity that is none.
    """
    now = as_of or timezone.now()
    band = VmiBand.objects.get(pk=band_id, counterparty_id=acting_organisation_id())
    hold("inventory.vmi_plan", band.pk)  # of a day that is new there is no row to lock
    today = _today(band, now)
    last = today + timedelta(days=PROJECTED_DAYS - 1)
    rows = {
        row.on: row
        for row in VmiReceipt.objects.select_for_update(of=("self",)).filter(
            owner_id=acting_organisation_id(), band_id=band_id
        )
    }
    changed = 0
    for on, stated in sorted(days.items()):
        quantity = clean_decimal("quantity", stated, digits=18, places=3, at_least=Decimal(0))
        if not today <= on <= last:
            raise Refused("on", f"a day from {today} to {last}", on)
        changed += _plan_day(band, rows.get(on), on, quantity)
    if changed:
        publish(
            VmiReceiptsPlanned(
                change_id=str(uuid7()), band_id=str(band.pk), customer_id=band.owner_id
            )
        )
    return changed


def rule_of(band: VmiBand) -> Band:
    """Return the band as the rules take it."""
    is_days = band.measure == VmiBand.Measure.DAYS
    return Band(
        band.minimum,
        band.maximum,
        is_days=is_days,
        lead_days=band.lead_days,
        signal=band.signal,
    )


def planned_for(bands: Iterable[VmiBand]) -> dict[UUID, dict[int, Decimal]]:
    """Return the visible planned receipts of each band's supplier by day of its projection.

    One query, however many bands; a band without any has an empty entry.
    """
    known = {band.pk: band for band in bands}
    found: dict[UUID, dict[int, Decimal]] = {key: {} for key in known}
    for row in VmiReceipt.objects.filter(band_id__in=known):
        band = known[row.band_id]
        first = band.projected_from
        if row.owner_id == band.counterparty_id and first is not None and row.on >= first:
            found[band.pk][(row.on - first).days] = row.quantity
    return found


def _terms(told: BandInput) -> dict[str, Any]:
    """Return what is agreed, checked, by the names of the band's columns."""
    if told.measure not in VmiBand.Measure.values:
        raise Refused("measure", f"one of {', '.join(VmiBand.Measure.values)}", told.measure)
    low = clean_decimal("minimum", told.minimum, digits=18, places=3, at_least=Decimal(0))
    high = clean_decimal("maximum", told.maximum, digits=18, places=3, at_least=low)
    signal = None
    if told.signal is not None:
        signal = clean_decimal(
            "signal", told.signal, digits=18, places=3, at_least=low, at_most=high
        )
    if not 0 <= told.lead_days <= PROJECTED_DAYS:
        raise Refused("lead_days", f"0 to {PROJECTED_DAYS} days", told.lead_days)
    return {
        "measure": told.measure,
        "minimum": low,
        "maximum": high,
        "signal": signal,
        "lead_days": told.lead_days,
    }


def _place_of(band: VmiBand) -> tuple[Any, ...]:
    return tuple(getattr(band, name) for name in PLACE)


def _plan_day(band: VmiBand, row: VmiReceipt | None, on: date, quantity: Decimal) -> bool:
    if row is None:
        if quantity:
            VmiReceipt.objects.create(
                counterparty_id=band.owner_id,
                band_id=band.pk,
                part_number=band.part_number,
                site_code=band.site_code,
                on=on,
                quantity=quantity,
                unit=band.unit,
            )
        return bool(quantity)
    if not quantity:
        row.delete()
    elif row.quantity != quantity:
        row.quantity = quantity
        row.save(update_fields=["quantity", "planned_at"])
    else:
        return False
    return True


def _follow(band: VmiBand, coverage: Coverage | None, now: datetime) -> None:
    if coverage is not None:
        for name in COPIED:
            setattr(band, name, getattr(coverage, name))
    band.version += 1
    band.save()
    _judge(band, now)
    publish(VmiBandChanged(band_id=str(band.pk), supplier_id=band.counterparty_id))


def _judge(band: VmiBand, now: datetime) -> None:
    if band.on_hand is None:
        return
    stock = with_receipts(band.projected_stock, band.projected_demand, planned_for([band])[band.pk])
    found = breaches(rule_of(band), stock, band.projected_demand, on_hand=band.on_hand)
    judge_band(band, found, at=now)


def _coverage_of(band: VmiBand) -> Coverage | None:
    return Coverage.objects.filter(
        owner_id=band.owner_id,
        counterparty_id=band.counterparty_id,
        part_id=band.part_id,
        site_id=band.site_id,
    ).first()


def _today(band: VmiBand, now: datetime) -> date:
    """Return today at the customer's site, or by the clock where the site is not visible."""
    code = Site.visible.filter(pk=band.site_id).values_list("timezone", flat=True).first()
    return now.astimezone(ZoneInfo(code)).date() if code else own_day(now)
