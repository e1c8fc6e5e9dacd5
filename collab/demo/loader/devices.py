"""Devices of the demo: a sensor and an electronic seal on a pallet on its way, a reader at a gate.

The pallet stood in the sun for the last hour: one limit is crossed.
"""

from datetime import datetime, timedelta
from math import sin
from typing import Final

from collab.demo.loader.directory import Directory
from collab.demo.network import DemoNetwork
from collab.organisations.context import acting_for
from collab.organisations.models import Site
from inventory.models import Device
from inventory.rules.unit_names import thing_of
from inventory.services.device_plans import DevicePlan, keep_device
from inventory.services.devices import seen
from inventory.services.readings import ReadingRow, record_readings
from inventory.services.seals import LookPlan, SealPlan, bind_seal, look_at_seal
from inventory.services.sensor_limits import LimitPlan, keep_limit
from transport.models import DispatchAdvice, HandlingUnit

MAKER: Final = "brasov"
EVERY: Final = timedelta(minutes=15)
LONGEST: Final = timedelta(hours=24)
IN_THE_SUN: Final = timedelta(hours=1)
TEMPERATURE, OPEN = "temperature", "open"
SENSOR, SEAL, READER = "TEMP-0417", "ESEAL-2209", "READER-OUT1"


def write(network: DemoNetwork, directory: Directory, *, as_of: datetime) -> None:
    """Register the maker's devices, let them measure up to now, bind and look at a seal."""
    with acting_for(directory.organisations[MAKER]):
        own = Site.objects.filter(owner=directory.organisations[MAKER]).order_by("code").first()
        if own is not None:
            reader = DevicePlan(
                code=READER, name="Reader, goods out", kind=Device.Kind.READER.value, site=own.code
            )
            seen(keep_device(reader).pk, at=as_of, session=Device.Session.ONLINE.value)
        limit = LimitPlan(metric=TEMPERATURE, unit="CEL", least=5, most=30, duration_s=1800)
        keep_limit(limit)
        advice = _on_its_way(as_of)
        if advice is not None:
            _ride(advice, as_of)


def _on_its_way(as_of: datetime) -> DispatchAdvice | None:
    """Return the maker's advice that left last and has not arrived."""
    state = DispatchAdvice.State
    rows = DispatchAdvice.objects.filter(
        state__in=(state.SENT, state.ACCEPTED), despatched_at__lt=as_of - IN_THE_SUN - EVERY
    )
    return rows.order_by("-despatched_at", "pk").first()


def _ride(advice: DispatchAdvice, as_of: datetime) -> None:
    """Put a sensor and a seal on the first pallet of an advice, and let them tell."""
    plates = HandlingUnit.objects.filter(advice=advice, parent__isnull=True).order_by("position")
    plate = plates.values_list("licence_plate", flat=True)[0]
    since = max(advice.despatched_at, as_of - LONGEST)
    thing = thing_of(plate)
    sensor = keep_device(
        DevicePlan(code=SENSOR, name="Climate of the load", thing=thing, attached_at=since)
    )
    kind = Device.Kind.SEAL.value
    seal = keep_device(
        DevicePlan(code=SEAL, name="Door seal", kind=kind, thing=thing, attached_at=since)
    )
    rows = []
    for step in range((as_of - since) // EVERY + 1):
        at = since + step * EVERY
        heat = 11 if as_of - at <= IN_THE_SUN else 0
        degrees = round(20.5 + 1.5 * sin(step / 9) + heat, 1)
        rows.append(ReadingRow(sensor.pk, TEMPERATURE, degrees, "CEL", at))
        if step % 4 == 0:
            rows.append(ReadingRow(sensor.pk, "battery", 91 - step // 24, "P1", at))
            rows.append(ReadingRow(seal.pk, OPEN, False, "", at))
    record_readings(rows, source="mqtt", received_at=as_of)
    bound = bind_seal(
        SealPlan(
            advice=advice.pk,
            number=f"E{advice.number}"[:40],
            device=SEAL,
            allowed_sites=[str(advice.ship_to.get("code", "")).rpartition("/")[2]],
            applied_at=since,
        )
    )
    site = str(advice.ship_from.get("code", "")).rpartition("/")[2]
    look_at_seal(bound.pk, LookPlan(place="gate", number=bound.number, site=site, at=since))
