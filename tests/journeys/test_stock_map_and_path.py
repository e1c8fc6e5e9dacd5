"""A count makes a site burn on the map, and the part leads down to the root of its trouble."""

from datetime import UTC, datetime

import pytest
from playwright.sync_api import expect

from tests.journeys.conftest import Served, SignIn
from tests.journeys.test_stock_count_reaches_the_planner import healthy_row

pytestmark = pytest.mark.browser
WITHIN_MS = 10_000


def test_a_site_burns_on_the_map_and_leads_to_the_root(served: Served, sign_in: SignIn) -> None:
    planner, rival = sign_in("Avalon Motors"), sign_in("Porto Harness")
    planner.goto(f"{served.url}/t/avalon/inventory/map/")
    rival.goto(f"{served.url}/t/porto/inventory/map/")
    planner.wait_for_selector("#live[data-state=on]")
    site = planner.locator("network-map a.site[aria-label*='Brasov']")
    expect(site.locator("circle.stk")).to_have_count(1)
    row = healthy_row(served)

    counted = served.call(
        "POST",
        "/api/v1/stock-counts",
        "Brasov Harness",
        {
            "counterparty": row["counterparty"],
            "part_number": row["part_number"],
            "site": row["site"],
            "quantity": "1",
            "unit": row["unit"],
            "kind": "free",
            "counted_at": datetime.now(UTC).isoformat(),
        },
    )
    assert counted["is_below_minimum"]

    expect(planner.locator("network-map a.site.s-critical[aria-label*='Brasov']")).to_have_count(
        1, timeout=WITHIN_MS
    )
    planner.goto(f"{served.url}/t/avalon/network/path/?part={row['partner_part_number']}")
    root = planner.get_by_role("row").filter(has_text="root")
    expect(root).to_contain_text("Brasov")
    expect(root).to_contain_text(row["site"])
    rival.reload()
    assert row["site"] not in rival.inner_text("main")
    rival.goto(f"{served.url}/t/porto/network/path/?part={row['part_number']}")
    expect(rival.get_by_text("No such part")).to_be_visible()
