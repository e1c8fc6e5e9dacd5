"""The API's reference says so when its description does not come, and tries again."""

import pytest
from playwright.sync_api import expect

from tests.journeys.conftest import Served, SignIn
from tests.journeys.test_screens import violations

pytestmark = pytest.mark.browser


def test_a_description_that_did_not_come_is_asked_for_again(
    served: Served, sign_in: SignIn
) -> None:
    page = sign_in("Brasov Harness")
    page.route("**/api/v1/openapi.json*", lambda route: route.abort())
    page.goto(f"{served.url}/api/v1/docs")
    expect(page.locator("api-docs [role=alert]")).to_contain_text(
        "The description could not be loaded."
    )
    assert violations(page) == []
    page.unroute("**/api/v1/openapi.json*")
    page.get_by_role("button", name="Retry").click()
    expect(page.locator(".opblock-summary").first).to_be_visible()
