"""Ask a road router with the table interface of OSRM for distances between places.

Only whoever runs the installation names its address (``COLLAB_ROUTER_URL``), never a user.
"""

import http.client
import json
from collections.abc import Sequence
from urllib.parse import urlsplit

from django.conf import settings

from transport.rules.road import Matrix, matrix_from_table
from transport.services.places import Place

MOST_PLACES = 100
TIMEOUT_S = 20.0
MOST_BYTES = 8_000_000


class RouterFailed(RuntimeError):
    """The router is not there, refuses, or answers something else."""


def is_known() -> bool:
    """Say whether the installation names a router that may be asked."""
    return settings.ENVIRONMENT.router_url is not None and not settings.ENVIRONMENT.silent


def ask(places: Sequence[Place]) -> Matrix:
    """Return the ways between at most 100 places by their codes; redirects are not followed.

    Raises ``RouterFailed`` in all cases in which there is no answer, ``ValueError`` for fewer
    than 2 places or more than 100.
    """
    if not 2 <= len(places) <= MOST_PLACES:
        raise ValueError(f"expected 2 to {MOST_PLACES} places, got {len(places)}")
    url = settings.ENVIRONMENT.router_url
    if url is None or settings.ENVIRONMENT.silent:
        raise RouterFailed("no router may be asked here")
    coordinates = ";".join(f"{each['longitude']:.6f},{each['latitude']:.6f}" for each in places)
    path = f"/table/v1/driving/{coordinates}?annotations=duration,distance"
    try:
        return matrix_from_table(_fetch(url, path), [each["code"] for each in places])
    except ValueError as error:
        raise RouterFailed(str(error)) from error


def _fetch(url: str, path: str) -> dict[str, object]:
    target = urlsplit(url)
    kind = http.client.HTTPSConnection if target.scheme == "https" else http.client.HTTPConnection
    connection = kind(target.hostname or "", target.port, timeout=TIMEOUT_S)
    try:
        connection.request("GET", target.path.rstrip("/") + path)
        response = connection.getresponse()
        body = response.read(MOST_BYTES + 1)
    except (OSError, http.client.HTTPException) as error:
        raise RouterFailed(f"the router did not answer: {error}") from error
    finally:
        connection.close()
    if response.status != http.client.OK or len(body) > MOST_BYTES:
        raise RouterFailed(f"the router answered {response.status} with {len(body)} bytes")
    answer = json.loads(body)
    if not isinstance(answer, dict):
        raise RouterFailed(f"expected an object from the router, got {type(answer).__name__}")
    return answer
