"""Partners' systems for tests: API clients with real keys."""

import json
from dataclasses import dataclass, field
from typing import Any

from django.test import Client

from collab.integration.scopes import MACHINE_SCOPES
from collab.organisations import services
from collab.organisations.context import acting_for
from collab.organisations.models import ApiClient, ApiKey, Organisation


@dataclass(slots=True)
class Machine:
    """One API client of an organisation with its key."""

    organisation: Organisation
    client: ApiClient
    key: ApiKey
    secret: str
    http: Client = field(default_factory=lambda: Client(raise_request_exception=False))

    def call(self, method: str, path: str, body: Any = None, **headers: str) -> Any:
        """Send one request; ``path`` goes on after ``/api/v1/``."""
        return self.http.generic(
            method,
            f"/api/v1/{path}",
            b"" if body is None else json.dumps(body).encode(),
            content_type="application/json",
            headers={"Authorization": f"Bearer {self.secret}", **headers},
        )

    def get(self, path: str, **headers: str) -> Any:
        """Read."""
        return self.call("GET", path, **headers)

    def post(self, path: str, body: Any, **headers: str) -> Any:
        """Create."""
        return self.call("POST", path, body, **headers)


def machine(
    organisation: Organisation,
    scopes: Any = None,
    *,
    name: str = "ERP",
    networks: tuple[str, ...] = (),
) -> Machine:
    """Give ``organisation`` an API client with a key of ``scopes`` (all that machines may hold)."""
    with acting_for(organisation):
        client = ApiClient.objects.filter(name=name).first() or services.create_client(name=name)
        issued = services.issue_key(
            client,
            scopes=sorted(MACHINE_SCOPES if scopes is None else scopes),
            networks=networks,
        )
    return Machine(organisation, client, issued.key, issued.secret)
