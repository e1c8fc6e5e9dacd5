"""FC-21 in two browsers: a car maker's release is the third tier's own within a minute."""

import pytest
from playwright.sync_api import Page, expect

from tests.journeys.conftest import Served, SignIn

pytestmark = pytest.mark.browser
WITHIN_MS = 60_000  # the goal of FC-21
SECRETS = ("Avalon", "Brasov", "harness")


def test_a_changed_release_reaches_the_third_tier_without_a_reload(
    served: Served, sign_in: SignIn
) -> None:
    planner, tier_three = sign_in("Avalon Motors"), sign_in("Lubin Cathode")
    tier_three.goto(f"{served.url}/t/lubin/forecasts/releases/")
    tier_three.wait_for_selector("#live[data-state=on]")
    tier_three.evaluate("() => { window.isTheSamePage = true; }")
    before = _totals(tier_three)
    assert before, "expected the demo's third tier to hold a release of Silesia's"

    planner.goto(f"{served.url}/t/avalon/forecasts/releases/drafts/")
    held = planner.get_by_role("row").filter(has_text="Brasov").filter(has_text="Held").first
    held.get_by_role("button", name="Publish").click()
    expect(planner.locator("#toasts")).to_contain_text("published")

    tier_three.wait_for_function(
        "before => [...document.querySelectorAll('#releases [data-label=Total]')]"
        ".some(cell => !before.includes(cell.textContent.trim()))",
        arg=before,
        timeout=WITHIN_MS,
    )
    assert tier_three.evaluate("() => window.isTheSamePage")
    shown = tier_three.inner_text("#releases")
    assert "Silesia" in shown
    assert not [secret for secret in SECRETS if secret in shown]


def _totals(page: Page) -> list[str]:
    return [text.strip() for text in page.locator("#releases [data-label=Total]").all_inner_texts()]
