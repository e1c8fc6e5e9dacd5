"""TR-03 to TR-05 in two browsers: a week optimised, looked at, pinned, published and accepted."""

import re
from datetime import date, timedelta
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from tests.harness.clock import today_here
from tests.journeys.conftest import Served, SignIn
from tests.journeys.test_screens import violations

pytestmark = pytest.mark.browser
SOLVED_MS = 60_000  # a safety net: usually a few seconds
SECONDS, HUBS = 2, 4


def test_a_planner_optimises_pins_publishes_and_a_supplier_accepts(
    served: Served, sign_in: SignIn
) -> None:
    planner = sign_in("Avalon Motors")
    planner.goto(f"{served.url}/t/avalon/transport/milkruns/{_scenario(served)}/")
    planner.wait_for_selector("#live[data-state=on]")
    planner.get_by_role("button", name="Solve").click()
    planner.wait_for_selector("#live[data-state=on]")
    expect(planner.locator("#progress b, #trips").first).to_contain_text(
        re.compile("vehicles|CO2e|→"), timeout=SOLVED_MS
    )
    expect(planner.locator("#trips")).to_be_visible(timeout=SOLVED_MS)  # without a reload
    first = planner.url
    _look(planner)
    supplier = _pin(planner)
    expect(planner.locator("#trips")).to_be_visible(timeout=SOLVED_MS)
    assert planner.url != first
    planner.goto(_view(planner, "options"))
    expect(planner.locator("#options")).to_contain_text(supplier)
    planner.locator("#compare a").first.click()
    expect(planner.locator("main")).to_contain_text("Cost")
    planner.go_back()
    _publish(planner)
    _accept(served, sign_in)


def _scenario(served: Served) -> str:
    """Make a small week of the demo network's hubs, each on milk runs; return its key."""
    path = "/api/v1/milk-run-scenarios"
    found = served.call("GET", f"{path}?view=published", "Avalon Motors")["items"]
    known: dict[str, Any] = served.call("GET", f"{path}/{found[-1]['id']}", "Avalon Motors")
    hubs = [code for code in known["places"] if code.endswith("/ZHUB")][:HUBS]
    made = served.call(
        "POST",
        path,
        "Avalon Motors",
        {
            "plant": known["plant"],
            "first_week": known["first_week"],
            "suppliers": [code.partition("/")[0] for code in hubs],
            "seconds": SECONDS,
            "name": "Journey",
            "options": {"pinned": [{"supplier": code, "mode": "milkrun"} for code in hubs]},
        },
    )
    key: str = made["id"]
    return key


def _view(page: Page, name: str) -> str:
    return re.sub(r"\?.*", "", page.url) + f"?view={name}"


def _look(page: Page) -> None:
    """Open map, timetable, fill, suppliers and docks; nothing breaks the rules of access."""
    expect(page.locator("network-map path.rt").first).to_be_attached()
    assert page.locator("#trips meter").count() > 0
    assert page.locator("#timetable rect.rt-stop").count() > 0
    faults = violations(page)
    for view in ("suppliers", "docks"):
        page.goto(_view(page, view))
        faults += violations(page)
    assert faults == []


def _pin(page: Page) -> str:
    """Fix a hub to direct shipments and solve again; return its name."""
    page.goto(_view(page, "options"))
    hub = page.locator("#pin-supplier option[value$='/ZHUB']").first
    name = hub.inner_text()
    page.select_option("#pin-supplier", hub.get_attribute("value"))
    page.select_option("#pin-mode", "direct")
    page.locator("#pin button").click()
    page.wait_for_selector("#live[data-state=on]")
    return name


def _publish(page: Page) -> None:
    page.goto(_view(page, "publish"))
    earliest = date.fromisoformat(page.locator("#valid_from").input_value())
    assert earliest > today_here() + timedelta(days=5)
    page.locator("#publish button[type=submit]").click()
    page.wait_for_url("**/transport/routes/**")


def _accept(served: Served, sign_in: SignIn) -> None:
    """Let the first supplier with a key that is asked accept its stop."""
    for organisation in served.keys:
        stops = served.call("GET", "/api/v1/fixed-routes?kind=stop", organisation)["items"]
        if all(each["state"] != "proposed" for each in stops):
            continue
        page = sign_in(organisation)
        slug = page.url.split("/t/")[1].split("/")[0]
        page.goto(f"{served.url}/t/{slug}/transport/routes/")
        buttons = page.get_by_role("button", name="Accept")
        before = buttons.count()
        buttons.first.click()
        expect(buttons).to_have_count(before - 1)
        return
    pytest.fail("expected a supplier that is asked for its stop")
