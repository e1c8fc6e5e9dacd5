"""Screens 13 and 14: a planner walks the coverage grid by keyboard while stock changes under it."""

import re
from datetime import UTC, datetime
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from playwright.sync_api import Page, expect

from tests.journeys.conftest import Served, SignIn
from tests.journeys.test_screens import violations

pytestmark = pytest.mark.browser
WITHIN_MS = 8_000
SHAPES = ("weeks", "chart")
TABS = ("overview", "supply", "terms")
GRID = "table[role=grid] tbody"


@pytest.mark.timeout(120)
def test_a_planner_reads_the_grid_by_keyboard_and_nothing_jumps(
    served: Served, sign_in: SignIn
) -> None:
    page = sign_in("Avalon Motors", reduced_motion="reduce")
    brasov = served.call("GET", "/api/v1/organisation", "Brasov Harness")["bpn"]
    page.goto(f"{served.url}/t/avalon/inventory/?partner={brasov}&sort=-days")
    page.wait_for_selector("#live[data-state=on]")
    before = page.eval_on_selector_all(f"{GRID} tr", "rows => rows.map(row => row.id)")
    assert len(before) > 2

    page.focus(f"{GRID} [tabindex='0']")
    for key in ("ArrowDown", "ArrowRight", "ArrowRight"):
        page.keyboard.press(key)
    here = "document.activeElement.parentElement.id + ' ' + document.activeElement.cellIndex"
    assert page.evaluate(here) == f"{before[1]} 2"

    held = rows_of(served, "Brasov Harness")
    line = next(each for each in before if each.removeprefix("line-") in held)
    report(served, "Brasov Harness", held[line.removeprefix("line-")], "1")
    on_hand = page.locator(f"#{line} td").nth(1)
    expect(on_hand).to_have_text(re.compile(r"^\s*1(?!\d)"), timeout=WITHIN_MS)
    after = page.eval_on_selector_all(f"{GRID} tr", "rows => rows.map(row => row.id)")
    assert after == before  # though it now runs out first
    assert page.evaluate(here) == f"{before[1]} 2"

    other = next(iter(rows_of(served, "Porto Harness").values()))
    report(served, "Porto Harness", other, "2")
    expect(page.locator(".cov-new button")).to_have_text("1 new", timeout=WITHIN_MS)
    page.click(".cov-new button")
    expect(page.locator(".cov-new")).to_have_count(0)
    sorted_anew = page.eval_on_selector_all(f"{GRID} tr", "rows => rows.map(row => row.id)")
    assert sorted_anew.index(line) > before.index(line)

    page.focus(f"{GRID} [tabindex='0']")
    page.keyboard.press("?")
    expect(page.locator("dialog#help")).to_be_visible()
    expect(page.locator("dialog#help")).to_contain_text("In the coverage grid")
    page.keyboard.press("Escape")
    page.focus(f"{GRID} [tabindex='0']")
    page.keyboard.press("End")
    page.keyboard.press("Enter")
    page.wait_for_url("**/inventory/parts/**")
    asked = parse_qs(urlsplit(page.url).query)
    assert {"coverage", "on"} <= asked.keys()  # deep-linked to the day with the lowest cover
    page.wait_for_selector("plot-line canvas")


@pytest.mark.timeout(120)
def test_grid_chart_and_tabs_are_accessible(served: Served, sign_in: SignIn) -> None:
    faults = []
    page = sign_in("Avalon Motors", reduced_motion="reduce")
    addresses = [f"/t/avalon/inventory/?shape={shape}" for shape in SHAPES]
    page.goto(served.url + addresses[0])
    part = page.get_attribute(f"{GRID} th a", "href")
    addresses += [f"{part}&tab={tab}" for tab in TABS]
    for address in addresses:
        page.goto(served.url + address)
        page.wait_for_load_state("networkidle")
        faults += [f"{address}: {each}" for each in looked_at(page)]
    assert faults == []


def looked_at(page: Page) -> list[str]:
    """Return what is wrong with the page on a desk in both themes, and on a phone."""
    found = violations(page)
    page.evaluate("document.documentElement.dataset.theme = 'dark'")
    found += violations(page)
    page.set_viewport_size({"width": 390, "height": 844})
    wide = page.evaluate("document.documentElement.scrollWidth")
    page.set_viewport_size({"width": 1440, "height": 900})
    return found if wide <= 390 else [*found, f"{wide} px wide on 390"]


def rows_of(served: Served, holder: str) -> dict[str, dict[str, Any]]:
    """Return what a supplier holds for Avalon, by key."""
    avalon, own = (
        served.call("GET", "/api/v1/organisation", name)["bpn"]
        for name in ("Avalon Motors", holder)
    )
    rows = served.call("GET", "/api/v1/coverage?limit=200", holder)["items"]
    found = {
        row["id"]: row for row in rows if (row["owner"], row["counterparty"]) == (own, avalon)
    }  # fmt: skip
    assert found, f"expected the demo network to hold parts of {holder} for Avalon"
    return found


def report(served: Served, holder: str, row: dict[str, Any], quantity: str) -> None:
    """Let the holder count ``quantity`` of a part."""
    body = {name: row[name] for name in ("counterparty", "part_number", "site", "unit")}
    now = datetime.now(UTC).isoformat()
    served.call(
        "POST",
        "/api/v1/stock-counts",
        holder,
        {**body, "quantity": quantity, "kind": "free", "counted_at": now},
    )
