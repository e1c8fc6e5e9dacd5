"""Where the planning grid draws its cells: in the flow of their rows, under their weeks."""

import pytest
from playwright.sync_api import expect

from tests.journeys import test_plan_grid as grid

pytestmark = pytest.mark.browser
open_grid = grid.open_grid


def test_cells_stand_under_their_weeks_in_order_wherever_one_jumps(open_grid: grid.Open) -> None:
    page = open_grid()
    grid.cell(page, 0, 1, 2).focus()
    for key, week in (("Control+End", 51), ("PageUp", 51), ("Home", 0), ("Control+Home", 0)):
        page.keyboard.press(key)
        expect(page.locator("[role=gridcell]:focus")).to_have_attribute(
            "aria-colindex", str(week + 3)
        )
        expect(page.locator(".pgx-box [tabindex='0']")).to_have_count(1)
    page.locator(".pgx-box").evaluate("box => { box.scrollLeft = 1200; box.scrollTop = 40; }")
    expect(page.locator("[role=columnheader][aria-colindex='24']")).to_be_visible()
    rows = page.locator(".pgx-body [role=row]").evaluate_all(
        "rows => rows.map(row => [...row.querySelectorAll('[role=gridcell]')].map(cell =>"
        " [Number(cell.getAttribute('aria-colindex')), cell.getBoundingClientRect().left]))"
    )
    heads = dict(
        page.locator("[role=columnheader][aria-colindex]").evaluate_all(
            "heads => heads.map(head =>"
            " [Number(head.getAttribute('aria-colindex')), head.getBoundingClientRect().left])"
        )
    )
    assert any(len(row) > len(heads) - 2 for row in rows)  # with the active cell, away at the left
    for row in rows:
        assert [column for column, _left in row] == sorted(column for column, _left in row)
        for column, left in row:
            assert column not in heads or abs(left - heads[column]) < 0.5
