"""From a supplier's stock count to the pixel: real processes, 500 sockets and a browser.

    python -m benchmarks.live_pixel [--sockets 500] [--counts 30]    # about two minutes

Counts of one part arrive by REST, low and high in turn, so that its exception opens and closes.
Measured on one clock: from the start of the request to the frame at every entitled socket, and
to the changed row in the control tower. The sockets of companies without a grant must stay silent.
"""

import argparse
import asyncio
import json
import os
import platform
import sys
import time
from collections import defaultdict
from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from importlib.metadata import version
from typing import Any

from playwright.async_api import Page, async_playwright
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed

from benchmarks.http import RESULTS, Installation, installation
from tests.harness.chromium import FLAGS, chromium

PACKAGES = ("granian", "Django", "celery", "redis", "websockets", "playwright")
REPORTER = "Brasov Harness"
SEE = ("Avalon Motors", "Brasov Harness", "Silesia Copper")
SEE_NOT = ("Kestrel Motors", "Porto Harness", "Fjord Freight", "Rhine Cross-dock")
SHARE_THAT_SEES = 0.6
TOPIC = "work.exceptions"
GOAL_MS = 1000.0
WAIT_S, QUIET_S, LONGEST_UNREST_S = 8.0, 4.0, 240.0
OPEN_AT_ONCE = 25
WARM_UPS = 2

WATCH = """number => {
  const isShown = () => {
    const rows = [...document.querySelectorAll('#exceptions-feed > *')];
    return rows.some(row => row.textContent.includes(number) && row.getClientRects().length > 0);
  };
  window.benchChanges = [];
  let shown = isShown();
  new MutationObserver(() => {
    if (isShown() === shown) return;
    shown = !shown;
    const change = {shown, changed: Date.now(), painted: null};
    window.benchChanges.push(change);
    requestAnimationFrame(() => setTimeout(() => { change.painted = Date.now(); }, 0));
  }).observe(document.body, {childList: true, characterData: true, subtree: true});
}"""


def main() -> None:
    """Serve, measure, print and keep the figures."""
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--sockets", type=int, default=500)
    arguments.add_argument("--counts", type=int, default=30)
    options = arguments.parse_args()
    with installation(["web", "live", "worker", "relay"]) as served:
        cookies = signed_in(served)
        figures = asyncio.run(measure(served, cookies, options.sockets, options.counts))
    result = {
        "command": " ".join(["python -m benchmarks.live_pixel", *sys.argv[1:]]),
        "machine": f"{os.cpu_count()} cores, {platform.system()} {platform.machine()}",
        "load_average_at_end": round(os.getloadavg()[0], 1),
        "python": platform.python_version(),
        "versions": {name: version(name) for name in PACKAGES},
        **figures,
    }
    RESULTS.mkdir(exist_ok=True)
    (RESULTS / "live_pixel.json").write_text(json.dumps(result, indent=2) + "\n", encoding="utf-8")
    print(json.dumps(result, indent=2))


def signed_in(served: Installation) -> dict[str, str]:
    """Return a web session's key for the first person of each company of the cast."""
    os.environ.update(served.environment)
    import django

    django.setup()
    from django.conf import settings
    from django.test import Client

    from collab.live.entitlement import ORGANISATION_KEY
    from collab.organisations.models import Person
    from collab.organisations.queries import memberships_of

    found = {}
    for login in served.logins:
        name = login["organisation"]
        if name in found or name not in (*SEE, *SEE_NOT):
            continue
        person = Person.objects.get(email=login["email"])
        client = Client()
        client.force_login(person, backend="allauth.account.auth_backends.AuthenticationBackend")
        session = client.session
        session[ORGANISATION_KEY] = memberships_of(person.pk)[0].organisation_id
        session.save()
        found[name] = client.cookies[settings.SESSION_COOKIE_NAME].value
    return found


@dataclass(slots=True)
class Arrivals:
    """Which sockets have had a frame about the part since a count was sent, and when [s]."""

    marks: set[str]
    at: dict[int, float] = field(default_factory=dict)
    last_frame: float = field(default_factory=time.time)
    resyncs: int = 0

    def note(self, socket: int, text: str) -> None:
        """Take a frame in; it counts if it is an exception of the part."""
        now = time.time()
        frame = json.loads(text)
        if frame.get("k") == "resync":
            self.resyncs += 1
        if "t" not in frame:
            return
        self.last_frame = now
        if frame["t"] != TOPIC or not any(mark in text for mark in self.marks):
            return
        # A frame that takes the row away names only the element.
        self.marks.add(frame["id"])
        self.at.setdefault(socket, now)


@dataclass(frozen=True, slots=True)
class Sample:
    """One count [ms after its start]: each socket's frame, and the row in the page."""

    answered: float
    sockets: dict[int, float]
    changed: float | None
    painted: float | None


async def measure(
    served: Installation, cookies: dict[str, str], sockets: int, counts: int
) -> dict[str, Any]:
    """Return the figures of ``counts`` counts with ``sockets`` open sockets."""
    row = covered_row(served)
    parties = spread_over(sockets)
    arrivals = Arrivals({row["part_number"], row["partner_part_number"]})
    async with AsyncExitStack() as stack:
        await stack.enter_async_context(listening(served, cookies, parties, arrivals))
        page = await stack.enter_async_context(tower(served, cookies["Avalon Motors"]))
        await quiet(arrivals)
        await page.evaluate(WATCH, row["partner_part_number"])
        samples = []
        entitled = {number for number, name in enumerate(parties) if name in SEE}
        for turn in range(WARM_UPS + counts):
            quantity = "1" if turn % 2 == 0 else row["on_hand"]
            samples.append(await one(served, row, quantity, arrivals, entitled, page))
    return judged(samples[WARM_UPS:], parties, arrivals.resyncs)


async def one(
    served: Installation,
    row: dict[str, Any],
    quantity: str,
    arrivals: Arrivals,
    entitled: set[int],
    page: Page,
) -> Sample:
    """Send one count and wait for its frames and its row."""
    body = {
        "counterparty": row["counterparty"],
        "part_number": row["part_number"],
        "site": row["site"],
        "quantity": quantity,
        "unit": row["unit"],
        "counted_at": datetime.now(UTC).isoformat(),
    }
    arrivals.at.clear()
    start = time.time()
    await asyncio.to_thread(served.call, "POST", "/api/v1/stock-counts", REPORTER, body)
    answered = time.time()
    while time.time() - start < WAIT_S:
        changes = await page.evaluate("() => window.benchChanges")
        has_row = bool(changes) and changes[-1]["painted"] is not None
        if has_row and entitled <= set(arrivals.at):
            break
        await asyncio.sleep(0.05)
    await asyncio.sleep(0.3)  # stragglers to those that should see nothing
    changes = await page.evaluate("() => window.benchChanges.splice(0)")
    last: dict[str, float | None] = changes[-1] if changes else {}

    def after_start(clock_ms: float | None) -> float | None:
        return None if clock_ms is None else clock_ms - start * 1000

    return Sample(
        (answered - start) * 1000,
        {socket: (at - start) * 1000 for socket, at in arrivals.at.items()},
        after_start(last.get("changed")),
        after_start(last.get("painted")),
    )


def covered_row(served: Installation) -> dict[str, Any]:
    """Return the reporter's coverage of a part for the viewer of the tower, above its minimum."""
    avalon = served.call("GET", "/api/v1/organisation", "Avalon Motors")["bpn"]
    rows = served.call("GET", "/api/v1/coverage?limit=200", REPORTER)["items"]
    for row in rows:
        is_covered = row["counterparty"] == avalon and not row["is_short"]
        if is_covered and row["partner_part_number"] and row["minimum_days"]:
            found: dict[str, Any] = row
            return found
    raise RuntimeError(f"expected a covered part of {REPORTER} for Avalon, got {len(rows)} rows")


def spread_over(sockets: int) -> list[str]:
    """Return the company of each socket: six in ten may see the part, the others may not."""
    see = round(sockets * SHARE_THAT_SEES)
    return [SEE[n % len(SEE)] for n in range(see)] + [
        SEE_NOT[n % len(SEE_NOT)] for n in range(sockets - see)
    ]


@asynccontextmanager
async def listening(
    served: Installation, cookies: dict[str, str], parties: Sequence[str], arrivals: Arrivals
) -> AsyncIterator[None]:
    """Hold a socket for each entry of ``parties`` for the length of the block.

    Raises
    ------
    RuntimeError
        If a socket was closed before the end.
    """
    open_ones: list[ClientConnection] = []
    readers: list[asyncio.Task[None]] = []

    async def open_one(number: int) -> None:
        connection = await connect(
            served.live_url,
            origin=served.url,  # type: ignore[arg-type]
            additional_headers={"Cookie": f"collab={cookies[parties[number]]}"},
            compression=None,
            ping_interval=None,
            open_timeout=30,
            proxy=None,
        )
        open_ones.append(connection)
        readers.append(asyncio.create_task(read(number, connection)))

    async def read(number: int, connection: ClientConnection) -> None:
        try:
            while True:
                arrivals.note(number, str(await connection.recv()))
        except ConnectionClosed:
            return

    for first in range(0, len(parties), OPEN_AT_ONCE):
        last = min(first + OPEN_AT_ONCE, len(parties))
        await asyncio.gather(*(open_one(number) for number in range(first, last)))
    try:
        yield
        if closed := sum(reader.done() for reader in readers):
            raise RuntimeError(f"expected {len(parties)} open sockets, {closed} were closed")
    finally:
        for reader in readers:
            reader.cancel()
        await asyncio.gather(*(each.close() for each in open_ones), return_exceptions=True)


@asynccontextmanager
async def tower(served: Installation, cookie: str) -> AsyncIterator[Page]:
    """Open the car maker's control tower in Chromium, its live feed on."""
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=chromium(), args=FLAGS)
        context = await browser.new_context(viewport={"width": 1440, "height": 900})
        await context.add_cookies([{"name": "collab", "value": cookie, "url": served.url}])
        page = await context.new_page()
        await page.goto(f"{served.url}/t/avalon/")
        await page.wait_for_selector("#live[data-state=on]", timeout=20_000)
        await page.wait_for_selector("#exceptions-feed", state="attached", timeout=5_000)
        yield page
        await browser.close()


async def quiet(arrivals: Arrivals) -> None:
    """Wait until the work of loading (forecasts, first coverage) has left the feed."""
    began = time.time()
    while time.time() - max(arrivals.last_frame, began) < QUIET_S:
        if time.time() - began > LONGEST_UNREST_S:
            raise RuntimeError(f"expected the feed to calm down within {LONGEST_UNREST_S} s")
        await asyncio.sleep(0.2)


def judged(samples: Sequence[Sample], parties: Sequence[str], resyncs: int) -> dict[str, Any]:
    """Return the figures of all samples, and whether the goal is met."""
    frames: list[float] = []
    spreads: list[float] = []
    between: list[float] = []
    missing = leaked = 0
    for sample in samples:
        firsts: dict[str, float] = defaultdict(lambda: float("inf"))
        seen = []
        for socket, after in sample.sockets.items():
            if parties[socket] not in SEE:
                leaked += 1
                continue
            seen.append(after)
            firsts[parties[socket]] = min(firsts[parties[socket]], after)
        missing += sum(name in SEE for name in parties) - len(seen)
        frames += seen
        if seen:
            spreads.append(max(seen) - min(seen))
            between.append(max(firsts.values()) - min(firsts.values()))
    changed = [each.changed for each in samples if each.changed is not None]
    painted = [each.painted for each in samples if each.painted is not None]
    missing_rows = len(samples) - len(changed)
    page_p95 = at(changed, 0.95)
    return {
        "sockets": len(parties),
        "entitled_sockets": sum(name in SEE for name in parties),
        "counts": len(samples),
        "answer_ms": summary([each.answered for each in samples]),
        "frame_at_sockets_ms": summary(frames),
        "first_to_last_socket_ms": summary(spreads),
        "first_to_last_party_ms": summary(between),
        "row_in_page_ms": summary(changed),
        "painted_ms": summary(painted),
        "each_row_ms": [None if each.changed is None else round(each.changed) for each in samples],
        "missing_frames": missing,
        "missing_rows": missing_rows,
        "frames_to_others": leaked,
        "resyncs": resyncs,
        "goal_ms": GOAL_MS,
        "passes": page_p95 <= GOAL_MS and missing == missing_rows == leaked == 0,
    }


def summary(values: Sequence[float]) -> dict[str, float] | None:
    """Return p50, p95 and p99, or ``None`` without values."""
    if not values:
        return None
    return {f"p{round(share * 100)}": round(at(values, share), 1) for share in (0.5, 0.95, 0.99)}


def at(values: Sequence[float], share: float) -> float:
    """Return the quantile ``share`` of the values; infinite without any."""
    ranked = sorted(values)
    return ranked[min(len(ranked) - 1, int(share * len(ranked)))] if ranked else float("inf")


if __name__ == "__main__":
    main()
