"""Loads that send no position: why, whose turn it is, and what to do (TR-14)."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from django.db import transaction
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from collab.events.bus import publish
from collab.organisations.context import acting_organisation_id
from collab.sharing.queries import visible_fields
from collab.work.services import Concern, clear_alert, raise_alert
from collab.work.titles import name_type
from transport.models import TRACKING, CarrierReport, Load, LoadState, Stop
from transport.rules.eta_colour import Colour
from transport.rules.tracking import (
    BEFORE_PICKUP,
    POLL_FAR,
    MissingCause,
    MissingTracking,
    TrackingFacts,
    missing_cause,
)
from transport.services.links import ACTIVE, READY, window_of
from transport.services.notices import tell
from transport.services.partners import sync_partners
from transport.services.sightings import NO_SIGNAL, OF_LOAD, followed

ON_THE_ROAD = frozenset({LoadState.AT_PICKUP, LoadState.IN_TRANSIT, LoadState.AT_CROSS_DOCK})
AT_ONCE = 1_000


def look_for_silence(*, now: datetime) -> int:
    """Judge the acting organisation's own active loads whose last position is old or missing.

    Called by the clock; the same moment twice changes nothing. Returns how many are silent.
    """
    quiet = Load.objects.filter(
        Q(pinged_at__isnull=True) | Q(pinged_at__lt=now - 2 * POLL_FAR),
        owner_id=acting_organisation_id(),
        state__in=ACTIVE,
        starts_at__lte=now + BEFORE_PICKUP,
    )
    keys = list(quiet.order_by("starts_at").values_list("pk", flat=True)[:AT_ONCE])
    facts = _told_of(keys)
    return sum(_judge(key, has_device=facts.get(key, False), now=now) for key in keys)


@transaction.atomic
def _judge(load_id: UUID, *, has_device: bool, now: datetime) -> bool:
    load = Load.objects.select_for_update(of=("self",)).filter(pk=load_id, state__in=ACTIVE).first()
    stops = list(Stop.objects.filter(load_id=load_id).order_by("sequence"))
    if load is None or not stops:
        return False
    found = missing_cause(
        TrackingFacts(
            is_carrier_onboarded=_is_onboarded(load),
            has_customer_equipment=bool(load.plate or load.trailer),
            has_platform_equipment=has_device,
            last_ping_at=load.pinged_at,
        ),
        now=now,
        window=window_of(stops),
    )
    if found is None:
        return False
    if load.missing_cause == found.cause.value and load.progress == Colour.NO_SIGNAL.value:
        return True
    _note(load, found, now)
    return True


def _note(load: Load, found: MissingTracking, now: datetime) -> None:
    load.missing_cause, load.progress = found.cause.value, Colour.NO_SIGNAL.value
    load.save(update_fields=["missing_cause", "progress"])
    if found.cause is MissingCause.SIGNAL_LOST:
        tell(
            load,
            "tracking_lost",
            happened_at=now,
            key=load.pinged_at.isoformat() if load.pinged_at else "",
        )
    raise_alert(
        type=NO_SIGNAL,
        object_kind=OF_LOAD,
        object_id=load.pk,
        at=now,
        concern=Concern(
            severity="warning" if load.state in ON_THE_ROAD else "info",
            counterparty_id=load.counterparty_id,
            title_params={
                "load": load.number,
                "cause": found.cause.value,
                "turn": found.owner.value,
                "last_seen": load.pinged_at.isoformat() if load.pinged_at else None,
            },
        ),
    )
    sync_partners(load)
    publish(followed(load))


def found_again(load: Load, *, at: datetime) -> None:
    """Close the exception of an own load that sends positions again, or is over."""
    if not load.missing_cause:
        return
    load.missing_cause = ""
    load.save(update_fields=["missing_cause"])
    clear_alert(type=NO_SIGNAL, object_kind=OF_LOAD, object_id=load.pk, at=at)


def _told_of(load_ids: Sequence[UUID]) -> dict[UUID, bool]:
    """Return of each load whether its carrier said that a device can be followed."""
    rows = CarrierReport.objects.filter(load_id__in=load_ids, code=READY)
    found: dict[UUID, bool] = {}
    for key, facts in rows.values_list("load_id", "facts"):
        found[key] = found.get(key, False) or bool(facts.get("has_device"))
    return found


def _is_onboarded(load: Load) -> bool:
    """Say whether positions of the load's carrier can reach us: own fleet, or by its grant."""
    ours = acting_organisation_id()
    carrier = load.counterparty_id
    return carrier == ours or (carrier, ours) in visible_fields(TRACKING)


def name_types() -> None:
    """Give the exception its texts."""
    name_type(
        NO_SIGNAL, _("No position of load %(load)s"), _("A load sends no position")
    )  # fmt: skip
