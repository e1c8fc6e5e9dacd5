"""One exception for each shipment that comes late, for all whom grants let see it (TR-13)."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from django.utils.translation import gettext_lazy as _

from collab.work.services import Concern, clear_alert, raise_alert
from collab.work.titles import name_type
from transport.models import DelayOptions, Leg, Load, Shipment, Stop
from transport.rules.eta_colour import Colour
from transport.services.arrivals import Arrival, appointment
from transport.services.delay_options import Late, options
from transport.services.sightings import LATE, OF_SHIPMENT

STEP = timedelta(minutes=15)
SEVERITY = {Colour.LATE: "warning", Colour.CANNOT_MAKE_IT: "critical"}


def judge_shipments(
    found: Sequence[tuple[Shipment, Arrival | None]], *, load: Load, now: datetime
) -> None:
    """Raise, renew or clear the exception of each shipment on the own ``load``.

    ``found`` pairs a shipment with the arrival of its last leg; without one nothing is known,
    which changes nothing unless the shipment has arrived.
    """
    late = [(row, each) for row, each in found if each is not None and each.colour in SEVERITY]
    for row, each in found:
        is_on_time = each is not None and each.colour is Colour.ON_TIME
        if is_on_time or row.delivered_at is not None:
            _clear(row, at=now)
    if not late:
        return
    stops = list(Stop.objects.filter(owner_id=load.owner_id, load_id=load.pk).order_by("sequence"))
    legs = Leg.objects.filter(owner_id=load.owner_id, load_id=load.pk)
    ends = dict(legs.values_list("shipment_id", "to_sequence"))
    for row, arrival in late:
        if row.delivered_at is None:
            stop = next(each for each in stops if each.sequence == ends[row.pk])
            _raise(Late(shipment=row, load=load, stops=stops, stop=stop, arrival=arrival, now=now))


def _raise(late: Late) -> None:
    shipment, arrival = late.shipment, late.arrival
    item = shipment.items[0] if shipment.items else {}
    rows = [each.row() for each in options(late)]
    DelayOptions.objects.update_or_create(
        shipment_id=shipment.pk,
        defaults={"rows": rows, "currency": late.load.currency, "made_at": arrival.eta.ping_at},
    )
    raise_alert(
        type=LATE,
        object_kind=OF_SHIPMENT,
        object_id=shipment.pk,
        at=late.now,
        concern=Concern(
            severity=SEVERITY[arrival.colour],
            counterparty_id=shipment.counterparty_id,
            part_number=_own_number(item),
            partner_part_number=_partner_number(item),
            site_code=str(shipment.destination.get("site_code", ""))[:20],
            title_params={
                "shipment": shipment.number,
                "late_minutes": _in_steps(late.minutes),
                "expected_at": _quarter(arrival.eta.p50).isoformat(),
                "due_at": appointment(late.stop).end.isoformat(),
            },
        ),
    )


def _clear(shipment: Shipment, *, at: datetime) -> None:
    if clear_alert(type=LATE, object_kind=OF_SHIPMENT, object_id=shipment.pk, at=at):
        DelayOptions.objects.filter(shipment_id=shipment.pk).delete()


def _own_number(item: dict[str, Any]) -> str:
    return str(item.get("part_number", ""))[:40]


def _partner_number(item: dict[str, Any]) -> str:
    return str(item.get("partner_part_number", ""))[:40]


def _in_steps(minutes: int) -> int:
    """Return minutes in steps of a quarter of an hour, so that not every ping is news."""
    step = STEP // timedelta(minutes=1)
    return max(step, round(minutes / step) * step)


def _quarter(at: datetime) -> datetime:
    over = timedelta(minutes=at.minute % 15, seconds=at.second, microseconds=at.microsecond)
    return at - over


def name_types() -> None:
    """Give the exception its texts."""
    name_type(
        LATE,
        _("Shipment %(shipment)s comes about %(late_minutes)s min late"),
        _("Part %(part_number)s comes late to %(site_code)s"),
        _("A delivery comes late"),
    )
