"""A page behind the end of a list leads to its beginning, which says so, filters and all."""

import pytest

from tests.conftest import ClientFor
from tests.harness.cast import Cast

LISTS = ("inventory/notices/", "inventory/stock/", "transport/loads/", "inventory/figures/")


@pytest.mark.parametrize("path", LISTS)
def test_nobody_is_told_that_a_list_is_empty_by_its_hundredth_page(
    cast: Cast, client_for: ClientFor, path: str
) -> None:
    browser, url = client_for(cast.avalon), f"/t/{cast.avalon.slug}/{path}"
    answer = browser.get(f"{url}?part=A&page=100")
    assert answer.status_code == 302
    assert answer["Location"] == f"{url}?part=A"
    assert "There is no page 100" in browser.get(answer["Location"]).content.decode()
    assert browser.get(f"{url}?page=1").status_code == 200
    live = browser.get(f"{url}?page=100", headers={"hx-request": "true"})
    assert live["HX-Redirect"] == f"{url}?"
