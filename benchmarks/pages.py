"""How soon a page stands: largest contentful paint and layout shift on a desktop, cold cache.

    python -m benchmarks.pages [--visits 5]    # about two minutes

Server and browser share the machine. Each page is visited once to warm the server, then measured
with the browser's cache switched off; the median counts. Until its first byte a page waits for the
server, from there to its paint for the browser and for the files that the page names.
"""

import argparse
import json
import os
import platform
import statistics
import sys
from importlib.metadata import version
from typing import Any

from playwright.sync_api import Page, sync_playwright

from benchmarks.http import RESULTS, Installation, installation
from tests.harness.chromium import FLAGS, chromium

PACKAGES = ("granian", "Django", "playwright")
OWNER, SLUG = "Avalon Motors", "avalon"
PAGES = {
    "tower": "",
    "coverage grid": "inventory/",
    "exceptions": "exceptions/",
    "report stock": "inventory/report/",
    "planning grid, 52 weeks": "forecasts/grid/?weeks=52",
}
GOAL_LCP_MS, GOAL_CLS = 1000.0, 0.05
SETTLED_MS = 400
WATCH = """
  window.bench = {paint: 0, shift: 0};
  new PerformanceObserver(list => list.getEntries().forEach(each => {
    window.bench.paint = each.startTime;
  })).observe({type: 'largest-contentful-paint', buffered: true});
  new PerformanceObserver(list => list.getEntries().forEach(each => {
    if (!each.hadRecentInput) window.bench.shift += each.value;
  })).observe({type: 'layout-shift', buffered: true});
"""
FIGURES = """
  () => {
    const page = performance.getEntriesByType('navigation')[0];
    return {...window.bench, first_byte: page.responseStart, bytes: page.decodedBodySize};
  }
"""


def main() -> None:
    """Serve, visit, print and keep the figures."""
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--visits", type=int, default=5)
    options = arguments.parse_args()
    with installation(["web", "live"]) as served:
        figures = measure(served, options.visits)
    result = {
        "command": " ".join(["python -m benchmarks.pages", *sys.argv[1:]]),
        "machine": f"{os.cpu_count()} cores, {platform.system()} {platform.machine()}",
        "load_average_at_end": round(os.getloadavg()[0], 1),
        "python": platform.python_version(),
        "versions": {name: version(name) for name in PACKAGES},
        "visits": options.visits,
        "goal": {"lcp_ms_at_most": GOAL_LCP_MS, "cls_at_most": GOAL_CLS},
        "pages": figures,
    }
    RESULTS.mkdir(exist_ok=True)
    (RESULTS / "pages.json").write_text(json.dumps(result, indent=2) + "\n", encoding="utf-8")
    print(json.dumps(result, indent=2))


def measure(served: Installation, visits: int) -> dict[str, dict[str, float]]:
    """Return per page the median paint [ms] and the greatest layout shift of its visits."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium(), args=FLAGS)
        context = browser.new_context(viewport={"width": 1440, "height": 900})
        page = context.new_page()
        sign_in(page, served)
        session = context.new_cdp_session(page)
        session.send("Network.setCacheDisabled", {"cacheDisabled": True})
        page.add_init_script(WATCH)
        found = {name: _page(page, served, path, visits) for name, path in PAGES.items()}
        browser.close()
    return found


def _page(page: Page, served: Installation, path: str, visits: int) -> dict[str, float]:
    seen: list[dict[str, Any]] = []
    for _ in range(visits + 1):  # the first warms the server
        page.goto(f"{served.url}/t/{SLUG}/{path}", wait_until="load")
        page.wait_for_timeout(SETTLED_MS)
        seen.append(page.evaluate(FIGURES))
    measured = seen[1:]
    return {
        "first_byte_ms": round(statistics.median(each["first_byte"] for each in measured), 0),
        "html_kb": round(measured[-1]["bytes"] / 1000, 1),
        "lcp_ms": round(statistics.median(each["paint"] for each in measured), 0),
        "lcp_ms_worst": round(max(each["paint"] for each in measured), 0),
        "cls": round(max(each["shift"] for each in measured), 4),
    }


def sign_in(page: Page, served: Installation) -> None:
    """Sign the planner of ``OWNER`` in."""
    login = next(each for each in served.logins if each["organisation"] == OWNER)
    page.goto(f"{served.url}/accounts/login/")
    page.fill("input[name=login]", login["email"])
    page.fill("input[name=password]", login["password"])
    page.click("button[type=submit]")
    page.wait_for_url("**/t/**")


if __name__ == "__main__":
    main()
