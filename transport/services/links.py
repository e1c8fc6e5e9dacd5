"""How a carrier's loads are followed: links made on acceptance, ended with the load (TR-12)."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from hmac import compare_digest
from uuid import UUID

from django.db import transaction

from collab.events.bus import publish
from collab.organisations.context import acting_organisation_id
from transport.events import CarrierReported
from transport.models import CarrierReport, Load, LoadState, Position, Stop, TrackingLink
from transport.rules.tracking import TrackingWindow, tracking_window
from transport.services.link_tokens import Opened, UnknownLink, new_secret, seal

Means = TrackingLink.Means
ACTIVE = frozenset(
    {
        LoadState.ACCEPTED,
        LoadState.SLOT_BOOKED,
        LoadState.AT_PICKUP,
        LoadState.IN_TRANSIT,
        LoadState.AT_CROSS_DOCK,
        LoadState.ARRIVED,
    }
)
READY = "tracking_ready"
DRIVER = "DRIVER"
"""The device name of positions that a driver's phone sent."""


class NotFollowed(LookupError):
    """No such load for the acting organisation, or none that is under way."""


@dataclass(frozen=True, slots=True)
class NewLink:
    """A driver's link at the only moment when its address is known."""

    link: TrackingLink
    token: str


def normal_device(text: str) -> str:
    """Return a plate or unit as it is compared: capitals and figures, no blanks or dashes."""
    return "".join(sign for sign in text.upper() if sign.isalnum())[:40]


def window_of(stops: Sequence[Stop]) -> TrackingWindow:
    """Return when positions may exist for a load with ``stops`` (at least one)."""
    pickups = [each for each in stops if each.purpose == Stop.Purpose.PICKUP] or stops[:1]
    drops = [each for each in stops if each.purpose == Stop.Purpose.DELIVERY] or stops[-1:]
    begins = min(each.window_from for each in pickups)
    return tracking_window(begins, max(begins, *(each.window_until for each in drops)))


@transaction.atomic
def keep_links(load_ids: Iterable[UUID], *, now: datetime) -> None:
    """Make or end the acting organisation's links of loads that were accepted, changed or ended.

    A load that is no longer visible, handed to another carrier, or over ends its links. Who
    arranged a load that somebody else drives makes none; one it sent to a driver ends with it.
    """
    wanted = list(load_ids)
    loads = {each.pk: each for each in Load.objects.filter(pk__in=wanted)}
    stops = _stops_of(loads)
    for key in wanted:
        load = loads.get(key)
        if load is None or not _is_ours(load) or load.state not in ACTIVE or not stops.get(key):
            end_links([key], now=now)
        elif load.counterparty_id == acting_organisation_id():
            _follow(load, window_of(stops[key]), now=now)


def end_links(load_ids: Sequence[UUID], *, now: datetime) -> None:
    """Stop following; what a driver's phone sent is forgotten with the load's end."""
    links = TrackingLink.objects.filter(load_id__in=load_ids, stopped_at__isnull=True)
    if links.update(stopped_at=now):
        Position.objects.filter(
            owner_id=acting_organisation_id(), load_id__in=load_ids, device=DRIVER
        ).delete()


@transaction.atomic
def open_driver_link(load_id: UUID, *, now: datetime) -> NewLink:
    """Make the link to be sent to the driver; an older one of this load stops opening.

    Raises
    ------
    NotFollowed
        If the load is not the acting organisation's to drive, or not under way.
    """
    load = Load.objects.filter(pk=load_id).first()
    if load is None or not _is_ours(load) or load.state not in ACTIVE:
        raise NotFollowed(f"expected an active load of ours, got {load_id}")
    window = window_of(list(Stop.objects.filter(load_id=load_id).order_by("sequence")))
    secret, digest = new_secret()
    link, _is_new = TrackingLink.objects.update_or_create(
        load_id=load_id,
        means=Means.DRIVER,
        device=DRIVER,
        defaults={
            **_window_values(load, window),
            "secret_hash": digest,
            "consented_at": None,
            "stopped_at": None,
        },
    )
    _tell_ready(load, [Means.DRIVER], has_device=True, now=now)
    return NewLink(link, seal(acting_organisation_id(), link.pk, secret))


def revoke_driver_link(link_id: UUID, *, now: datetime) -> TrackingLink:
    """Make a driver's link open nothing any more; raise ``NotFollowed`` if there is none."""
    link = TrackingLink.objects.filter(pk=link_id, means=Means.DRIVER).first()
    if link is None:
        raise NotFollowed(f"expected a driver's link of ours, got {link_id}")
    link.secret_hash, link.stopped_at = "", link.stopped_at or now
    link.save(update_fields=["secret_hash", "stopped_at"])
    return link


def driver_link(opened: Opened, *, now: datetime) -> TrackingLink:
    """Return the link of an address, acting for its owner; raise ``UnknownLink`` when it is over.

    A link that its driver stopped still opens, so that it can be started again.
    """
    link = TrackingLink.objects.filter(pk=opened.link_id, means=Means.DRIVER).first()
    if link is None or not link.secret_hash or not compare_digest(link.secret_hash, opened.digest):
        raise UnknownLink
    if now > link.active_until:
        raise UnknownLink
    load = Load.objects.filter(pk=link.load_id).first()
    if load is None or not _is_ours(load) or load.state not in ACTIVE:
        raise UnknownLink
    return link


def agree(link: TrackingLink, *, now: datetime) -> None:
    """Note that the driver agreed to be followed, or agrees again."""
    link.consented_at, link.stopped_at = now, None
    link.save(update_fields=["consented_at", "stopped_at"])


def stop(link: TrackingLink, *, now: datetime) -> None:
    """Note that the driver wants no further position taken."""
    link.stopped_at = now
    link.save(update_fields=["stopped_at"])


def _is_ours(load: Load) -> bool:
    """Say whether the acting organisation drives the load, or arranged it and may ask a driver."""
    return acting_organisation_id() in {load.counterparty_id, load.owner_id}


def _stops_of(load_ids: Iterable[UUID]) -> dict[UUID, list[Stop]]:
    found: dict[UUID, list[Stop]] = {}
    for each in Stop.objects.filter(load_id__in=list(load_ids)).order_by("sequence"):
        found.setdefault(each.load_id, []).append(each)
    return found


def _follow(load: Load, window: TrackingWindow, *, now: datetime) -> None:
    """Bring the links by API and by telematics in line with plate, trailer and window."""
    devices = {normal_device(text) for text in (load.plate, load.trailer)} - {""}
    wanted = {(Means.API.value, "")} | {(Means.TELEMATICS.value, each) for each in devices}
    kept = set()
    for link in TrackingLink.objects.filter(load_id=load.pk).exclude(means=Means.DRIVER):
        if (link.means, link.device) not in wanted:
            link.delete()
            continue
        kept.add((link.means, link.device))
    TrackingLink.objects.filter(load_id=load.pk).exclude(means=Means.DRIVER).update(
        **_window_values(load, window), stopped_at=None
    )
    TrackingLink.objects.filter(load_id=load.pk, means=Means.DRIVER).update(
        **_window_values(load, window)
    )
    if missing := sorted(wanted - kept):
        TrackingLink.objects.bulk_create(
            [
                TrackingLink(
                    owner_id=acting_organisation_id(),
                    load_id=load.pk,
                    means=means,
                    device=device,
                    **_window_values(load, window),
                )
                for means, device in missing
            ],
            ignore_conflicts=True,
        )
        _tell_ready(load, [means for means, _device in missing], has_device=bool(devices), now=now)


def _window_values(load: Load, window: TrackingWindow) -> dict[str, object]:
    return {
        "customer_id": load.owner_id,
        "load_number": load.number,
        "active_from": window.start,
        "active_until": window.end,
    }


def _tell_ready(load: Load, means: Sequence[str], *, has_device: bool, now: datetime) -> None:
    """Let the customer know that the load can be followed, and whether a device is known."""
    ways = sorted(set(means))
    key = f"{READY}:{','.join(ways)}:{has_device}"
    report, is_new = CarrierReport.objects.get_or_create(
        owner_id=acting_organisation_id(),
        load_id=load.pk,
        key=key,
        defaults={
            "counterparty_id": load.owner_id,
            "load_number": load.number,
            "kind": CarrierReport.Kind.MILESTONE,
            "code": READY,
            "facts": {"means": ways, "has_device": has_device},
            "happened_at": now,
        },
    )
    if is_new:
        publish(
            CarrierReported(
                report_id=str(report.pk),
                load_id=str(load.pk),
                customer_id=load.owner_id,
                kind=report.kind,
                code=report.code,
            )
        )
