"""Positions through HTTP, screens of 10,000 loads under way, how well arrivals are foreseen.

    python -m benchmarks.tracking [--loads 10000] [--batches 20]    # about a minute

One granian process on the loopback address, a throw-away installation. Positions go in batches of
1,000 from two clients with one carrier's key, each for another load and time, with nothing known
before; a batch sent twice must store nothing. The screens are asked for one after the other.
"""

import argparse
import json
import os
import platform
import re
import statistics
import sys
import time
import urllib.parse
import urllib.request
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from datetime import UTC, datetime, timedelta
from http.cookiejar import CookieJar
from typing import Any

import psycopg2
from playwright.sync_api import sync_playwright

from benchmarks.http import RESULTS, Installation, installation
from benchmarks.pages import SETTLED_MS, sign_in
from tests.harness.chromium import FLAGS, chromium
from transport.engine.days import history, lanes, simulate
from transport.rules.eta import estimate
from transport.rules.eta_accuracy import accuracy
from transport.rules.eta_fit import fit

CARRIER, OWNER, SLUG = "Fjord Freight", "Avalon Motors", "avalon"
BATCH, LINKS, CLIENTS = 1_000, 1_000, 2
SEEDS = (21, 22, 23, 24, 25, 26)
GOAL_PINGS, GOAL_P95_MS, GOAL_COVER = 2_000.0, 200.0, (0.75, 0.85)
GOAL_MAP_MS = 1500.0

FILL = """
SET session_replication_role = replica;
WITH sides AS (
  SELECT (SELECT id FROM organisations_organisation WHERE slug = 'avalon') AS customer,
         (SELECT id FROM organisations_organisation WHERE name = %(carrier)s) AS carrier),
loads AS (
  INSERT INTO transport_load
    (id, owner_id, counterparty_id, number, state, mode, vehicle_type, capacity, starts_at, ends_at,
     currency, emissions_basis, limiting, plate, trailer, driver_name, cancelled_reason,
     position, pinged_at, progress, missing_cause, plan_version, created_at, version)
  SELECT gen_random_uuid(), customer, carrier, 'LD-99-' || g, 'in_transit', 'full_truck', 'SEMI',
         '{}', now() - interval '8 hours', now() + make_interval(hours => 4 + g %% 60), 'EUR', '{}',
         '', 'B BM ' || g, '', '', '',
         jsonb_build_object('latitude', 36 + random() * 22, 'longitude', -8 + random() * 34,
                            'heading', 90, 'speed_kmh', 80, 'next', 'Avalon Munich',
                            'pallets', '24'),
         now() - make_interval(mins => g %% 50),
         (ARRAY['on_time','on_time','on_time','late','cannot_make_it'])[1 + g %% 5], '', 1, now(), 1
    FROM generate_series(1, %(loads)s) g, sides
  RETURNING id, number, owner_id, counterparty_id)
INSERT INTO transport_trackinglink
  (id, owner_id, load_id, customer_id, load_number, means, device, secret_hash, active_from,
   active_until, created_at)
SELECT gen_random_uuid(), counterparty_id, id, owner_id, number, 'api', '', '',
       now() - interval '10 hours', now() + interval '9 days', now()
  FROM loads;
ANALYZE;
"""
WATCH_MAP = """
  window.benchMap = {};
  const painted = name => requestAnimationFrame(() => setTimeout(() => {
    window.benchMap[name] ??= performance.now();
  }, 0));
  new PerformanceObserver(list => list.getEntries().forEach(each => {
    if (each.name === 'first-contentful-paint') window.benchMap.page_ms = each.startTime;
  })).observe({type: 'paint', buffered: true});
  new MutationObserver(() => {
    if (document.querySelector('network-map .land')) painted('land_ms');
    if (document.querySelector('network-map .vehicles > *')) painted('vehicles_ms');
  }).observe(document, {childList: true, subtree: true});
"""
NUMBERS = "SELECT id FROM transport_load WHERE number LIKE 'LD-99-%%' LIMIT %s"


def main() -> None:
    """Fill, measure, print and keep the figures."""
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--loads", type=int, default=10_000)
    arguments.add_argument("--batches", type=int, default=20)
    options = arguments.parse_args()
    with installation(["web"]) as served:
        with closing(psycopg2.connect(served.superuser_url)) as connection:
            with connection.cursor() as cursor:
                cursor.execute(FILL, {"carrier": CARRIER, "loads": options.loads})
                cursor.execute(NUMBERS, [LINKS])
                keys = [str(row[0]) for row in cursor.fetchall()]
            connection.commit()
        intake = measure_intake(served, keys, options.batches)
        screens = measure_screens(served)
        on_map = measure_map(served)
    eta = measure_eta()
    result = {
        "command": " ".join(["python -m benchmarks.tracking", *sys.argv[1:]]),
        "machine": f"{os.cpu_count()} cores, {platform.system()} {platform.machine()}",
        "load_average_at_end": round(os.getloadavg()[0], 1),
        "python": platform.python_version(),
        "loads": options.loads,
        "intake": intake,
        "screens": screens,
        "map": on_map,
        "eta": eta,
        "goals": {
            "pings_per_s": GOAL_PINGS,
            "p95_ms": GOAL_P95_MS,
            "map_ms": GOAL_MAP_MS,
            "within_p10_p90": list(GOAL_COVER),
        },
        "passes": {
            "intake": intake["pings_per_s"] >= GOAL_PINGS and intake["stored_twice"] == 0,
            "list": screens["list"]["p95_ms"] <= GOAL_P95_MS,
            "map": on_map["vehicles_ms"] <= GOAL_MAP_MS,
            "eta": GOAL_COVER[0] <= eta["within_p10_p90"] <= GOAL_COVER[1],
        },
    }
    RESULTS.mkdir(exist_ok=True)
    (RESULTS / "tracking.json").write_text(json.dumps(result, indent=2) + "\n", encoding="utf-8")
    print(json.dumps(result, indent=2))


def measure_intake(served: Installation, keys: Sequence[str], batches: int) -> dict[str, Any]:
    """Return pings per second through HTTP, and what a batch sent again stored."""
    now = datetime.now(UTC)
    bodies = [
        [
            {
                "load": key,
                "latitude": 48.0 + batch * 1e-4,
                "longitude": 11.0 + place * 1e-3,
                "recorded_at": (now - timedelta(minutes=batches - batch)).isoformat(),
                "speed_kmh": 80,
                "heading": 270,
            }
            for place, key in enumerate(keys[:BATCH])
        ]
        for batch in range(batches + 1)
    ]
    post = _poster(served)
    post(bodies[0])  # the first request of a process pays for its imports
    durations: list[float] = []
    began = time.perf_counter()
    with ThreadPoolExecutor(CLIENTS) as pool:
        for duration, answer in pool.map(post, bodies[1:]):
            durations.append(duration)
            if answer["recorded"] != BATCH:
                raise RuntimeError(f"expected {BATCH} positions to be stored, got {answer}")
    seconds = time.perf_counter() - began
    _duration, again = post(bodies[-1])
    return {
        "pings": batches * BATCH,
        "pings_per_s": round(batches * BATCH / seconds, 1),
        "batch_ms": _spread(durations),
        "stored_twice": again["recorded"],
    }


def _poster(served: Installation) -> Callable[[Any], tuple[float, dict[str, Any]]]:
    def post(body: Any) -> tuple[float, dict[str, Any]]:
        began = time.perf_counter()
        answer = served.call("POST", "/api/v1/positions", CARRIER, body)
        return time.perf_counter() - began, answer

    return post


def measure_screens(served: Installation, repeats: int = 30) -> dict[str, Any]:
    """Return how long the list of loads under way and the points of the map take."""
    opener = _signed_in(served)
    paths = {
        "list": f"/t/{SLUG}/transport/tracking/",
        "list_late": f"/t/{SLUG}/transport/tracking/?view=late&sort=seen",
        "map_json": f"/t/{SLUG}/transport/map.json",
    }
    found: dict[str, Any] = {}
    for name, path in paths.items():
        durations, size = [], 0
        for turn in range(repeats + 2):
            began = time.perf_counter()
            with opener.open(served.url + path, timeout=30) as answer:
                size = len(answer.read())
            if turn >= 2:
                durations.append(time.perf_counter() - began)
        found[name] = {**_spread(durations), "kilobytes": round(size / 1024)}
    return found


def measure_map(served: Installation, visits: int = 5) -> dict[str, float]:
    """Return when the page, the land and the vehicles are painted: medians [ms] of cold visits.

    Raises ``RuntimeError`` without Chromium on the path.
    """
    seen: list[dict[str, float]] = []
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium(), args=FLAGS)
        page = browser.new_context(viewport={"width": 1440, "height": 900}).new_page()
        sign_in(page, served)
        session = page.context.new_cdp_session(page)
        session.send("Network.setCacheDisabled", {"cacheDisabled": True})
        page.add_init_script(WATCH_MAP)
        for _ in range(visits + 1):  # the first warms the server
            page.goto(f"{served.url}/t/{SLUG}/transport/tracking/", wait_until="load")
            page.locator("network-map .vehicles > *").first.wait_for(state="attached")
            page.wait_for_timeout(SETTLED_MS)
            seen.append(page.evaluate("window.benchMap"))
        browser.close()
    return {
        name: round(statistics.median(each[name] for each in seen[1:]), 0)
        for name in ("page_ms", "land_ms", "vehicles_ms")
    }


def _signed_in(served: Installation) -> urllib.request.OpenerDirector:
    opener = urllib.request.build_opener(urllib.request.HTTPCookieProcessor(CookieJar()))
    login = next(each for each in served.logins if each["organisation"] == OWNER)
    address = f"{served.url}/accounts/login/"
    with opener.open(address, timeout=30) as answer:
        page = answer.read().decode()
    token = re.search(r'name="csrfmiddlewaretoken" value="([^"]+)"', page)
    if token is None:
        raise RuntimeError("expected a form with a CSRF token on the login page")
    form = {
        "login": login["email"],
        "password": login["password"],
        "csrfmiddlewaretoken": token[1],
    }
    request = urllib.request.Request(
        address, data=urllib.parse.urlencode(form).encode(), headers={"Referer": address}
    )
    opener.open(request, timeout=30).close()
    return opener


def measure_eta() -> dict[str, Any]:
    """Return how often arrivals on unseen simulated days lay within P10 to P90, by hours out."""
    pairs = []
    for seed in SEEDS:  # bad weather lies over whole days: one network says too little
        runs = lanes(seed, count=3)
        model = fit(history(simulate(runs, seed=seed, days=100), every=16), "benchmark")
        pairs += [
            (estimate(each.remaining, model), each.arrived_at)
            for trip in simulate(runs, seed=seed, days=40, first_day=100)
            for each in trip.observations[::10]
        ]
    bands = accuracy(pairs)
    within = sum((band.within or 0) * band.count for band in bands) / len(pairs)
    return {
        "estimates": len(pairs),
        "within_p10_p90": round(within, 3),
        "bands": [
            {
                "hours": [band.from_hours, band.to_hours],
                "count": band.count,
                "mean_absolute_min": _rounded(band.mean_absolute_min),
                "bias_min": _rounded(band.bias_min),
                "within": _rounded(band.within, 3),
            }
            for band in bands
        ],
    }


def _rounded(value: float | None, places: int = 1) -> float | None:
    return None if value is None else round(value, places)


def _spread(durations: Sequence[float]) -> dict[str, float]:
    ordered = sorted(durations)
    return {
        "median_ms": round(statistics.median(ordered) * 1e3, 1),
        "p95_ms": round(ordered[min(len(ordered) - 1, int(len(ordered) * 0.95))] * 1e3, 1),
    }


if __name__ == "__main__":
    main()
