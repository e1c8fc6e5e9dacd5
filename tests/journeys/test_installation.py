"""One command brings a whole Collab up, and up again; the other journeys work at its second start.

That it ends whole, and leaves no process, is asserted where the journeys end.
"""

import re

import pytest

from tests.journeys.conftest import Served

pytestmark = pytest.mark.browser


def test_the_first_start_says_where_it_is_and_who_may_sign_in(served: Served) -> None:
    assert f"Collab is ready: {served.url}" in served.first.told
    assert served.first.health == {"/health/ready": 200, "/health/live": 200}
    demo = served.first.demo
    assert demo["url"] == served.url
    assert {"email", "password", "organisation", "role"} <= set(demo["logins"][0])
    assert demo["api_keys"]
    assert served.first.modes == {"demo.json": 0o600, "run": 0o700}


def test_it_ends_at_once_though_forecasts_are_being_made(served: Served) -> None:
    assert served.first.status == 0
    assert served.first.left == []


def test_the_second_start_uses_what_is_there(served: Served) -> None:
    assert not any(line.startswith(("Bringing", "Loading")) for line in served.second)
    assert any(re.match(r"organisation\s+role\s+email\s+password", line) for line in served.second)
