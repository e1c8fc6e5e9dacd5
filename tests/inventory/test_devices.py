"""IN-14, API-07: readings of devices are taken once, judged, shown to whom they concern."""

import random
from datetime import datetime, timedelta
from uuid import uuid4

import pytest

from collab.events.relay import work_off
from collab.integration.epcis.model import Typed
from collab.integration.mqtt.passwords import verify_password
from collab.live.models import FeedFrame
from collab.masterdata.refusals import Refused
from collab.organisations.context import acting_for
from collab.organisations.models import Site
from collab.work.models import Alert
from inventory.models import (
    Device,
    LatestReading,
    ReadingSeen,
    SensorReading,
    TrackingCorrection,
    UnitState,
)
from inventory.queries.devices import device_by_key
from inventory.sensor_alerts import OUTSIDE
from inventory.services.device_plans import DevicePlan, keep_device
from inventory.services.devices import (
    device_accounts,
    issue_credential,
    live_credentials,
    revoke,
    seen,
)
from inventory.services.readings import ReadingRow, Verdict, VerdictState, record_readings
from inventory.services.sensor_limits import LimitPlan, keep_limit, remove_limit
from inventory.services.tracking import record_events
from tests.harness.cast import TIER_TWO_FIELDS, Cast, give
from tests.harness.tracked import GLN, NOW, PALLET, event

MINUTE = timedelta(minutes=1)
RECORDED, DUPLICATE, REFUSED = VerdictState


@pytest.fixture
def sensor(cast: Cast) -> Device:
    """Brasov's sensor on a pallet that is Avalon's business; 2 to 8 degrees, 10 minutes."""
    give(cast.brasov, cast.avalon, cast.avalon, "work.exceptions")
    with acting_for(cast.brasov):
        Site.objects.filter(owner=cast.brasov).update(gln=GLN)
        going = event(
            0, epcs=(PALLET,), biz_step="departing",
            destinations=(Typed("owning_party", cast.avalon.bpn),),
        )  # fmt: skip
        record_events([going], source="test", received_at=NOW)
        keep_limit(LimitPlan(metric="temperature", unit="CEL", least=2, most=8, duration_s=600))
        return keep_device(
            DevicePlan(code="TEMP-1", thing=PALLET, attached_at=NOW - timedelta(days=1))
        )


def warm(device: Device, minute: float, value: float, **said: object) -> ReadingRow:
    row = {"unit": "CEL", "sequence": None, **said}
    at = NOW - timedelta(hours=5) + minute * MINUTE
    return ReadingRow(device.pk, "temperature", value, sensed_at=at, **row)  # type: ignore[arg-type]


def take(cast: Cast, *rows: ReadingRow, at: datetime = NOW) -> list[Verdict]:
    with acting_for(cast.brasov):
        return record_readings(rows, source="test", received_at=at)


def states(found: list[Verdict]) -> list[VerdictState]:
    return [each.state for each in found]


@pytest.mark.committed
def test_a_crossed_limit_is_one_exception_for_everybody_it_concerns(
    cast: Cast, sensor: Device
) -> None:
    give(cast.brasov, cast.silesia, cast.avalon, "work.exceptions", fields=TIER_TWO_FIELDS)
    take(cast, warm(sensor, 0, 5), warm(sensor, 1, 9), warm(sensor, 10, 9))
    work_off()
    with acting_for(cast.brasov):
        assert not Alert.objects.filter(type=OUTSIDE).exists()
        row = LatestReading.objects.get()
        assert (row.side, row.is_breached, row.counterparty_id) == ("high", False, cast.avalon.pk)
    take(cast, warm(sensor, 11, 9.5), warm(sensor, 12, 9.5))
    take(cast, warm(sensor, 13, 9.5))
    work_off()
    for each in (cast.brasov, cast.avalon, cast.silesia):
        with acting_for(each):
            alert = Alert.objects.get(type=OUTSIDE)
            assert alert.is_open
            assert alert.times_seen <= 3
    with acting_for(cast.avalon):
        assert alert.object_id == UnitState.objects.get(thing=PALLET).pk
        assert SensorReading.objects.count() == 6
        frames = FeedFrame.objects.filter(topic="inventory.sensor")
        assert frames.exists()
        assert FeedFrame.objects.filter(topic="work.exceptions").exists()
    for rival in (cast.porto, cast.kestrel):
        with acting_for(rival):
            assert not Alert.objects.filter(type=OUTSIDE).exists()
            assert not SensorReading.objects.exists()
            assert not LatestReading.objects.exists()
            assert not FeedFrame.objects.filter(topic="inventory.sensor").exists()
    take(cast, warm(sensor, 20, 7.9))
    work_off()
    for each in (cast.brasov, cast.avalon):
        with acting_for(each):
            assert not Alert.objects.get(type=OUTSIDE).is_open


def test_twice_is_once_and_another_value_is_none(cast: Cast, sensor: Device) -> None:
    first = warm(sensor, 0, 5, sequence=7)
    assert states(take(cast, first, first)) == [RECORDED, DUPLICATE]
    again = take(cast, warm(sensor, 3, 5, sequence=7), warm(sensor, 0, 6, sequence=7))
    assert states(again) == [DUPLICATE, REFUSED]
    assert again[1].field == "sequence"
    timed = take(cast, warm(sensor, 4, 5), warm(sensor, 4, 5), warm(sensor, 4, 6))
    assert states(timed) == [RECORDED, DUPLICATE, REFUSED]
    assert timed[2].field == "sensed_at"
    with acting_for(cast.brasov):
        assert SensorReading.objects.count() == ReadingSeen.objects.count() == 2


def test_bad_readings_are_refused_one_by_one(cast: Cast, sensor: Device) -> None:
    stranger = uuid4()
    with acting_for(cast.avalon):
        foreign = keep_device(DevicePlan(code="TEMP-1"))
    found = take(
        cast,
        warm(sensor, 0, float("nan")),
        warm(sensor, 24 * 60, 5),
        ReadingRow(stranger, "temperature", 5.0, "CEL", NOW),
        ReadingRow(foreign.pk, "temperature", 5.0, "CEL", NOW),
        ReadingRow(sensor.pk, "a\0b", 5.0, "CEL", NOW),
        ReadingRow(sensor.pk, "door", True, "", NOW),
        ReadingRow(sensor.pk, "state", "ajar", "", NOW),
        ReadingRow(sensor.pk, "battery", 87, "P1", NOW),
    )
    assert states(found) == [REFUSED] * 5 + [RECORDED] * 3
    assert [each.field for each in found[:5]] == [
        "value", "sensed_at", "device", "device", "metric",
    ]  # fmt: skip
    with acting_for(cast.brasov):
        waiting = TrackingCorrection.objects.filter(reason="device")
        assert {row.subject for row in waiting} == {str(stranger), str(foreign.pk)}
        assert Device.objects.get(pk=sensor.pk).battery_percent == 87
        door = LatestReading.objects.get(metric="door")
        assert (door.number, door.text) == (1.0, "true")


def test_any_order_comes_to_the_same_standing(cast: Cast, sensor: Device) -> None:
    chance = random.Random(14)
    values = [chance.choice([5.0, 8.0, 9.0, 12.0, 1.0]) for _ in range(60)]
    rows = [warm(sensor, minute, value) for minute, value in enumerate(values)]
    with acting_for(cast.brasov):
        twin = keep_device(
            DevicePlan(code="TEMP-2", thing=PALLET, attached_at=NOW - timedelta(days=1))
        )
    for row in rows:
        take(cast, ReadingRow(twin.pk, row.metric, row.value, row.unit, row.sensed_at))
    chance.shuffle(rows)
    while rows:
        cut = chance.randint(1, 9)
        take(cast, *rows[:cut], *rows[: cut // 3])
        rows = rows[cut:]
    with acting_for(cast.brasov):
        one, other = (
            LatestReading.objects.filter(device=each)
            .values("number", "side", "beyond_since", "is_breached", "sensed_at")
            .get()
            for each in (sensor, twin)
        )
        assert one == other
        is_open = Alert.objects.filter(type=OUTSIDE, is_open=True).exists()
        assert is_open == one["is_breached"]


def test_a_breach_of_the_past_is_told_and_closed(cast: Cast, sensor: Device) -> None:
    """A logger that hands everything in at the end of the journey."""
    take(cast, *(warm(sensor, minute, 11 if 10 < minute < 40 else 5) for minute in range(60)))
    with acting_for(cast.brasov):
        alert = Alert.objects.get(type=OUTSIDE)
        assert not alert.is_open
        assert alert.raised_at == NOW - timedelta(hours=5) + 21 * MINUTE
        assert alert.cleared_at == NOW - timedelta(hours=5) + 40 * MINUTE


def test_limits_that_change_and_devices_that_move_are_judged_anew(
    cast: Cast, sensor: Device
) -> None:
    take(cast, *(warm(sensor, minute, 9) for minute in range(15)))
    with acting_for(cast.brasov):
        assert Alert.objects.get(type=OUTSIDE).is_open
        wide = keep_limit(LimitPlan(metric="temperature", most=10, thing=PALLET))
        assert not Alert.objects.get(type=OUTSIDE).is_open
        remove_limit(wide.pk)
        assert Alert.objects.get(type=OUTSIDE).is_open
        keep_device(DevicePlan(code="TEMP-1"), key=sensor.pk)
        assert not Alert.objects.get(type=OUTSIDE).is_open
        with pytest.raises(Refused):
            keep_limit(LimitPlan(metric="temperature", least=3, most=3))
    take(cast, ReadingRow(sensor.pk, "temperature", 30.0, "CEL", NOW - timedelta(minutes=1)))
    with acting_for(cast.avalon):  # measured before it was taken off, told after: still theirs
        assert SensorReading.objects.count() == 16


def test_a_device_gone_mad_is_throttled_and_no_other(cast: Cast, sensor: Device) -> None:
    with acting_for(cast.brasov):
        calm = keep_device(DevicePlan(code="CALM", attached_at=NOW - timedelta(days=1)))
    mad = [warm(sensor, second / 100, 5) for second in range(900)]
    found = take(cast, *mad, warm(calm, 1, 5))
    assert states(found[:600]) == [RECORDED] * 600
    assert set(states(found[600:900])) == {REFUSED}
    assert "at most 60 readings a minute" in found[600].reason
    assert found[900].state is RECORDED
    with acting_for(cast.brasov):
        rows = [device_by_key(each.pk) for each in (sensor, calm)]
        assert [row and row.state for row in rows] == ["throttled", "reporting"]
        assert rows[0] is not None
        assert rows[0].throttled_count == 300
    assert states(take(cast, warm(sensor, 10, 5), at=NOW + 10 * MINUTE)) == [RECORDED]
    with acting_for(cast.brasov):
        assert not Device.objects.get(pk=sensor.pk).is_throttled


def test_credentials_are_told_once_rotate_and_end(cast: Cast, sensor: Device) -> None:
    with acting_for(cast.brasov):
        name, secret = issue_credential(sensor)
        second, _secret = issue_credential(sensor)
        with pytest.raises(Refused):
            issue_credential(sensor)
    accounts = {each.username: each for each in device_accounts()}
    assert set(accounts) == {name, second}
    assert verify_password(secret, accounts[name].password_hash)
    assert (accounts[name].tenant, accounts[name].device_id) == (cast.brasov.slug, sensor.pk)
    with acting_for(cast.avalon):
        assert not live_credentials(sensor.pk)
    with acting_for(cast.brasov):
        old = live_credentials(sensor.pk)[-1]
        assert revoke(old.pk)
        assert not revoke(old.pk)
        seen(sensor.pk, at=NOW, battery=140, session="online")
        assert Device.objects.get(pk=sensor.pk).battery_percent == 100
    assert {each.username for each in device_accounts()} == {second}
    with acting_for(cast.brasov):
        keep_device(DevicePlan(code="TEMP-1", is_active=False), key=sensor.pk)
    assert not list(device_accounts())
    assert take(cast, warm(sensor, 1, 5))[0].state is REFUSED
