"""TR-16 in two browsers: from a call-off to a sent advice in six clicks; the customer sees it."""

import io

import pypdfium2
import pytest
from playwright.sync_api import Page, expect

from tests.journeys.conftest import Served, SignIn
from tests.journeys.test_screens import violations

pytestmark = pytest.mark.browser
WITHIN_MS = 10_000
MOST_CLICKS = 6


class Clicks:
    """Clicks and counts; every page on the way is held against the rules of accessibility."""

    def __init__(self, page: Page) -> None:
        self.page, self.made, self.faults = page, 0, list[str]()

    def click(self, role: str, name: str) -> None:
        """Click the first control of that name and look at the page that comes."""
        self.made += 1
        self.page.get_by_role(role, name=name).first.click()  # type: ignore[arg-type]
        self.page.wait_for_load_state()
        self.faults += violations(self.page)


def test_a_delivery_is_announced_in_six_clicks(served: Served, sign_in: SignIn) -> None:
    customer, supplier = sign_in("Avalon Motors"), sign_in("Brasov Harness")
    customer.goto(f"{served.url}/t/avalon/transport/advices/?sort=newest")
    customer.wait_for_selector("#live[data-state=on]")
    customer.evaluate("() => { window.isTheSamePage = true; }")

    supplier.goto(f"{served.url}/t/brasov/")
    todo = supplier.locator(".todo li").filter(has_text="Avalon")
    expect(todo.get_by_role("link", name="Announce").first).to_be_visible()
    clicks = Clicks(supplier)
    todo.get_by_role("link", name="Announce").first.click()
    clicks.made += 1
    clicks.click("button", "Pack the chosen lines")
    clicks.click("button", "Make ")
    labels = supplier.get_by_role("link", name="Print ").get_attribute("href")
    clicks.made += 1  # the labels open beside, as a file to print
    answer = supplier.request.get(f"{served.url}{labels}")
    assert len(pypdfium2.PdfDocument(io.BytesIO(answer.body()))) >= 1
    expect(supplier.locator("main img").first).to_be_visible()
    clicks.click("link", "On to sending")
    number = supplier.locator("main").inner_text().split("DA-")[1].split()[0]
    clicks.click("button", "Send DA-")
    expect(supplier.get_by_role("heading", name=f"DA-{number}")).to_be_visible()
    assert clicks.made <= MOST_CLICKS
    assert clicks.faults == []

    row = (
        customer.locator("#advices")
        .get_by_role("row")
        .filter(has_text=f"DA-{number}")
        .filter(has_text="Brasov")
    )
    expect(row).to_be_visible(timeout=WITHIN_MS)
    assert customer.evaluate("() => window.isTheSamePage")
