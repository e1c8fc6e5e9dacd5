"""Seals: bound to a dispatch advice, looked at on the way, released, inspected (IN-15)."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, time, timedelta
from typing import Any, Final
from uuid import UUID
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from django.db import transaction
from django.utils import timezone

from collab.events.bus import publish
from collab.masterdata.refusals import Refused, clean_text, locked, refusing
from collab.organisations.context import acting_organisation_id, acting_person_id
from inventory.models import Device, Lane, Seal, SealScan
from inventory.rules.seals import Judgement, Look, SealTerms, judge_look
from inventory.seal_alerts import clear_tampered, raise_tampered
from inventory.sensing.events import SealChanged, SealLookedAt
from transport.queries.advices import advice_by_key
from transport.queries.whole import whole_rows

MOST_SITES: Final = 50
CLOCK_TOLERANCE: Final = timedelta(minutes=5)
State, Place = Seal.State, SealScan.Place
_TAKEN = {"inventory_seal_number": ("number", "a number that this advice has not yet")}


@dataclass(frozen=True, slots=True, kw_only=True)
class SealPlan:
    """A seal as somebody states it: devices by their codes, hours at ``timezone``."""

    advice: UUID
    number: str
    device: str = ""
    tracker: str = ""
    is_high_risk: bool = False
    allowed_sites: Sequence[str] = ()
    allowed_days: Sequence[int] = ()
    opens_from: time | None = None
    opens_until: time | None = None
    timezone: str = "UTC"
    applied_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class LookPlan:
    """A look at a seal as somebody reports it; no ``number`` means that there was none."""

    place: str
    number: str = ""
    is_open: bool = False
    site: str = ""
    at: datetime | None = None
    note: str = ""


@transaction.atomic
def bind_seal(plan: SealPlan) -> Seal:
    """Bind a seal to the manifest of a dispatch advice; raise ``Refused`` for what is wrong.

    On a high-risk lane without position tracker it is red from the start.
    """
    advice = advice_by_key(plan.advice)
    own, now = acting_organisation_id(), timezone.now()
    if advice is None or not advice.is_own:
        raise Refused("advice", "a dispatch advice of yours", plan.advice)
    number = clean_text("number", plan.number, 40)
    if not any(sign.isalnum() for sign in number):
        raise Refused("number", "a number with letters or digits", number)
    seal = Seal(
        owner_id=own,
        counterparty_id=advice.customer_id,
        number=number,
        advice_id=advice.id,
        advice_number=advice.number,
        shipment_number=advice.shipment_number,
        applied_at=_past(plan.applied_at, now, "applied_at"),
        changed_at=now,
    )
    _state_terms(seal, plan)
    with refusing(_TAKEN, {"number": number}):
        seal.save()
    if seal.is_high_risk and seal.tracker_id is None:
        look = LookPlan(place=Place.GATE, number=number, site=_code_of(advice.ship_from))
        _record(seal, look, now)
    else:
        _announce(seal)
    return seal


@transaction.atomic
def change_terms(seal_id: UUID, plan: SealPlan, *, version: int | None = None) -> Seal:
    """Say anew when and where an own seal may be opened; its number and manifest stay."""
    seal = _own(seal_id, version)
    _state_terms(seal, plan)
    _save(seal)
    return seal


@transaction.atomic
def release_seal(seal_id: UUID, *, at: datetime | None = None, version: int | None = None) -> Seal:
    """Allow an own seal to be opened from an instant on; the same again changes nothing."""
    seal = _own(seal_id, version)
    if seal.state == State.REMOVED:
        raise Refused("state", "a seal that is on", seal.get_state_display())
    if seal.released_at is None:
        seal.released_at = at or timezone.now()
        if seal.state == State.CLOSED:
            seal.state = State.RELEASED
        _save(seal)
    return seal


@transaction.atomic
def remove_seal(seal_id: UUID, *, version: int | None = None) -> Seal:
    """Take an own seal off its advice: it is looked at no more; what was found stays."""
    seal = _own(seal_id, version)
    if seal.state != State.REMOVED:
        seal.state = State.REMOVED
        _save(seal)
    return seal


@transaction.atomic
def look_at_seal(seal_id: UUID, plan: LookPlan) -> SealScan:
    """Record a look at a visible seal, as either end or whoever it is opened to; judge its lane.

    The same place and time again is the same look. Raises ``Seal.DoesNotExist``, ``Refused``.
    """
    if plan.place not in {Place.GATE, Place.DEPOT, Place.CROSS_DOCK, Place.CONSIGNEE}:
        raise Refused("place", "gate, depot, cross_dock or consignee", plan.place)
    return _look(seal_id, plan)


@transaction.atomic
def inspect_seal(seal_id: UUID, *, is_passed: bool, note: str, site: str = "") -> SealScan:
    """Record the second inspection: a load that passes is green again, its exception closes."""
    seal = _visible_on(seal_id)
    if not clean_text("note", note, 250):
        raise Refused("note", "what was found", note)
    now = timezone.now()
    lane = Lane.GREEN if is_passed else Lane.RED
    plan = LookPlan(place=Place.INSPECTION, number=seal.number, site=site, note=note)
    plan = replace(plan, at=now)
    scan, _is_new = _keep(seal, plan, Judgement(lane.value, ()), now)
    follow_scan(seal, scan)
    return scan


def follow_scan(seal: Seal, scan: SealScan) -> None:
    """Let a look change the seal, where it is one's own; else have its owner follow."""
    _settle(seal, scan)
    if seal.owner_id == acting_organisation_id():
        _apply(seal, scan)
    else:
        publish(SealLookedAt(scan_id=str(scan.pk), counterparty_id=seal.owner_id))


def hear_scan(scan: SealScan) -> None:
    """Follow a partner's look at a seal of one's own; the exception is the partner's."""
    own = Seal.objects.filter(pk=scan.seal, owner_id=acting_organisation_id())
    seal = own.select_for_update(of=("self",)).first()
    if seal is not None:
        if scan.place == Place.INSPECTION and scan.lane == Lane.GREEN:
            clear_tampered(seal.pk, at=scan.scanned_at)
        _apply(seal, scan)


def terms_of(seal: Seal) -> SealTerms:
    """Return what the manifest says of a seal, for the rules."""
    return SealTerms(
        number=seal.number,
        released_at=seal.released_at,
        allowed_sites=frozenset(seal.allowed_sites),
        allowed_days=frozenset(seal.allowed_days),
        opens_from=seal.opens_from,
        opens_until=seal.opens_until,
        timezone=seal.timezone,
        is_high_risk=seal.is_high_risk,
        has_tracker=seal.tracker_id is not None,
    )


def _look(seal_id: UUID, plan: LookPlan) -> SealScan:
    return _record(_visible_on(seal_id), plan, timezone.now())


def _record(seal: Seal, plan: LookPlan, now: datetime) -> SealScan:
    at = _past(plan.at, now, "at")
    look = Look(number=plan.number, is_open=plan.is_open, at=at, site=plan.site)
    judged = judge_look(terms_of(seal), look)
    scan, is_new = _keep(seal, replace(plan, at=at), judged, now)
    if is_new:
        follow_scan(seal, scan)
    return scan


def _keep(seal: Seal, plan: LookPlan, judged: Judgement, now: datetime) -> tuple[SealScan, bool]:
    own = acting_organisation_id()
    return SealScan.objects.get_or_create(
        owner_id=own,
        seal=seal.pk,
        place=plan.place,
        scanned_at=plan.at or now,
        defaults={
            "counterparty_id": seal.counterparty_id if seal.owner_id == own else seal.owner_id,
            "seal_number": seal.number,
            "site_code": clean_text("site", plan.site, 20, required=False),
            "number_read": clean_text("number", plan.number, 40, required=False),
            "is_open": plan.is_open,
            "recorded_at": now,
            "lane": judged.lane,
            "findings": [str(each) for each in judged.findings],
            "note": clean_text("note", plan.note, 250, required=False),
            "person_id": acting_person_id(),
        },
    )


def _settle(seal: Seal, scan: SealScan) -> None:
    """Raise the exception of a red lane, close it after a second inspection."""
    if scan.findings:
        raise_tampered(seal, scan.findings, site=scan.site_code, at=scan.recorded_at)
    elif scan.place == Place.INSPECTION and scan.lane == Lane.GREEN:
        clear_tampered(seal.pk, at=scan.recorded_at)


def _apply(seal: Seal, scan: SealScan) -> None:
    """Let the newest look give the lane; red stays red until a second inspection."""
    is_newest = seal.looked_at is None or scan.scanned_at >= seal.looked_at
    if scan.lane == Lane.RED and (is_newest or scan.findings):
        seal.lane, seal.needs_inspection = Lane.RED, True
    elif is_newest and (scan.place == Place.INSPECTION or not seal.needs_inspection):
        seal.lane, seal.needs_inspection = Lane.GREEN, False
    if is_newest:
        seal.looked_at = scan.scanned_at
        if scan.is_open and seal.state != State.REMOVED:
            seal.state = State.OPENED
    _save(seal)


def _state_terms(seal: Seal, plan: SealPlan) -> None:
    if len(plan.allowed_sites) > MOST_SITES:
        raise Refused("allowed_sites", f"at most {MOST_SITES} sites", len(plan.allowed_sites))
    if wrong := [day for day in plan.allowed_days if not 1 <= day <= 7]:
        raise Refused("allowed_days", "ISO days from 1 (Monday) to 7", wrong[0])
    if (plan.opens_from is None) != (plan.opens_until is None):
        raise Refused("opens_until", "a beginning and an end of the hours", plan.opens_until)
    try:
        ZoneInfo(plan.timezone)
    except (ZoneInfoNotFoundError, ValueError):
        raise Refused("timezone", "a time zone such as Europe/Berlin", plan.timezone) from None
    seal.allowed_sites = [clean_text("allowed_sites", each, 20) for each in plan.allowed_sites]
    seal.allowed_days = sorted(set(plan.allowed_days))
    seal.opens_from, seal.opens_until = plan.opens_from, plan.opens_until
    seal.timezone = plan.timezone
    seal.is_high_risk = plan.is_high_risk
    seal.device = _device("device", plan.device, Device.Kind.SEAL)
    seal.tracker = _device("tracker", plan.tracker, Device.Kind.TRACKER)


def _device(field: str, code: str, kind: str) -> Device | None:
    if not code:
        return None
    own = Device.objects.filter(owner_id=acting_organisation_id(), code=code, is_active=True)
    row = own.filter(kind=kind).first()
    if row is None:
        raise Refused(field, f"the code of a {Device.Kind(kind).value} of yours", code)
    return row


def _visible_on(seal_id: UUID) -> Seal:
    """Return a visible seal that was not taken off, an own one locked.

    What follows from a look tells of the seal: who is shown some fields only may not look.
    """
    seal: Seal = whole_rows(Seal.objects.all()).get(pk=seal_id)
    if seal.owner_id == acting_organisation_id():
        seal = locked(Seal, seal_id, None)
    if seal.state == State.REMOVED:
        raise Refused("state", "a seal that is on", seal.get_state_display())
    return seal


def _own(seal_id: UUID, version: int | None) -> Seal:
    if not Seal.objects.filter(pk=seal_id, owner_id=acting_organisation_id()).exists():
        raise Seal.DoesNotExist
    return locked(Seal, seal_id, version)


def _save(seal: Seal) -> None:
    seal.changed_at = timezone.now()
    seal.version += 1
    seal.save()
    _announce(seal)


def _announce(seal: Seal) -> None:
    publish(
        SealChanged(
            seal_id=str(seal.pk),
            counterparty_id=seal.counterparty_id,
            state=str(seal.state),
            lane=str(seal.lane),
        )
    )


def _past(at: datetime | None, now: datetime, field: str) -> datetime:
    if at is not None and at > now + CLOCK_TOLERANCE:
        raise Refused(field, "a time that is not in the future", at.isoformat())
    return at or now


def _code_of(place: Any) -> str:
    return str(place.get("code", "")).rpartition("/")[2]
