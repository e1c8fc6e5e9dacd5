"""The planning grid in a browser: keys, ranges, paste, undo, sending, conflicts, phone, speed."""

import json
import re
from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

import pytest
from playwright.sync_api import Locator, Page, Route, expect

from tests.journeys.conftest import Served, SignIn
from tests.journeys.test_screens import PICTURES, violations

pytestmark = pytest.mark.browser
ACTION = "/grid-action"
KEY_TO_PAINT_MS = 50.0
Open = Callable[..., Page]


def page_of_rows(parts: int, weeks: int, locale: str = "en") -> dict[str, Any]:
    """Return rows as the server sends them: forecast 1000 + part, everything committed."""
    forecast = [[1000 + part] * weeks for part in range(parts)]
    return {
        "weeks": [(date(2026, 11, 23) + timedelta(weeks=n)).isoformat() for n in range(weeks)],
        "frozen_until": "2026-12-07",
        "locale": locale,
        "unit_column": True,
        "rows": [
            {
                "id": f"series-{part}",
                "part": f"AM-{10000 + part}",
                "name": f"Part {part}",
                "partner": "Avalon Motors",
                "site": "Munich",
                "unit": "pcs",
                "version": 1,
                "href": "#part",
                "lock": {"initials": "JN", "name": "Jana Novak"} if part == 2 else None,
                "lines": {
                    "forecast": forecast[part],
                    "previous": forecast[part],
                    "commit": forecast[part],
                    "capacity": [1100] * weeks,
                },
                "status": [
                    "surplus" if quantity < 1100 else "bottleneck" for quantity in forecast[part]
                ],
                "editable": "commit",
            }
            for part in range(parts)
        ],
        "reasons": [{"code": "capacity", "text": "Capacity"}],
        "next": None,
    }


@pytest.fixture
def open_grid(served: Served, sign_in: SignIn) -> Open:
    """Return a function that opens the pattern page with a grid of the wanted size."""

    def enter(parts: int = 60, weeks: int = 52, locale: str = "en", **options: Any) -> Page:
        page = sign_in("Brasov Harness", **options)
        page.goto(f"{served.url}/ui/")
        expect(page.locator("plan-grid .pgx-under")).to_be_visible()
        page.eval_on_selector(
            "plan-grid",
            "(grid, [rows, action]) => { grid.dataset.action = action;"
            " grid.dataset.lines = 'forecast,commit,gap';"
            " grid.closest('main').style.width = 'min(1400px, 100%)'; grid.dataset.grid = rows; }",
            [json.dumps(page_of_rows(parts, weeks, locale)), ACTION],
        )
        if "viewport" not in options:
            expect(page.get_by_role("grid")).to_have_attribute("aria-rowcount", str(parts * 3 + 4))
        return page

    return enter


def cell(page: Page, part: int, line: int, week: int) -> Locator:
    """Return the cell of a part's shown line (0 forecast, 1 commit, 2 gap) and week column."""
    row = page.locator(f"[aria-rowindex='{part * 3 + line + 2}']")
    return row.locator(f"[role=gridcell][aria-colindex='{week + 3}']")


def paste(page: Page, text: str) -> None:
    """Paste as the browser does, without asking for the clipboard permission."""
    page.evaluate(
        "text => { const data = new DataTransfer(); data.setData('text/plain', text);"
        " document.activeElement.dispatchEvent(new ClipboardEvent('paste',"
        " {clipboardData: data, bubbles: true, cancelable: true})); }",
        text,
    )


def test_a_keyboard_user_edits_fills_and_takes_back(open_grid: Open) -> None:
    page = open_grid()
    start = cell(page, 0, 1, 2)
    expect(start).to_have_attribute("tabindex", "0")
    start.focus()
    page.keyboard.type("900")
    page.keyboard.press("Tab")
    expect(start).to_have_text(re.compile("^900"))
    expect(start).to_have_class(re.compile("pgx-dirty"))
    expect(cell(page, 0, 2, 2)).to_have_text(re.compile("^-100"))
    expect(cell(page, 0, 1, 3)).to_be_focused()

    page.keyboard.press("F2")
    page.keyboard.type("5")
    page.keyboard.press("Escape")
    expect(cell(page, 0, 1, 3)).to_have_text("1,000")

    page.keyboard.press("ArrowLeft")
    page.keyboard.press("Shift+ArrowRight")
    page.keyboard.press("Shift+ArrowRight")
    page.keyboard.press("Control+r")
    expect(cell(page, 0, 1, 4)).to_have_text(re.compile("^900"))
    page.keyboard.press("Control+z")
    expect(cell(page, 0, 1, 4)).to_have_text("1,000")
    page.keyboard.press("Control+Shift+z")
    expect(cell(page, 0, 1, 4)).to_have_text(re.compile("^900"))

    page.keyboard.press("Control+End")
    expect(cell(page, 59, 2, 51)).to_be_focused()
    assert page.locator("[role=gridcell]").count() < 1200, "expected only the cells in view"
    page.keyboard.press("Control+Home")
    expect(cell(page, 0, 0, 0)).to_be_focused()


def test_frozen_weeks_say_why_and_stay(open_grid: Open) -> None:
    page = open_grid()
    frozen = cell(page, 0, 1, 1)
    frozen.click()
    expect(frozen).to_have_attribute("aria-readonly", "true")
    expect(page.locator(".pgx-status")).to_contain_text("Frozen: weeks before Dec 7, 2026")
    page.keyboard.type("5")
    expect(frozen).to_have_text("1,000")


def test_fifty_parts_by_twelve_weeks_from_a_spreadsheet(open_grid: Open) -> None:
    page = open_grid()
    rows = [[f"{2000 + part + week:,}" for week in range(12)] for part in range(50)]
    rows[1][3] = "n/a"
    cell(page, 0, 1, 2).focus()
    paste(page, "\r\n".join("\t".join(row) for row in rows) + "\r\n")
    expect(page.locator(".pgx-status")).to_contain_text("599 cells changed · 1 value was not taken")
    expect(cell(page, 0, 1, 2)).to_have_text("2,000")
    bad = cell(page, 1, 1, 5)
    expect(bad).to_have_attribute("aria-invalid", "true")
    expect(bad).to_contain_text("1,001")
    listed = page.locator(".pgx-panel-bad tbody tr")
    expect(listed).to_have_text(re.compile("Part 1 · AM-10001.*W53.*a quantity of 0 or more.*n/a"))
    page.keyboard.press("Control+z")
    expect(cell(page, 0, 1, 2)).to_have_text("1,000")
    expect(listed).to_have_count(0)


def test_a_number_with_two_readings_is_asked_about(open_grid: Open) -> None:
    page = open_grid(locale="de")
    cell(page, 0, 1, 2).focus()
    paste(page, "1,234\t7")
    dialog = page.get_by_role("dialog", name="How is 1,234 meant?")
    expect(dialog).to_be_visible()
    assert violations(page) == []
    dialog.get_by_role("button", name="1.234, a mark of thousands").click()
    expect(cell(page, 0, 1, 2)).to_have_text("1.234")
    expect(cell(page, 0, 1, 3)).to_contain_text("7")


def answer_with(
    page: Page, make: Callable[[dict[str, Any]], dict[str, Any]]
) -> list[dict[str, Any]]:
    """Answer the grid's requests; return the list that collects them."""
    seen: list[dict[str, Any]] = []

    def fulfil(route: Route) -> None:
        headers = route.request.headers
        body = json.loads(route.request.post_data or "{}")
        seen.append({"body": body, "key": headers["idempotency-key"]})
        route.fulfill(json=make(body))

    page.route(f"**{ACTION}", fulfil)
    return seen


def test_changes_are_sent_once_and_answered_cell_by_cell(open_grid: Open) -> None:
    page = open_grid()

    def answer(body: dict[str, Any]) -> dict[str, Any]:
        first, second = body["rows"]
        theirs = {**second["cells"][0], "quantity": None, "theirs": "1050"}
        problem = {**second["cells"][1], "problem": {"expected": "at most 1100", "value": "9000"}}
        return {
            "rows": [
                {"id": first["id"], "version": 2, "state": "applied", "cells": first["cells"]},
                {"id": second["id"], "version": 2, "state": "conflict", "cells": [theirs, problem]},
            ]
        }

    seen = answer_with(page, answer)
    cell(page, 0, 1, 2).focus()
    paste(page, "900\n1040\t9000")
    page.get_by_role("button", name="Send 3 changes").click()
    dialog = page.get_by_role("dialog", name="Send changes")
    assert violations(page) == []
    dialog.get_by_label("Reason", exact=True).select_option("capacity")
    dialog.get_by_role("button", name="Send 3 commits to Avalon Motors").click()
    expect(page.locator(".toast")).to_contain_text("1 sent, 2 need a look")

    assert seen[0]["body"]["rows"][0] == {
        "id": "series-0",
        "version": 1,
        "cells": [
            {"week": "2026-12-07", "line": "commit", "quantity": "900", "reason": "capacity"}
        ],
    }
    expect(cell(page, 0, 1, 2)).not_to_have_class(re.compile("pgx-dirty"))
    expect(page.locator(".pgx-panel-bad")).to_contain_text("at most 1100")
    conflict = page.locator(".pgx-panel-conflict")
    expect(conflict).to_contain_text("1,040")
    expect(conflict).to_contain_text("1,050")
    assert violations(page) == []
    conflict.get_by_role("button", name="Keep theirs", exact=True).click()
    expect(conflict).to_have_count(0)
    expect(cell(page, 1, 1, 2)).to_contain_text("1,050")


def test_a_lost_answer_is_asked_for_again_with_the_same_key(open_grid: Open) -> None:
    page = open_grid()
    keys: list[str] = []

    def lose(route: Route) -> None:
        keys.append(route.request.headers["idempotency-key"])
        if len(keys) == 1:
            route.abort()
            return
        sent = json.loads(route.request.post_data or "{}")["rows"]
        route.fulfill(json={"rows": [{**row, "state": "applied"} for row in sent]})

    page.route(f"**{ACTION}", lose)
    cell(page, 0, 1, 2).focus()
    page.keyboard.type("1010")
    page.keyboard.press("Enter")
    page.get_by_role("button", name="Send 1 change").click()
    page.get_by_role("button", name="Send 1 commit to Avalon Motors").click()
    page.get_by_role("button", name="Retry").click()
    expect(page.locator(".toast").last).to_contain_text("1 quantity sent")
    assert len(keys) == 2
    assert keys[0] == keys[1]


def test_live_changes_wash_a_cell_and_leave_the_focus(open_grid: Open) -> None:
    page = open_grid()
    page.eval_on_selector(
        "plan-grid",
        "grid => { grid.dataset.liveTopics = 'forecasting.commits'; grid.dataset.grid += ' '; }",
    )
    focused, changed = cell(page, 0, 1, 2), cell(page, 1, 1, 2)
    focused.focus()
    expect(changed).to_have_text(re.compile("^1,001"))  # only what is drawn is washed
    worn = changed.evaluate(  # at once: the wash is over after seconds
        "cell => { document.dispatchEvent(new CustomEvent('live:forecasting.commits',"
        " {detail: {data: {rows: [{id: 'series-1', version: 2,"
        " lock: {initials: 'EH', name: 'Eva Hartmann'},"
        " cells: [{week: '2026-12-07', line: 'commit', quantity: '800'}]}]}}}));"
        " return cell.className; }"
    )
    assert "pgx-flash" in worn
    expect(changed).to_have_text(re.compile("^800"))
    expect(page.get_by_role("img", name="Eva Hartmann is editing this row")).to_be_visible()
    expect(focused).to_be_focused()


def test_unsent_changes_survive_a_reload(open_grid: Open) -> None:
    page = open_grid()
    cell(page, 0, 1, 2).focus()
    page.keyboard.type("77")
    page.keyboard.press("Enter")
    page.wait_for_function("() => Object.values(localStorage).some(kept => kept.includes('77'))")
    page.eval_on_selector("plan-grid", "grid => { grid.dataset.grid += ' '; }")
    expect(page.locator(".pgx-status")).to_contain_text("1 unsent change of")
    expect(cell(page, 0, 1, 2)).to_contain_text("77")


def test_rows_come_page_by_page_and_a_failure_can_be_tried_again(open_grid: Open) -> None:
    page = open_grid()
    rows = page_of_rows(40, 14)
    asked: list[str] = []

    def fulfil(route: Route) -> None:
        asked.append(route.request.url)
        if len(asked) == 1:
            route.fulfill(status=503, headers={"X-Request-ID": "req-7"}, json={})
        elif route.request.url.endswith("page=2"):
            route.fulfill(json={**rows, "rows": rows["rows"][25:]})
        else:
            route.fulfill(json={**rows, "rows": rows["rows"][:25], "next": "/grid-rows?page=2"})

    page.route("**/grid-rows*", fulfil)
    page.eval_on_selector(
        "plan-grid", "grid => { grid.dataset.src = '/grid-rows'; delete grid.dataset.grid; }"
    )
    expect(page.get_by_role("alert").filter(has_text="could not be loaded")).to_contain_text(
        "req-7"
    )
    page.get_by_role("button", name="Retry").click()
    expect(page.get_by_role("grid")).to_have_attribute("aria-rowcount", str(40 * 3 + 4))
    assert len(asked) == 3


def test_a_range_is_drawn_with_the_mouse_and_copied(open_grid: Open) -> None:
    page = open_grid()
    cell(page, 0, 1, 2).hover()
    page.mouse.down()
    cell(page, 1, 1, 4).hover()
    page.mouse.up()
    expect(page.locator(".pgx-sel")).to_have_count(12)
    expect(page.locator(".pgx-status")).to_have_text("Commit: 6 cells · sum 6,003")
    copied = page.evaluate(
        "() => { const data = new DataTransfer(); document.activeElement.dispatchEvent("
        "new ClipboardEvent('copy', {clipboardData: data, bubbles: true, cancelable: true}));"
        " return data.getData('text/plain'); }"
    )
    assert copied.splitlines()[0] == "1000\t1000\t1000"
    cell(page, 1, 1, 4).dblclick()
    expect(page.get_by_role("textbox", name="Part 1, W52, Commit")).to_be_focused()


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("width", [1440, 390])
def test_the_grid_is_accessible_and_fits(
    open_grid: Open, served: Served, theme: str, width: int
) -> None:
    size = {"width": width, "height": 900}
    page = open_grid(parts=20, weeks=26, viewport=size, color_scheme=theme, reduced_motion="reduce")
    if width == 390:
        card = page.locator(".pgx-card").first
        expect(card).to_have_attribute("open", "")
        card.get_by_role("button", name="More, Part 0, W50, Commit").click()
        field = card.get_by_role("textbox", name="Part 0, W50, Commit")
        expect(field).to_have_value("1,100")
    else:
        cell(page, 3, 1, 4).click()
        page.keyboard.press("Shift+ArrowRight")
        paste(page, "950\tx")
        expect(page.locator(".pgx-status")).to_contain_text("1 cell changed")
        expect(page.locator(".pgx-sel")).to_have_count(2)
    assert violations(page) == []
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    PICTURES.mkdir(parents=True, exist_ok=True)
    page.locator("#grid").evaluate("card => card.scrollIntoView({block: 'start'})")
    page.screenshot(path=PICTURES / f"plan-grid-{width}-{theme}.png")


KEYS = {
    "moves": ["ArrowDown"] * 30 + ["ArrowRight"] * 20,
    "extends": ["Shift+ArrowUp"] * 20,
    "pages": ["PageDown", "PageUp"] * 5,
    "jumps": ["Control+End", "Control+Home"] * 3,
    "types": ["Control+Home", "ArrowDown", *["ArrowRight"] * 3, *["7", "Enter"] * 15],
}


def test_key_to_paint_at_two_hundred_parts_by_a_year(
    open_grid: Open, record_property: Callable[[str, object], None]
) -> None:
    """Work between key and paint; the medians by the clock, true when idle, are recorded."""
    page = open_grid(parts=200, weeks=52)
    page.evaluate(
        "window.took = []; addEventListener('keydown', event => { const at = event.timeStamp;"
        " requestAnimationFrame(() => { const painted = new MessageChannel();"
        " painted.port1.onmessage = () => took.push(performance.now() - at);"
        " painted.port2.postMessage(0); }); }, true)"
    )
    cell(page, 0, 1, 2).focus()
    inspector = page.context.new_cdp_session(page)
    inspector.send("Performance.enable", {"timeDomain": "threadTicks"})

    def busy() -> float:
        """Return how long the main thread has worked: script, style, layout, paint [ms]."""
        metrics = inspector.send("Performance.getMetrics")["metrics"]
        return 1000 * next(each["value"] for each in metrics if each["name"] == "TaskDuration")

    for kind, keys in KEYS.items():
        page.evaluate("took.length = 0")
        before = busy()
        for key in keys:
            page.keyboard.press(key)
        each = (busy() - before) / len(keys)
        page.wait_for_function("count => took.length >= count", arg=len(keys))
        clock = sorted(page.evaluate("took"))
        record_property(f"{kind}_ms", {"work": each, "median": clock[len(clock) // 2]})
        assert each <= KEY_TO_PAINT_MS, f"{kind}: {each:.0f} ms of work for a key"
