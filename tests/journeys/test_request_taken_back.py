"""IN-19: who asked takes a request back; it leaves the open screens of the side that was asked."""

from typing import Any

import pytest
from playwright.sync_api import Page, expect

from tests.journeys.conftest import Served, SignIn
from tests.journeys.test_screens import violations

pytestmark = pytest.mark.browser
WITHIN_MS = 5_000


@pytest.mark.parametrize("is_answered", [False, True])
def test_a_request_taken_back_leaves_open_screens(
    served: Served, sign_in: SignIn, is_answered: bool
) -> None:
    request = _asked(served, f"taken back {is_answered}")
    if is_answered:
        address = f"/api/v1/data-requests/{request['id']}/answer"
        served.call("POST", address, "Brasov Harness", {"decision": "approve"})
    inbox, opened = sign_in("Brasov Harness"), sign_in("Brasov Harness")
    _open(inbox, f"{served.url}/t/brasov/inventory/requests/?view=received")
    _open(opened, f"{served.url}/t/brasov/inventory/requests/{request['id']}/")
    row = inbox.locator(f"#request-{request['id']}")
    expect(row).to_be_visible()
    expect(opened.locator("#main")).to_contain_text(f"R-{request['number']}")

    address = f"/api/v1/data-requests/{request['id']}/withdraw"
    served.call("POST", address, "Avalon Motors")
    expect(row).to_have_count(0, timeout=WITHIN_MS)
    said = "This request has ended." if is_answered else "There is nothing here"
    expect(opened.locator("#main")).to_contain_text(said, timeout=WITHIN_MS)
    if not is_answered:
        expect(opened.locator("#main")).not_to_contain_text(f"R-{request['number']}")
        assert violations(opened) == []


def _open(page: Page, address: str) -> None:
    page.goto(address)
    page.wait_for_selector("#live[data-state=on]")


def _asked(served: Served, text: str) -> Any:
    """Return a request of Avalon to Brasov, because of the notice that the demo begins with."""
    brasov = served.call("GET", "/api/v1/organisation", "Brasov Harness")["bpn"]
    before = served.call("GET", "/api/v1/data-requests?view=sent", "Avalon Motors")["items"][0]
    notices = served.call("GET", "/api/v1/disruption-notices", "Avalon Motors")["items"]
    notice = next(each for each in notices if each["sender"] == brasov)
    body = {
        "notice": notice["id"],
        "suppliers": [brasov],
        "parts": before["parts"],
        "text": text,
        "sender_key": text,
    }
    return served.call("POST", "/api/v1/data-requests", "Avalon Motors", body)["requests"][0]
