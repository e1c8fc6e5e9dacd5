"""Readings that come late, on the unit a device rode on then, and many judged at once (IN-14)."""

from datetime import datetime, timedelta
from urllib.parse import quote

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from collab.events.models import Errand
from collab.events.tasks import header_for
from collab.jobs.models import Job
from collab.jobs.tasks import run_job
from collab.organisations.context import acting_for
from collab.work.models import Alert
from inventory.models import Device, DeviceAttachment, LatestReading, SensorReading, UnitState
from inventory.sensor_alerts import OUTSIDE
from inventory.services.device_plans import DevicePlan, keep_device
from inventory.services.limit_jobs import HANDFUL
from inventory.services.readings import ReadingRow, record_readings
from inventory.services.sensor_limits import LimitPlan, keep_limit
from tests.conftest import ClientFor
from tests.harness.cast import Cast
from tests.harness.tracked import NOW, OTHER_PALLET, PALLET
from tests.inventory.test_devices import MINUTE, sensor, take, warm

__all__ = ["sensor"]
START = NOW - timedelta(hours=5)  # minute 0 of ``warm``


def attach(cast: Cast, device: Device, thing: str, minute: float) -> Device:
    with acting_for(cast.brasov):
        plan = DevicePlan(code=device.code, thing=thing, attached_at=START + minute * MINUTE)
        return keep_device(plan, key=device.pk)


def history(cast: Cast, device: Device) -> list[tuple[str, datetime, datetime]]:
    with acting_for(cast.brasov):
        rows = DeviceAttachment.objects.filter(device=device).order_by("began_at")
        return list(rows.values_list("thing", "began_at", "ended_at"))


def test_a_late_reading_counts_for_the_unit_the_device_rode_on_then(
    cast: Cast, sensor: Device
) -> None:
    """A logger moved on before it handed in what it had measured on the pallet before."""
    began = sensor.attached_at
    attach(cast, sensor, OTHER_PALLET, 60)
    assert history(cast, sensor) == [(PALLET, began, START + 60 * MINUTE)]
    take(cast, warm(sensor, 70, 5))
    late = [warm(sensor, minute, 11 if minute > 40 else 5) for minute in range(30, 60)]
    take(cast, *late)
    take(cast, *late)  # twice = once
    with acting_for(cast.brasov):
        assert SensorReading.objects.filter(thing=PALLET, counterparty=cast.avalon).count() == 30
        alert = Alert.objects.get(type=OUTSIDE)
        assert alert.object_id == UnitState.objects.get(thing=PALLET).pk
        assert not alert.is_open
        assert (alert.raised_at, alert.cleared_at) == (START + 51 * MINUTE, START + 60 * MINUTE)
        newest = LatestReading.objects.get()
        assert (newest.thing, newest.side, newest.is_breached) == (OTHER_PALLET, "", False)
    for rival in (cast.porto, cast.kestrel):
        with acting_for(rival):
            assert not Alert.objects.filter(type=OUTSIDE).exists()
            assert not DeviceAttachment.objects.exists()


def test_attachments_never_overlap_whatever_is_stated_later(cast: Cast, sensor: Device) -> None:
    began = sensor.attached_at
    attach(cast, sensor, OTHER_PALLET, 60)
    attach(cast, sensor, "", 90)
    attach(cast, sensor, OTHER_PALLET, 120)  # the half-hour on nothing is no attachment
    first = [(PALLET, began, START + 60 * MINUTE)]
    assert history(cast, sensor) == [
        *first, (OTHER_PALLET, START + 60 * MINUTE, START + 90 * MINUTE),
    ]  # fmt: skip
    attach(cast, sensor, "", 30)  # it was off since long before, as it turns out
    assert history(cast, sensor) == [(PALLET, began, START + 30 * MINUTE)]
    attach(cast, sensor, OTHER_PALLET, 45)
    take(cast, warm(sensor, 40, 11), warm(sensor, 20, 5), warm(sensor, 50, 5))
    with acting_for(cast.brasov):
        told = dict(SensorReading.objects.values_list("sensed_at", "thing"))
    assert [told[START + minute * MINUTE] for minute in (20, 40, 50)] == [PALLET, "", OTHER_PALLET]


def test_the_page_of_a_device_shows_what_it_rode_on_before(
    cast: Cast, sensor: Device, client_for: ClientFor
) -> None:
    url = f"/t/{cast.brasov.slug}/inventory/devices/{sensor.pk}/"
    http = client_for(cast.brasov)
    assert "Attached to before" not in http.get(url).content.decode()
    attach(cast, sensor, OTHER_PALLET, 60)
    page = http.get(url).content.decode()
    assert "Attached to before" in page
    assert quote(PALLET, safe="") in page
    for other in (cast.porto, cast.avalon):
        theirs = url.replace(cast.brasov.slug, other.slug)
        assert client_for(other).get(theirs).status_code == 404


def fleet(cast: Cast, count: int) -> list[Device]:
    """Return devices that each have measured 20 degrees at minute 100."""
    with acting_for(cast.brasov):
        devices = [
            keep_device(DevicePlan(code=f"F-{number}", attached_at=START))
            for number in range(count)
        ]
    take(cast, *(warm(each, 100, 20) for each in devices))
    return devices


def test_late_readings_of_many_take_as_many_statements_as_of_one(
    cast: Cast, sensor: Device
) -> None:
    devices = fleet(cast, 30)

    def statements(some: list[Device], minute: int) -> int:
        rows = [warm(each, minute, 5) for each in some]
        with acting_for(cast.brasov), CaptureQueriesContext(connection) as said:
            record_readings(rows, source="test", received_at=NOW)
        return len(said)

    statements(devices, 10)  # one inside for all, so that a window closes
    one = statements(devices[:1], 8)
    assert statements(devices, 6) == one
    with acting_for(cast.brasov):
        assert set(LatestReading.objects.values_list("side", flat=True)) == {"high"}


@pytest.mark.committed
def test_a_limit_of_many_devices_is_judged_in_a_job_and_of_a_few_at_once(cast: Cast) -> None:
    fleet(cast, HANDFUL)
    with acting_for(cast.brasov):
        first = keep_limit(LimitPlan(metric="temperature", most=8))
        assert not Job.objects.filter(kind="inventory.judge_limits").exists()
        assert LatestReading.objects.filter(is_breached=True).count() == HANDFUL
        extra = keep_device(DevicePlan(code="F-more", attached_at=START))
    take(cast, warm(extra, 100, 20))
    with acting_for(cast.brasov):
        keep_limit(LimitPlan(metric="temperature", most=30), key=first.pk)
        job = Job.objects.get(kind="inventory.judge_limits")
        assert job.params == {"metrics": ["temperature"]}
        assert LatestReading.objects.filter(is_breached=True).count() == HANDFUL + 1
    # What is measured meanwhile is judged by the new limit, whoever was judged by the old one.
    take(cast, ReadingRow(extra.pk, "temperature", 25.0, "CEL", START + 101 * MINUTE))
    with acting_for(cast.brasov):
        assert not LatestReading.objects.get(device=extra).is_breached
    errand = Errand.objects.get(subject_id=job.pk, step=Errand.Step.TASK)
    for _twice in range(2):
        run_job.apply(args=(str(job.pk),), headers=header_for(errand), throw=True)
    with acting_for(cast.brasov):
        job.refresh_from_db()
        assert job.state == Job.State.DONE
        assert job.result == {"metrics": ["temperature"], "judged": HANDFUL + 1}
        assert not LatestReading.objects.filter(is_breached=True).exists()
        assert not Alert.objects.filter(type=OUTSIDE, is_open=True).exists()
