"""On a phone the data come first: filters wait behind a button that says how many are set."""

import pytest
from playwright.sync_api import expect

from tests.journeys.conftest import Served, SignIn

pytestmark = pytest.mark.browser
PHONE = {"width": 390, "height": 844}


def test_filters_unfold_and_say_how_many_are_set(served: Served, sign_in: SignIn) -> None:
    page = sign_in("Brasov Harness", viewport=PHONE)
    page.goto(f"{served.url}/t/brasov/inventory/?shape=list")
    part, urgency = page.get_by_role("searchbox", name="Part number"), page.get_by_label("Urgency")
    more = page.get_by_role("button", name="Filters", exact=True)
    expect(part).to_be_visible()
    expect(urgency).to_be_hidden()
    folded = part.bounding_box()
    more.click()
    expect(more).to_have_attribute("aria-expanded", "true")
    assert part.bounding_box() == folded
    urgency.select_option(index=1)
    page.wait_for_url("**level=*")
    expect(page.get_by_role("button", name="Filters (1)")).to_be_visible()
    expect(urgency).to_be_hidden()

    page.set_viewport_size({"width": 1440, "height": 900})
    expect(urgency).to_be_visible()
    expect(page.get_by_role("button", name="Filters (1)")).to_be_hidden()
