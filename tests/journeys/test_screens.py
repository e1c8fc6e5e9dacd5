"""Every screen in the navigation: accessible, no sideways scroll, both themes, desk and phone."""

from pathlib import Path

import pytest
from playwright.sync_api import Page

from tests.harness.servers import ROOT
from tests.journeys.conftest import Served, SignIn

pytestmark = pytest.mark.browser
SIZES = {"desk": {"width": 1440, "height": 900}, "phone": {"width": 390, "height": 844}}
PICTURES = ROOT / "test-results" / "screens"
AXE = ROOT / "node_modules" / "axe-core" / "axe.min.js"
RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]


def addresses(page: Page) -> list[str]:
    """Return the address of every item of the main navigation, and a few objects behind them."""
    found: list[str] = page.eval_on_selector_all(
        "nav a[href]", "links => links.map(link => link.getAttribute('href'))"
    )
    return sorted({address for address in found if address.startswith("/")})


def violations(page: Page) -> list[str]:
    """Return what axe finds on the page, one line each."""
    page.evaluate(AXE.read_text(encoding="utf-8"))
    found = page.evaluate(
        "rules => axe.run(document, {runOnly: {type: 'tag', values: rules}})"
        ".then(result => result.violations.map(each =>"
        " each.id + ': ' + each.nodes.map(node => node.target.join(' ')).slice(0, 3).join(', ')))",
        RULES,
    )
    return list(found)


@pytest.mark.timeout(600)
@pytest.mark.parametrize("organisation", ["Avalon Motors", "Brasov Harness"])
@pytest.mark.parametrize("size", list(SIZES))
@pytest.mark.parametrize("theme", ["light", "dark"])
def test_screens_are_accessible_and_fit(
    served: Served, sign_in: SignIn, organisation: str, size: str, theme: str
) -> None:
    page = sign_in(organisation, viewport=SIZES[size], reduced_motion="reduce")
    page.context.add_cookies([{"name": "theme", "value": theme, "url": served.url}])
    page.reload()
    faults: list[str] = []
    for address in addresses(page):
        answer = page.goto(served.url + address)
        assert answer is not None
        if answer.status != 200:
            faults.append(f"{address}: status {answer.status}")
            continue
        page.wait_for_load_state("networkidle")
        faults += [f"{address}: {each}" for each in violations(page)]
        width = page.evaluate("document.documentElement.scrollWidth")
        if width > SIZES[size]["width"]:
            faults.append(f"{address}: {width} px wide on a {SIZES[size]['width']} px screen")
        _picture(page, organisation, size, theme, address)
    assert not faults, "\n".join(faults)


def _picture(page: Page, organisation: str, size: str, theme: str, address: str) -> None:
    PICTURES.mkdir(parents=True, exist_ok=True)
    name = "-".join(part for part in address.strip("/").split("/")[2:] if part) or "home"
    slug = organisation.split(maxsplit=1)[0].lower()
    page.screenshot(path=PICTURES / f"{slug}-{name}-{size}-{theme}.png")


@pytest.fixture(autouse=True)
def _axe_is_installed() -> None:
    assert Path(AXE).is_file(), "expected axe-core below node_modules; run `make setup`"
