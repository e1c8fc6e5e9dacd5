"""From a message to a reading: twice is once, poison is kept, nothing is lost (IN-14)."""

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from django.db import OperationalError
from django.utils import timezone

from collab.events import wake
from collab.integration.device_intake import beacon
from collab.integration.device_intake.account_files import AccountFiles
from collab.integration.device_intake.broker import Arrival
from collab.integration.device_intake.process import Intake
from collab.integration.mqtt.accounts import Account
from collab.integration.mqtt.sparkplug import Datatype, Metric, Payload, encode
from collab.organisations.context import acting_for
from collab.organisations.models import Organisation
from inventory.models import Device, SensorReading, TrackingCorrection
from inventory.services.device_messages import keep_deliveries
from inventory.services.device_plans import DevicePlan, keep_device
from inventory.services.devices import device_accounts, issue_credential, live_credentials, revoke
from tests.harness.broker import RunningBroker, needs_mosquitto, running_broker
from tests.harness.cast import Cast
from tests.integration.mqtt.client import Party, wait_until

ROOT = Path(__file__).resolve().parents[3]


class Tray:
    """Messages that lie ready, and what became of them."""

    is_connected = False

    def __init__(self) -> None:
        self.ready: list[Arrival] = []
        self.acknowledged: list[Arrival] = []
        self.sent: list[str] = []

    def put(self, topic: str, payload: bytes) -> None:
        number = len(self.ready) + len(self.acknowledged) + 1
        self.ready.append(Arrival(topic, payload, number, 1, 1))

    def take(self, *, most: int, wait_s: float, gather_s: float) -> list[Arrival]:
        batch, self.ready = self.ready[:most], self.ready[most:]
        return batch

    def acknowledge(self, batch: Sequence[Arrival]) -> None:
        self.acknowledged += batch

    def publish(self, topic: str, payload: bytes) -> None:
        self.sent.append(topic)


def probe(owner: Organisation, code: str = "probe-1", **options) -> Device:
    with acting_for(owner):
        return keep_device(DevicePlan(code=code, **options))


def said(value: float, *, seconds_ago: int, **more) -> bytes:
    at = (timezone.now() - timedelta(seconds=seconds_ago)).isoformat()
    reading = {"metric": "temperature", "value": value, "unit": "CEL", "sensed_at": at, **more}
    return json.dumps({"readings": [reading], "battery_percent": 87}).encode()


def values_of(owner: Organisation, metric: str = "temperature") -> list[float]:
    with acting_for(owner):
        rows = SensorReading.objects.filter(owner_id=owner.pk, metric=metric).order_by("pk")
        return [float(row.number or 0) for row in rows]


def corrections(owner: Organisation) -> list[tuple[str, str, int]]:
    with acting_for(owner):
        rows = TrackingCorrection.objects.order_by("reason", "subject")
        return list(rows.values_list("reason", "subject", "times"))


@pytest.fixture
def tray() -> Tray:
    return Tray()


@pytest.fixture
def intake(tray: Tray) -> Intake:
    return Intake(tray, keep_deliveries)


def test_two_companies_devices_of_one_name_are_kept_apart(
    cast: Cast, tray: Tray, intake: Intake
) -> None:
    probe(cast.brasov)
    probe(cast.porto)
    message = said(4.5, seconds_ago=60, sequence=1)
    tray.put("t/brasov/probe-1/readings", message)
    tray.put("t/brasov/probe-1/readings", message)  # QoS 1 may deliver twice
    tray.put("t/porto/probe-1/readings", said(19.0, seconds_ago=30))
    intake.step()
    assert (values_of(cast.brasov), values_of(cast.porto)) == ([4.5], [19.0])
    assert len(tray.acknowledged) == 3
    with acting_for(cast.brasov):
        device = Device.objects.get(code="probe-1")
    assert device.battery_percent == 87
    assert device.last_seen_at is not None
    assert corrections(cast.brasov) == []


def test_a_name_that_is_anothers_now_is_the_others(cast: Cast, tray: Tray, intake: Intake) -> None:
    probe(cast.brasov)
    probe(cast.porto)
    tray.put("t/brasov/probe-1/readings", said(1.0, seconds_ago=60))
    intake.step()
    for organisation, name in ((cast.brasov, "brasov-old"), (cast.porto, "brasov")):
        with acting_for(organisation):
            Organisation.objects.filter(pk=organisation.pk).update(slug=name)
    tray.put("t/brasov/probe-1/readings", said(2.0, seconds_ago=30))
    intake.step()
    assert (values_of(cast.brasov), values_of(cast.porto)) == ([1.0], [2.0])


def test_what_cannot_be_read_is_kept_raw_and_harms_nobody(
    cast: Cast, tray: Tray, intake: Intake
) -> None:
    probe(cast.brasov)
    at = timezone.now().isoformat()
    for payload in (
        *(b"{", b"\xff\x00", b"[]", b'{"readings":[{"metric":"temperature","value":1e999}]}'),
        *(b'{"readings":[{"metric":"temperature","value":4}]}', b'{"readings":[]}'),
        f'{{"readings":[{{"metric":"a\\u0000b","value":1,"sensed_at":"{at}"}}]}}'.encode(),
        said(1, seconds_ago=-7200),  # of the future
    ):
        tray.put("t/brasov/probe-1/readings", payload)
    tray.put("t/brasov/stranger/readings", said(1, seconds_ago=1))
    tray.put("t/brasov/probe-1/elsewhere", b"{}")
    tray.put("t/nobody/probe-1/readings", said(1, seconds_ago=1))
    tray.put("t/brasov/probe-1/readings", said(4.5, seconds_ago=60))
    intake.step()
    assert values_of(cast.brasov) == [4.5]
    assert tray.ready == []
    assert len(tray.acknowledged) == 12
    assert corrections(cast.brasov) == [
        ("device", "stranger", 1),
        ("refused", "probe-1: message", 6),
        ("refused", "probe-1: metric", 1),
        ("refused", "probe-1: sensed_at", 1),
        ("refused", "t/brasov/probe-1/elsewhere: message", 1),
    ]
    with acting_for(cast.brasov):
        kept = TrackingCorrection.objects.get(subject="probe-1: message")
    assert (kept.body["text"], kept.source) == ("{", "mqtt")
    assert kept.detail.startswith("expected ")


def test_a_device_gone_mad_is_throttled_and_its_neighbour_is_not(
    cast: Cast, tray: Tray, intake: Intake
) -> None:
    probe(cast.brasov, per_minute=60, burst=20)
    probe(cast.brasov, "probe-2")
    for number in range(200):
        tray.put("t/brasov/probe-1/readings", said(4.0, seconds_ago=500 - number))
    tray.put("t/brasov/probe-2/readings", said(9.0, seconds_ago=9))
    intake.step()
    values = values_of(cast.brasov)
    assert values.count(9.0) == 1
    assert values.count(4.0) <= 20
    assert corrections(cast.brasov) == []
    with acting_for(cast.brasov):
        assert Device.objects.get(code="probe-1").is_throttled


@pytest.mark.committed
def test_nothing_is_acknowledged_before_it_is_committed(
    cast: Cast, tray: Tray, intake: Intake
) -> None:
    """The database goes away twice; one message is poison to the service; the rest is recorded."""
    probe(cast.brasov)
    pauses: list[float] = []
    failures = [OperationalError("away"), OperationalError("away")]
    seen: list[int] = []

    def keep(deliveries, *, received_at) -> None:
        seen.append(len(tray.acknowledged))
        if failures:
            raise failures.pop()
        if any(each.values and each.values[0].value == 13 for each in deliveries):
            raise LookupError("a fault of ours")
        keep_deliveries(deliveries, received_at=received_at)

    stubborn = Intake(tray, keep, pause=pauses.append)
    for number in range(8):
        value = 13.0 if number == 5 else float(number)
        tray.put("t/brasov/probe-1/readings", said(value, seconds_ago=60 - number))
    stubborn.step()
    assert values_of(cast.brasov) == [0.0, 1.0, 2.0, 3.0, 4.0, 6.0, 7.0]
    assert set(seen) == {0}
    assert len(tray.acknowledged) == 8
    assert pauses == [0.5, 1.0]
    assert corrections(cast.brasov) == [("refused", "probe-1: message", 1)]


def sparkplug(at_ms: int, sequence: int | None, *metrics: Metric) -> bytes:
    return encode(Payload(at_ms, sequence, metrics))


def test_a_node_is_born_loses_a_message_and_is_asked_for_its_birth(
    cast: Cast, tray: Tray, intake: Intake
) -> None:
    probe(cast.brasov, "gate", kind="gateway")
    probe(cast.brasov, "gate:door")
    now = round(timezone.now().timestamp() * 1000) - 60_000
    number = Metric("bdSeq", None, Datatype.UINT64, 3)
    warm = Metric("temperature", 1, Datatype.FLOAT, 4.5, unit="CEL")
    battery = Metric("Properties/Battery", 2, Datatype.INT32, 55)
    opened = Metric("door", 7, Datatype.BOOLEAN, False)
    topic = "spBv1.0/brasov/{}/gate"
    tray.put(topic.format("NBIRTH"), sparkplug(now, 0, number, warm, battery))
    tray.put(topic.format("DBIRTH") + "/door", sparkplug(now + 1, 1, opened))
    tray.put(topic.format("NDATA"), sparkplug(now + 2, 2, Metric("", 1, 0, 5.5)))
    tray.put(topic.format("DDATA") + "/door", sparkplug(now + 3, 3, Metric("", 7, 0, True)))
    intake.step()
    assert values_of(cast.brasov) == [4.5, 5.5]
    assert values_of(cast.brasov, "door") == [0.0, 1.0]
    with acting_for(cast.brasov):
        gate, door = (Device.objects.get(code=code) for code in ("gate", "gate:door"))
    assert (gate.session, gate.battery_percent, door.session) == ("online", 55, "online")
    tray.put(topic.format("NDATA"), sparkplug(now + 9, 3, Metric("", 99, 0, 1.0)))  # 3 was taken
    intake.step()
    assert tray.sent == []  # not yet: it looks like a message of a later round
    lonely = Intake(tray, keep_deliveries)  # a new process knows no births
    tray.put(topic.format("NDATA"), sparkplug(now + 10, 4, Metric("", 1, 0, 6.5)))
    lonely.step()
    assert tray.sent == ["spBv1.0/brasov/NCMD/gate"]
    former = Metric("bdSeq", None, Datatype.UINT64, 2)
    for death, session in ((former, "online"), (number, "offline")):
        tray.put(topic.format("NDEATH"), sparkplug(now, None, death))
        intake.step()
        with acting_for(cast.brasov):  # a node that goes takes along what is behind it
            assert set(Device.objects.values_list("session", flat=True)) == {session}
    lonely.is_stopping = True
    lonely.run()
    assert corrections(cast.brasov) == [("refused", "gate: message", 1)]


@contextmanager
def intake_process(broker: RunningBroker) -> "Iterator[subprocess.Popen[bytes]]":
    url = f"mqtt://intake:{SECRET}@127.0.0.1:{broker.port}"
    process = subprocess.Popen(
        [sys.executable, "manage.py", "mqtt_intake"],
        cwd=ROOT,
        env={**os.environ, "MQTT_URL": url},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        yield process
    finally:
        process.kill()
        process.wait()


SECRET = "secret-of-the-intake"
TOPIC = "t/brasov/probe-1/readings"


@needs_mosquitto
@pytest.mark.faults
@pytest.mark.committed
def test_a_killed_intake_loses_nothing_and_doubles_nothing(cast: Cast, tmp_path: Path) -> None:
    """Real broker, real process, real credentials; SIGKILL with messages in flight, then again."""
    device = probe(cast.brasov, per_minute=100_000, burst=100_000)
    with acting_for(cast.brasov):
        username, secret = issue_credential(device)
    files = AccountFiles(tmp_path, ("intake", SECRET))

    def renew() -> bool:
        return files.write(
            [Account(a.username, a.password_hash, a.tenant, a.code) for a in device_accounts()]
        )

    assert renew()
    sent = 600
    with running_broker(tmp_path) as broker:
        party = Party(broker.port, username, secret)
        with intake_process(broker) as first:
            zeroth = said(0, seconds_ago=999, sequence=0)  # until intake hears it
            wait_until(lambda: party.publish(TOPIC, zeroth) == "Success", 60)
            wait_until(lambda: values_of(cast.brasov))
            for number in range(1, sent):
                payload = said(number, seconds_ago=999 - number, sequence=number)
                party.client.publish("t/brasov/probe-1/readings", payload, qos=1)
                if number % 10 == 0:
                    party.client.publish("t/brasov/probe-1/readings", payload, qos=1)
                if number == sent // 2:
                    wait_until(lambda: len(values_of(cast.brasov)) > 1)
                    first.send_signal(signal.SIGKILL)
        with intake_process(broker) as second:
            wait_until(lambda: len(values_of(cast.brasov)) >= sent, 60)
            with acting_for(cast.brasov):
                assert revoke(live_credentials(device.pk)[0].pk)
            assert renew()
            broker.reload()
            wait_until(party.disconnected.is_set)
            second.send_signal(signal.SIGTERM)
            assert second.wait(20) == 0
    assert sorted(values_of(cast.brasov)) == [float(number) for number in range(sent)]
    assert corrections(cast.brasov) == []


def test_the_health_page_says_whether_devices_are_heard(settings, database: None) -> None:
    assert beacon.state().startswith("off: MQTT_URL is not set")
    settings.ENVIRONMENT = replace(settings.ENVIRONMENT, mqtt_url="mqtt://intake:x@127.0.0.1")
    wake.connection().delete(beacon.KEY)
    assert beacon.state() == "away"
    beacon.beat()
    assert beacon.state() == "live"
    settings.SILENT_MODE = True
    assert beacon.state() == "off: SILENT_MODE is set"
