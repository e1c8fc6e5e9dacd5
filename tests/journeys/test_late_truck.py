"""A late truck reaches the screens of plant, supplier and next tier, and of no rival."""

import time
from datetime import UTC, datetime
from typing import Any

import pytest

from tests.journeys.conftest import Served, SignIn

pytestmark = pytest.mark.browser
WITHIN_MS = 15_000  # a safety net: other work of the relay may come first
OWNER = "Brasov Harness"
MORE_OF = """([word, count]) => document.querySelector("#exceptions-feed")
  .innerText.split(word).length - 1 > count"""


def test_a_standing_truck_warns_plant_supplier_and_next_tier(
    served: Served, sign_in: SignIn
) -> None:
    link, last = _truck(served)
    plant = sign_in(OWNER)
    supplier = sign_in("Silesia Copper")
    next_tier = sign_in("Avalon Motors")
    rival = sign_in("Porto Harness")
    for page in (plant, supplier, next_tier, rival):
        page.wait_for_selector("#live[data-state=on]")
    before = rival.content().count("exception-row")
    watched = [
        (page, word, page.inner_text("#exceptions-feed").count(word))
        for page, word in ((plant, "min late"), (supplier, "min late"), (next_tier, "comes late"))
    ]

    answer = served.call(
        "POST",
        "/api/v1/positions",
        OWNER,
        [
            {
                "load": link["load_number"],
                "latitude": last["latitude"],
                "longitude": last["longitude"],
                "recorded_at": datetime.now(UTC).isoformat(),
                "speed_kmh": 0,
            }
        ],
    )
    assert answer["recorded"] == 1, answer

    for page, word, count in watched:
        page.wait_for_function(MORE_OF, arg=[word, count], timeout=WITHIN_MS)
    time.sleep(1)
    assert rival.content().count("exception-row") == before
    assert link["load_number"] not in rival.content()
    assert "Silesia" not in next_tier.inner_text("#exceptions-feed")

    plant.goto(f"{served.url}/t/brasov/transport/tracking/")
    plant.wait_for_selector(f"network-map a.veh[aria-label*='{link['load_number']}'], .cluster")


def _truck(served: Served) -> tuple[dict[str, Any], dict[str, Any]]:
    """Return the link of a truck of Brasov's own, and where it was seen last."""
    links = served.call("GET", "/api/v1/tracking-links", OWNER)["items"]
    for link in links:
        seen = served.call("GET", f"/api/v1/positions?load={link['load_id']}&limit=1", OWNER)
        if link["means"] == "api" and seen["items"]:
            return link, seen["items"][0]
    raise AssertionError("expected the demo network to have a truck of Brasov's own on the road")
