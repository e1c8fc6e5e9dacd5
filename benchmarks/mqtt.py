"""Devices over MQTT: a fleet through a real Mosquitto into readings, with intake killed on the way.

    python -m benchmarks.mqtt [--devices 300] [--rate 11] [--seconds 60]

Mosquitto with the deployed settings, one intake process and an installation without fsync, all on
the loopback address. Each device has its own account and connection and sends one reading a
message with QoS 1; 10 % come twice and 5 % late. In the middle intake gets SIGKILL and is started
again. Lost and doubled readings are counted in the table; the rate is what was recorded from the
first message to the last commit, the pause of the kill included.
"""

import argparse
import asyncio
import json
import os
import platform
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from benchmarks.http import RESULTS, ROOT, installation

SLUG = "brasov"
SECRET = "benchmarks-only-secret"
DUPLICATES, REORDERED = 0.10, 0.05
GOAL_PER_S = 3_000
DRAINED_WITHIN_S = 120.0
HEARD_WITHIN_S = 120.0


def main() -> int:
    """Measure, print and keep the figures; return the exit code."""
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--devices", type=int, default=300)
    arguments.add_argument("--rate", type=float, default=11.0)
    arguments.add_argument("--seconds", type=float, default=60.0)
    options = arguments.parse_args()
    with installation([]) as served:
        os.environ.update(served.environment)
        import django

        django.setup()
        measured = measure(options.devices, options.rate, options.seconds)
    result = {
        "command": " ".join(["python -m benchmarks.mqtt", *sys.argv[1:]]),
        "machine": f"{platform.system()} {platform.machine()}, {os.cpu_count()} processors",
        "goals": {"readings_per_s": GOAL_PER_S, "lost": 0, "doubled": 0},
        **measured,
    }
    result["passes"] = {
        "rate": measured["per_s"] >= GOAL_PER_S,
        "nothing_lost": measured["lost"] == 0,
        "nothing_doubled": measured["doubled"] == 0 and measured["sum_is_exact"],
    }
    (RESULTS / "mqtt.json").write_text(json.dumps(result, indent=2) + "\n", encoding="utf-8")
    print(json.dumps(result, indent=2))
    return 0 if all(result["passes"].values()) else 1


def measure(devices: int, rate: float, seconds: float) -> dict[str, Any]:
    """Run the fleet once; return rates, losses and the load of the machine before it."""
    from collab.demo.devices.fleet import Fleet, Habits
    from collab.demo.devices.registration import register
    from collab.demo.management.commands.simulate_devices import organisation_named
    from collab.integration.device_intake.account_files import AccountFiles
    from collab.integration.mqtt.accounts import Account
    from inventory.services.devices import device_accounts
    from tests.harness.broker import running_broker

    owner = organisation_named(SLUG)
    logins = list(register(owner, devices))
    accounts = [
        Account(each.username, each.password_hash, each.tenant, each.code)
        for each in device_accounts()
    ]
    habits = Habits(per_second=rate, seconds=seconds, duplicates=DUPLICATES, reordered=REORDERED)
    load = os.getloadavg()[0]
    with tempfile.TemporaryDirectory(prefix="collab-broker-") as name:
        folder = Path(name)
        AccountFiles(folder, ("intake", SECRET)).write(accounts)
        with running_broker(folder) as broker, _intake(broker.port, folder) as intake:
            _wait_until_heard()
            killer = threading.Timer(seconds / 2, intake.kill_and_start)
            killer.start()
            began = time.monotonic()
            fleet = Fleet(logins, habits, "127.0.0.1", broker.port)
            tally = asyncio.run(fleet.run())
            sent_s = time.monotonic() - began
            killer.join()
            recorded, total = _drained(owner.pk, tally.readings)
            took = time.monotonic() - began
    return {
        "devices": devices,
        "readings": tally.readings,
        "messages": tally.messages,
        "acknowledged": tally.acknowledged,
        "sent_s": round(sent_s, 1),
        "took_s": round(took, 1),
        "per_s": round(recorded / took),
        "lost": max(0, tally.readings - recorded),
        "doubled": max(0, recorded - tally.readings),
        "sum_is_exact": round(total, 2) == round(tally.values, 2),
        "kills": 1,
        "load_before": round(load, 2),
        "load_after": round(os.getloadavg()[0], 2),
    }


class _Intake:
    """The intake process, which can be killed and started again."""

    def __init__(self, port: int, folder: Path) -> None:
        url = f"mqtt://intake:{SECRET}@127.0.0.1:{port}"
        self._environment = {**os.environ, "MQTT_URL": url}
        self._log = folder / "intake.log"
        self._process = self._start()

    def kill_and_start(self) -> None:
        self.end()
        self._process = self._start()

    def end(self) -> None:
        self._process.kill()
        self._process.wait()

    def _start(self) -> "subprocess.Popen[bytes]":
        with self._log.open("ab") as log:
            return subprocess.Popen(
                [sys.executable, "manage.py", "mqtt_intake"],
                cwd=ROOT,
                env=self._environment,
                stdout=log,
                stderr=subprocess.STDOUT,
            )


@contextmanager
def _intake(port: int, folder: Path) -> Iterator[_Intake]:
    running = _Intake(port, folder)
    try:
        yield running
    finally:
        running.end()


def _wait_until_heard() -> None:
    """Wait for intake: what is published before its first session exists reaches nobody."""
    from collab.events import wake
    from collab.integration.device_intake import beacon

    deadline = time.monotonic() + HEARD_WITHIN_S
    while not wake.connection().get(beacon.KEY):
        if time.monotonic() > deadline:
            raise RuntimeError(f"expected intake to hear the broker within {HEARD_WITHIN_S:.0f} s")
        time.sleep(0.1)


def _drained(owner: int, expected: int) -> tuple[int, float]:
    """Return how many readings are recorded and their sum, once all are there or time is up."""
    from django.db.models import Count, Sum

    from collab.organisations.context import acting_for
    from inventory.models import Device, SensorReading

    deadline = time.monotonic() + DRAINED_WITHIN_S
    while True:
        with acting_for(owner):
            mine = Device.objects.filter(owner_id=owner, code__startswith="sim-").values("pk")
            rows = SensorReading.objects.filter(owner_id=owner, device_id__in=mine)
            found = rows.aggregate(count=Count("pk"), total=Sum("number"))
        if found["count"] >= expected or time.monotonic() > deadline:
            return found["count"], float(found["total"] or 0)
        time.sleep(0.25)


if __name__ == "__main__":
    sys.exit(main())
