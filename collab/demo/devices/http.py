"""The same readings by REST, in batches, for an installation without a broker."""

import json
import random
import time
import urllib.request
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Final

from collab.demo.devices.fleet import Habits, Login, Tally, temperature

BATCH: Final = 500
_TIMEOUT_S: Final = 30


def play_over_http(logins: Sequence[Login], habits: Habits, url: str, key: str) -> Tally:
    """Send one reading of every device each ``1 / per_second`` seconds; urllib raises on errors."""
    tally = Tally(connected=len(logins))
    rng = random.Random(len(logins))  # noqa: S311 - a simulation
    began = time.monotonic()
    for number in range(round(habits.seconds * habits.per_second)):
        due = began + number / habits.per_second
        time.sleep(max(0.0, due - time.monotonic()))
        tally.late_s = max(tally.late_s, time.monotonic() - due)
        rows = [
            {
                "device": login.code,
                "metric": "temperature",
                "value": temperature(number, rng),
                "unit": "CEL",
                "sensed_at": datetime.now(UTC).isoformat(),
            }
            for login in logins
        ]
        for first in range(0, len(rows), BATCH):
            _post(f"{url.rstrip('/')}/api/v1/sensor-readings", key, rows[first : first + BATCH])
            tally.messages += 1
        tally.readings += len(rows)
    tally.acknowledged = tally.messages
    return tally


def _post(url: str, key: str, rows: Sequence[dict[str, object]]) -> None:
    request = urllib.request.Request(  # noqa: S310 - the installation that was named
        url,
        data=json.dumps({"readings": rows}).encode(),
        headers={"Content-Type": "application/json", "Authorization": f"Bearer {key}"},
    )
    with urllib.request.urlopen(request, timeout=_TIMEOUT_S) as answer:  # noqa: S310
        answer.read()
