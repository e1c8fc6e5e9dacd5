"""Every screen: accessible, no sideways scroll, in light and dark, on desk and phone.

A page is loaded once, judged in light as it was loaded, and in dark when it was made to fit the
other size. A customer's pages are loaded on the desk and a supplier's on the phone, so that two
looks of each meet all four kinds. ``COLLAB_PICTURES=1`` keeps all four pictures of each page.
"""

import os
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Page, Request, ViewportSize

from tests.harness.servers import ROOT
from tests.journeys.conftest import Served, SignIn

pytestmark = pytest.mark.browser
SIZES: dict[str, ViewportSize] = {
    "desk": {"width": 1440, "height": 900},
    "phone": {"width": 390, "height": 844},
}
LOADED = {"Avalon Motors": ["desk", "phone"], "Brasov Harness": ["phone", "desk"]}
"""Who signs in, and the sizes in which they look at a page: they load it in the first."""
VISITED: dict[str, set[str]] = defaultdict(set)
"""Whose addresses have been visited by an earlier test."""
THEMES = ("light", "dark")
HIGHEST = 12_000
PICTURES = ROOT / "test-results" / "screens"
PICTURED = "home"
"""The page that README shows, whose pictures are always taken."""
AXE = ROOT / "node_modules" / "axe-core" / "axe.min.js"
QUIET_MS, LOADED_MS = 100, 20_000
RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
# List → selector of the link to the first object behind it, where there is one.
BEHIND = {
    "inventory/?shape=list": "tbody th a",
    "inventory/targets/": "tbody td a",
    "inventory/plan/": "tbody a[href^='?counterparty']",
    "exceptions/": "#queue-form a.ext",
    "jobs/": "tbody th a",
    "forecasts/": "tbody a[href*='/forecasts/']",
    "network/": "tbody a[href*='/network/partners/']",
    "network/parts/": "tbody th a",
    "network/calendars/": "main a[href*='/network/calendars/']:not([href$='/new'])"
    ":not([href$='/calendars/'])",
    "network/sharing/": "a[href*='/seen-by/']",
}
# What is new of inventory, where each login sees content: a page, or what its first link leads to.
NEWEST = (
    ("inventory/stock/", ""),
    ("inventory/map/", ""),
    ("network/path/", ""),
    ("inventory/devices/", ""),
    ("inventory/devices/", "tbody th a"),
    ("inventory/devices/limits/", ""),
    ("inventory/seals/", ""),
    ("inventory/seals/", "tbody th a"),
    ("inventory/figures/", ""),
    ("inventory/requests/", ""),
    ("inventory/requests/?view=all", "tbody th a"),
    ("inventory/vmi/", ""),
    ("inventory/vmi/", "tbody th a"),
    ("inventory/notices/", ""),
    ("inventory/notices/", "tbody th a"),
    ("inventory/ledger/", ""),
    ("inventory/tracking/captures/", ""),
    ("inventory/tracking/captures/", "tbody th a"),
    ("inventory/trace/", ""),
    ("integrations/webhooks/", ""),
    ("integrations/webhooks/log/", ""),
)
OF_A_PART = ("", "&tab=stock", "&tab=supply", "&tab=demand", "&tab=history", "&tab=terms")
OPENED = 4
"""How many partners' agreements are opened at once; the others would look alike."""
FORMS = (
    "inventory/report/",
    "inventory/targets/new/",
    "network/parts/new",
    "network/calendars/new",
    "network/sites/",
    "network/sharing/new/",
    "network/invitations/new/",
    "network/import/",
    "integrations/keys/",
    "settings/",
)
# Swagger UI's own: its headings and landmarks, and a link inside each of its buttons.
SWAGGER = ("heading-order:", "nested-interactive:", "region: .information-container")
IMPORT = "Teilenummer;Name;Unit\n4711-A;Clip;PCE\n4711-B;Clip;nonsense\n"


def addresses(page: Page) -> list[str]:
    """Return the address of every item of the main navigation."""
    found: list[str] = page.eval_on_selector_all(
        "nav a[href]", "links => links.map(link => link.getAttribute('href'))"
    )
    return sorted({address for address in found if address.startswith("/")})


def violations(page: Page) -> list[str]:
    """Return what axe finds on the page, one line each."""
    if not page.evaluate("'axe' in window"):
        page.evaluate(AXE.read_text(encoding="utf-8"))
    found = page.evaluate(
        "chosen => axe.run(document,"
        " {runOnly: chosen, resultTypes: ['violations'], preload: false})"
        ".then(result => result.violations.map(each =>"
        " each.id + ': ' + each.nodes.map(node => node.target.join(' ')).slice(0, 3).join(', ')))",
        {"type": "tag", "values": RULES},
    )
    return list(found)


class Inspection:
    """Opens pages, looks at each in both themes and collects what is wrong."""

    def __init__(self, served: Served, page: Page, organisation: str, sizes: list[str]) -> None:
        self.served, self.page, self.sizes = served, page, sizes
        self.slug = organisation.split(maxsplit=1)[0].lower()
        self.root = f"/t/{self.slug}/"
        self.visited = VISITED[organisation]
        self.faults: list[str] = []
        self.asked = 0
        self.under_way: set[Request] = set()
        page.on("request", self._ask)
        page.on("requestfinished", self._answered)
        page.on("requestfailed", self._answered)

    def visit(self, address: str) -> None:
        """Open the page and look at it, once."""
        if address in self.visited:
            return
        self.visited.add(address)
        self.under_way.clear()  # what the page before still asked for
        answer = self.page.goto(self.served.url + address)
        assert answer is not None
        if answer.status != 200:
            self.faults.append(f"{address}: status {answer.status}")
            return
        self.settle()
        self.look(address)

    def settle(self) -> None:
        """Wait until the page is loaded and has asked for nothing for a tenth of a second."""
        self.page.wait_for_load_state("load")
        for _round in range(LOADED_MS // QUIET_MS):
            asked = self.asked
            self.page.wait_for_timeout(QUIET_MS)
            if not self.under_way and self.asked == asked:
                return
        self.faults.append(f"{self.page.url}: still asks after {LOADED_MS} ms")

    def look(self, name: str, *, known: tuple[str, ...] = ()) -> None:
        """Check the page as it stands now; findings that start with ``known`` are let pass."""
        for size, theme in zip(self.sizes, THEMES, strict=True):
            self.page.set_viewport_size(SIZES[size])
            self.settle()
            self._paint(theme)
            self._look(f"{name} on the {size}, {theme}", known, SIZES[size])
            self._take_pictures(name, size)
        self.page.set_viewport_size(SIZES[self.sizes[0]])

    def _look(self, place: str, known: tuple[str, ...], size: ViewportSize) -> None:
        width = self.page.evaluate("document.documentElement.scrollWidth")
        if width > size["width"]:
            self.faults.append(f"{place}: {width} px wide on {size['width']} px")
        # As high as the page, so that bars which float over a part of it float over nothing.
        height = self.page.evaluate("document.documentElement.scrollHeight")
        tall = max(size["height"], min(height, HIGHEST))
        self.page.set_viewport_size({"width": size["width"], "height": tall})
        found = [each for each in violations(self.page) if not each.startswith(known)]
        self.faults += [f"{place}: {each}" for each in found]

    def first_link(self, selector: str) -> str:
        """Return the address of the first such link of the page, or nothing."""
        found: str = self.page.eval_on_selector_all(
            selector, "links => links.length ? new URL(links[0].href).pathname"
            " + new URL(links[0].href).search : ''"
        )  # fmt: skip
        return found

    def _ask(self, request: Request) -> None:
        self.asked += 1
        self.under_way.add(request)

    def _answered(self, request: Request) -> None:
        self.under_way.discard(request)

    def _paint(self, theme: str) -> None:
        self.page.evaluate(
            "theme => { document.documentElement.dataset.theme = theme;"
            " document.dispatchEvent(new Event('theme')) }",
            theme,
        )

    def _take_pictures(self, address: str, size: str) -> None:
        path = address.split("?")[0].removeprefix(self.root)
        name = "-".join(part for part in path.strip("/").split("/") if part) or PICTURED
        if name != PICTURED and not os.environ.get("COLLAB_PICTURES"):
            return
        PICTURES.mkdir(parents=True, exist_ok=True)
        self.page.set_viewport_size(SIZES[size])
        for theme in THEMES:
            self._paint(theme)
            target = PICTURES / f"{self.slug}-{name[:60]}-{size}-{theme}.png"
            self.page.screenshot(path=target)


@pytest.fixture(params=LOADED)
def inspection(
    request: pytest.FixtureRequest, served: Served, sign_in: SignIn
) -> Iterator[Inspection]:
    """Somebody of a customer or of a supplier signed in; faults are told at the end."""
    organisation, sizes = request.param, LOADED[request.param]
    page = sign_in(organisation, viewport=SIZES[sizes[0]], reduced_motion="reduce")
    page.context.add_init_script(path=AXE)  # once, for all pages to come
    found = Inspection(served, page, organisation, sizes)
    yield found
    assert not found.faults, "\n".join(found.faults)


@pytest.mark.timeout(600)
def test_screens_of_the_navigation(inspection: Inspection) -> None:
    for address in addresses(inspection.page):
        inspection.visit(address)


@pytest.mark.timeout(600)
def test_objects_and_forms_behind_them(inspection: Inspection) -> None:
    missing = []
    for address, selector in BEHIND.items():
        inspection.page.goto(f"{inspection.served.url}{inspection.root}{address}")
        if address == "network/sharing/":  # a partner's agreements come when they are opened
            inspection.page.locator("details.grant-group summary").first.click()
            inspection.page.locator(selector).first.wait_for()
        if link := inspection.first_link(selector):
            inspection.visit(link)
        else:
            missing.append(address)
    for address in FORMS:
        inspection.visit(inspection.root + address)
    unusual = set(missing) - {"forecasts/", "jobs/", "inventory/plan/"}
    assert not unusual  # who holds no stock plans none; who runs no forecast has no job


@pytest.mark.timeout(600)
def test_the_newest_screens_of_inventory(inspection: Inspection) -> None:
    page, root = inspection.page, inspection.served.url + inspection.root
    for address, selector in NEWEST:
        if not selector:
            inspection.visit(inspection.root + address)
            continue
        page.goto(root + address)
        link = inspection.first_link(f"main {selector}")
        assert link, f"{address} shows nothing to look at"
        inspection.visit(link)
    page.goto(f"{root}inventory/?shape=list")
    part = inspection.first_link("tbody th a")
    for tab in OF_A_PART:
        inspection.visit(part + tab)


@pytest.mark.timeout(600)
def test_open_sections_dialogs_and_refusals(inspection: Inspection) -> None:
    page, root = inspection.page, inspection.served.url + inspection.root
    page.goto(f"{root}network/sharing/")
    page.eval_on_selector_all(
        "details", "(all, n) => all.slice(0, n).forEach(each => { each.open = true })", OPENED
    )
    inspection.look(f"{inspection.root}network/sharing-open")
    page.goto(f"{root}inventory/targets/new/")
    page.fill("[name=part_number]", "nobody-knows-it")
    page.fill("[name=minimum_days]", "3")
    page.click("button[form=target]")
    page.wait_for_selector(".errors")
    inspection.look(f"{inspection.root}inventory/targets-refused")
    page.keyboard.press("Control+k")
    page.wait_for_selector("dialog[open]")
    inspection.look(f"{inspection.root}palette")
    page.goto(f"{root}network/import/")
    page.set_input_files(
        "input[type=file]",
        {"name": "parts.csv", "mimeType": "text/csv", "buffer": IMPORT.encode()},
    )
    page.click("form[enctype] button[type=submit]")
    page.wait_for_url("**/network/import/*-*/")
    inspection.settle()
    inspection.look(f"{inspection.root}network/import-batch")


@pytest.mark.timeout(300)
@pytest.mark.parametrize("inspection", ["Avalon Motors"], indirect=True)  # the same for everybody
def test_the_api_s_reference(inspection: Inspection) -> None:
    page = inspection.page
    page.goto(f"{inspection.served.url}/api/v1/docs")
    page.click(".opblock-summary >> nth=0")
    page.wait_for_selector(".opblock-body")
    inspection.look("/api/v1/docs", known=SWAGGER)


@pytest.fixture(autouse=True)
def _axe_is_installed() -> None:
    assert Path(AXE).is_file(), "expected axe-core below node_modules; run `make setup`"
