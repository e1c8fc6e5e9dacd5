"""A road router of the installation: its answer is kept, its failures are told."""

import json
from collections.abc import Iterator
from dataclasses import replace
from http.server import BaseHTTPRequestHandler, HTTPServer
from threading import Thread
from typing import ClassVar

import pytest
from django.conf import settings
from django.urls import reverse

from collab.organisations.context import acting_for
from tests.conftest import ClientFor
from tests.harness.cast import Cast
from tests.transport.moving import site_of
from transport.models import RoadDistance
from transport.services.router import RouterFailed, ask, is_known


class _Router(BaseHTTPRequestHandler):
    """Answers every table request alike: 600 km and 500 minutes between any two places."""

    status: ClassVar[int] = 200

    def do_GET(self) -> None:
        size = self.path.split("?")[0].count(";") + 1
        table = [[0 if i == j else 600_000 for j in range(size)] for i in range(size)]
        times = [[0 if i == j else 30_000 for j in range(size)] for i in range(size)]
        body = json.dumps({"code": "Ok", "distances": table, "durations": times}).encode()
        self.send_response(type(self).status)
        self.send_header("Location", "http://127.0.0.1:1/elsewhere")
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002
        """Keep quiet."""


@pytest.fixture
def router(monkeypatch: pytest.MonkeyPatch) -> Iterator[type[_Router]]:
    """Run a router and let the installation name it."""
    server = HTTPServer(("127.0.0.1", 0), _Router)
    Thread(target=server.serve_forever, daemon=True).start()
    url = f"http://127.0.0.1:{server.server_port}"
    monkeypatch.setattr(settings, "ENVIRONMENT", replace(settings.ENVIRONMENT, router_url=url))
    monkeypatch.setattr(_Router, "status", 200)
    yield _Router
    server.shutdown()
    server.server_close()


def test_the_planner_has_all_places_measured(
    cast: Cast, router: type[_Router], client_for: ClientFor
) -> None:
    planner = client_for(cast.avalon)
    assert planner.post(reverse("transport:distances-ask", args=["avalon"])).status_code == 302
    with acting_for(cast.avalon):
        row = RoadDistance.objects.get(
            origin=site_of(cast.brasov)["code"], destination=site_of(cast.avalon)["code"]
        )
        assert (row.distance_km, row.minutes, row.source) == (600, 500, "router")


def test_a_redirect_is_not_followed_and_a_failure_is_told(
    cast: Cast, router: type[_Router], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(router, "status", 302)
    with acting_for(cast.avalon):
        places = [site_of(cast.brasov), site_of(cast.avalon)]
        with pytest.raises(RouterFailed, match="302"):
            ask(places)
        silent = replace(settings.ENVIRONMENT, silent=True)
        monkeypatch.setattr(settings, "ENVIRONMENT", silent)
        assert not is_known()
        with pytest.raises(RouterFailed, match="no router"):
            ask(places)
