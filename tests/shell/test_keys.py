"""API keys on their page: shown once, at most two live, revoked for good."""

import re

from django.test import Client

from collab.organisations.context import acting_for
from collab.organisations.models import ApiKey
from tests.conftest import ClientFor
from tests.harness.cast import Cast

PAGE = "/t/brasov/integrations/keys/"
FORM = {"client": "SAP production", "scopes": ["inventory:write", "inventory:read"], "days": "90"}


def test_a_key_is_shown_once_works_and_ends(cast: Cast, client_for: ClientFor) -> None:
    client = client_for(cast.brasov, "admin")
    secret = _secret(client.post(f"{PAGE}new/", FORM).content.decode())
    assert secret not in client.get(PAGE).content.decode()
    call = {"HTTP_AUTHORIZATION": f"Bearer {secret}"}
    assert Client().get("/api/v1/coverage", **call).status_code == 200
    assert Client().get("/api/v1/exceptions", **call).status_code == 403
    with acting_for(cast.brasov):
        key = ApiKey.objects.get()
    client.post(f"{PAGE}{key.pk}/revoke/")
    assert Client().get("/api/v1/coverage", **call).status_code == 401


def test_a_system_changes_over_with_two_keys_but_not_three(
    cast: Cast, client_for: ClientFor
) -> None:
    client = client_for(cast.brasov, "admin")
    client.post(f"{PAGE}new/", FORM)
    with acting_for(cast.brasov):
        first = ApiKey.objects.get()
    second = client.post(f"{PAGE}{first.pk}/rotate/")
    assert _secret(second.content.decode())
    assert client.post(f"{PAGE}new/", FORM).status_code == 422
    with acting_for(cast.brasov):
        assert ApiKey.objects.filter(owner_id=cast.brasov.pk).count() == 2


def test_scopes_that_no_machine_may_hold_are_refused(cast: Cast, client_for: ClientFor) -> None:
    form = {**FORM, "scopes": ["organisations:write"]}
    assert client_for(cast.brasov, "admin").post(f"{PAGE}new/", form).status_code == 422


def _secret(page: str) -> str:
    found = re.search(r"collab_live_[0-9A-Za-z]+", page)
    assert found, "expected the new key on the page"
    return found.group()
