"""What electronic seals tell themselves: openings, and nothing else they measure (IN-15)."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from collab.organisations.context import acting_organisation_id
from inventory.models import Device, Lane, Seal, SealScan, SensorReading, UnitState
from inventory.rules.event_ids import lower_bound
from inventory.rules.reading_values import is_set
from inventory.rules.seals import is_opening, judge_opening
from inventory.services.reading_facts import Fresh
from inventory.services.seals import follow_scan, terms_of


def follow_openings(fresh: Sequence[Fresh], *, as_of: datetime) -> None:
    """Record the openings among readings of electronic seals, each once, and judge them."""
    told = sorted(
        (each for each in fresh if each.device.kind == Device.Kind.SEAL and _is_open(each)),
        key=lambda each: each.key,
    )
    if not told:
        return
    seals = _seals({each.device.pk for each in told})
    for each in told:
        if (mine := seals.get(each.device.pk)) and not _was_open(each):
            for seal in mine:
                _record(seal, each, as_of)


def _is_open(each: Fresh) -> bool:
    return is_opening(each.metric, is_set=is_set(each.number, each.text))


def _seals(device_ids: set[UUID]) -> dict[UUID, list[Seal]]:
    rows = Seal.objects.filter(owner_id=acting_organisation_id(), device_id__in=device_ids)
    found: dict[UUID, list[Seal]] = {}
    for row in (
        rows.exclude(state=Seal.State.REMOVED).select_for_update(of=("self",)).order_by("pk")
    ):
        if row.device_id is not None:
            found.setdefault(row.device_id, []).append(row)
    return found


def _was_open(each: Fresh) -> bool:
    """Say whether the reading before says the same: an open seal repeats itself."""
    own = SensorReading.objects.filter(
        owner_id=acting_organisation_id(), device_id=each.device.pk, metric=each.metric
    )
    since = lower_bound(each.device.attached_at)
    before = own.filter(pk__lt=each.key, pk__gte=since).order_by("-pk")
    last = before.values_list("number", "text").first()
    return last is not None and is_set(*last)


def _record(seal: Seal, each: Fresh, as_of: datetime) -> None:
    if each.sensed_at < seal.applied_at:
        return
    site = _site_of(each)
    findings = [str(one) for one in judge_opening(terms_of(seal), at=each.sensed_at, site=site)]
    scan, is_new = SealScan.objects.get_or_create(
        owner_id=seal.owner_id,
        seal=seal.pk,
        place=SealScan.Place.DEVICE,
        scanned_at=each.sensed_at,
        defaults={
            "counterparty_id": seal.counterparty_id,
            "seal_number": seal.number,
            "site_code": site,
            "number_read": seal.number,
            "is_open": True,
            "recorded_at": as_of,
            "lane": Lane.RED if findings else Lane.GREEN,
            "findings": findings,
            "note": f"{each.device.code}: {each.metric}"[:250],
        },
    )
    if is_new:
        follow_scan(seal, scan)


def _site_of(each: Fresh) -> str:
    """Return where the seal is: where its unit was last read, else the site it is mounted at."""
    if each.device.thing:
        own = UnitState.objects.filter(owner_id=acting_organisation_id(), thing=each.device.thing)
        return own.values_list("site_code", flat=True).first() or ""
    return each.device.site.code if each.device.site is not None else ""
