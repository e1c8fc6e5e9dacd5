"""Devices of the demo: a sensor and an electronic seal on a pallet on its way, readers at gates.

The pallet stood in the sun for the last hour: one limit is crossed. The car maker's plant and the
cross-dock measure as well, and another delivery bears a seal that people look at.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from math import sin
from typing import Final

from django.db.models import QuerySet

from collab.demo.loader.directory import Directory
from collab.demo.network import DemoNetwork
from collab.organisations.context import acting_for
from collab.organisations.models import Site
from inventory.models import Device
from inventory.rules.unit_names import thing_of
from inventory.services.device_plans import DevicePlan, keep_device
from inventory.services.devices import seen
from inventory.services.readings import ReadingRow, record_readings
from inventory.services.seals import LookPlan, SealPlan, bind_seal, look_at_seal, release_seal
from inventory.services.sensor_limits import LimitPlan, keep_limit
from transport.models import DispatchAdvice, HandlingUnit

MAKER: Final = "brasov"
CUSTOMER: Final = "avalon"
HUB: Final = "rhine"
EVERY: Final = timedelta(minutes=15)
LONGEST: Final = timedelta(hours=24)
IN_THE_SUN: Final = timedelta(hours=1)
TEMPERATURE, OPEN = "temperature", "open"
SENSOR, SEAL, READER = "TEMP-0417", "ESEAL-2209", "READER-OUT1"
STEPS_OF_A_DAY: Final = 48
HALF_AN_HOUR: Final = timedelta(minutes=30)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Gate:
    """A site with a climate sensor and a reader, each with its code and name."""

    slug: str
    site: str
    sensor: str
    sensor_name: str
    reader: str
    reader_name: str


GATES: Final = (
    _Gate(
        slug=CUSTOMER,
        site="MUC",
        sensor="CLIMATE-MUC1",
        sensor_name="Climate, incoming goods",
        reader="READER-IN1",
        reader_name="Reader, goods in",
    ),
    _Gate(
        slug=HUB,
        site="DUI",
        sensor="CLIMATE-DUI1",
        sensor_name="Climate, hall 2",
        reader="READER-DOOR4",
        reader_name="Reader, door 4",
    ),
)


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
    for place in GATES:
        with acting_for(directory.organisations[place.slug]):
            _stand(place, as_of)
    _seal_by_hand(directory, as_of)


def _stand(place: _Gate, as_of: datetime) -> None:
    """Put a climate sensor and a reader at a site and let them tell of the last day."""
    kind = Device.Kind.READER.value
    kept = keep_device(
        DevicePlan(code=place.reader, name=place.reader_name, kind=kind, site=place.site)
    )
    seen(kept.pk, at=as_of, session=Device.Session.ONLINE.value)
    since = as_of - STEPS_OF_A_DAY * HALF_AN_HOUR
    climate = keep_device(
        DevicePlan(code=place.sensor, name=place.sensor_name, site=place.site, attached_at=since)
    )
    rows = []
    for step in range(STEPS_OF_A_DAY):
        at = since + (step + 1) * HALF_AN_HOUR
        degrees, humid = round(19 + 2 * sin(step / 8), 1), round(47 - 6 * sin(step / 8), 1)
        rows.append(ReadingRow(climate.pk, TEMPERATURE, degrees, "CEL", at))
        rows.append(ReadingRow(climate.pk, "humidity", humid, "P1", at))
    rows.append(ReadingRow(climate.pk, "battery", 78, "P1", as_of))
    record_readings(rows, source="mqtt", received_at=as_of)
    seen(climate.pk, at=as_of, session=Device.Session.ONLINE.value)


def _seal_by_hand(directory: Directory, as_of: datetime) -> None:
    """Let another supplier seal what left first and is on its way; the plant may open it."""
    customer, maker = directory.organisations[CUSTOMER], directory.organisations[MAKER]
    with acting_for(customer):
        others = _on_the_way(as_of).filter(counterparty=customer).exclude(owner=maker)
        first = others.order_by("despatched_at", "pk").values_list("owner_id", "pk").first()
    if first is None:
        return
    with acting_for(first[0]):
        advice = DispatchAdvice.objects.get(pk=first[1])
        left = advice.despatched_at
        bound = bind_seal(
            SealPlan(
                advice=advice.pk,
                number=f"H{advice.number}"[:40],
                allowed_sites=[_code_of(advice.ship_to)],
                applied_at=left - HALF_AN_HOUR,
            )
        )
        site = _code_of(advice.ship_from)
        look_at_seal(bound.pk, LookPlan(place="gate", number=bound.number, site=site, at=left))
        release_seal(bound.pk, at=as_of - HALF_AN_HOUR)


def _code_of(place: Mapping[str, object]) -> str:
    return str(place.get("code", "")).rpartition("/")[2]


def _on_its_way(as_of: datetime) -> DispatchAdvice | None:
    """Return the maker's advice that left last and has not arrived."""
    return _on_the_way(as_of).order_by("-despatched_at", "pk").first()


def _on_the_way(as_of: datetime) -> QuerySet[DispatchAdvice]:
    """Return the visible advices that left a while ago and have not arrived."""
    state = DispatchAdvice.State
    return DispatchAdvice.objects.filter(
        state__in=(state.SENT, state.ACCEPTED), despatched_at__lt=as_of - IN_THE_SUN - EVERY
    )


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
            allowed_sites=[_code_of(advice.ship_to)],
            applied_at=since,
        )
    )
    site = _code_of(advice.ship_from)
    look_at_seal(bound.pk, LookPlan(place="gate", number=bound.number, site=site, at=since))
