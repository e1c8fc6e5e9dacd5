"""Client credentials give a short-lived token that holds no more than its client does."""

import base64
import hashlib
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone
from oauth2_provider.models import AccessToken

from collab.integration.services import (
    IssuedIdentity,
    give_oauth_identity,
    revoke_oauth_identity,
)
from collab.organisations.context import acting_for
from collab.organisations.models import Organisation
from collab.organisations.services import create_client, switch_client
from tests.harness.cast import Cast

SCOPES = ["inventory:read", "organisations:read"]


def identity(organisation: Organisation, **extra: Any) -> IssuedIdentity:
    with acting_for(organisation):
        return give_oauth_identity(create_client(name="ERP"), scopes=SCOPES, **extra)


def ask(issued: IssuedIdentity, secret: str | None = None, **form: str) -> Any:
    pair = f"{issued.application.client_id}:{secret or issued.secret}"
    basic = base64.b64encode(pair.encode()).decode()
    return Client(raise_request_exception=False).post(
        "/api/v1/oauth/token",
        {"grant_type": "client_credentials", **form},
        headers={"Authorization": f"Basic {basic}"},
    )


def me(token: str) -> Any:
    return Client().get("/api/v1/me", headers={"Authorization": f"Bearer {token}"})


def test_a_token_acts_for_the_clients_organisation(cast: Cast) -> None:
    issued = identity(cast.brasov)
    answer = ask(issued)
    assert answer.status_code == 200
    body = answer.json()
    assert body["token_type"] == "Bearer"
    assert body["expires_in"] == 900
    assert set(body["scope"].split()) == set(SCOPES)
    found = me(body["access_token"]).json()
    assert found["organisation"] == cast.brasov.bpn
    assert found["scopes"] == SCOPES
    assert found["by"] == "client"


def test_a_token_may_hold_less_but_never_more(cast: Cast) -> None:
    issued = identity(cast.brasov)
    less = ask(issued, scope="organisations:read").json()
    assert me(less["access_token"]).json()["scopes"] == ["organisations:read"]
    more = ask(issued, scope="organisations:read inventory:write")
    assert (more.status_code, more.json()["error"]) == (400, "invalid_scope")


@pytest.mark.parametrize(
    ("form", "secret", "status", "error"),
    [
        ({}, "wrong", 401, "invalid_client"),
        ({"grant_type": "password"}, None, 400, "unsupported_grant_type"),
        ({"grant_type": "authorization_code"}, None, 400, "unsupported_grant_type"),
        ({"grant_type": "refresh_token"}, None, 400, "unsupported_grant_type"),
    ],
)
def test_nothing_else_gives_a_token(
    cast: Cast, form: dict[str, str], secret: str | None, status: int, error: str
) -> None:
    answer = ask(identity(cast.brasov), secret, **form)
    assert (answer.status_code, answer.json()["error"]) == (status, error)
    assert AccessToken.objects.count() == 0


def test_the_token_ends_with_its_time_its_identity_and_its_client(cast: Cast) -> None:
    for ending in ("time", "identity", "client"):
        issued = identity(cast.everybody()[["time", "identity", "client"].index(ending)])
        token = ask(issued).json()["access_token"]
        assert me(token).status_code == 200
        with acting_for(issued.application.owner_id):
            if ending == "time":
                AccessToken.objects.update(expires=timezone.now() - timedelta(seconds=1))
            elif ending == "identity":
                revoke_oauth_identity(issued.application)
            else:
                switch_client(issued.application.api_client, is_active=False)
        assert me(token).status_code == 401
        if ending == "identity":
            assert ask(issued).status_code == 401


def test_secrets_are_stored_as_hashes(cast: Cast) -> None:
    issued = identity(cast.brasov)
    token = ask(issued).json()["access_token"]
    assert issued.secret not in issued.application.client_secret
    row = AccessToken.objects.get()
    assert row.token_checksum == hashlib.sha256(token.encode()).hexdigest()
    assert row.token != token


def test_an_address_outside_the_networks_gets_nowhere(cast: Cast) -> None:
    issued = identity(cast.brasov, networks=("203.0.113.0/24",))
    token = ask(issued).json().get("access_token", "")
    assert me(token).status_code == 401
