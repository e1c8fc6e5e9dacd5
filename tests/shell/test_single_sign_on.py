"""Sign-in at a provider: connected once by its owner, then a way in; strangers stay outside."""

import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from allauth.socialaccount.models import SocialAccount
from django.test import Client

from collab.organisations.models import Person
from tests.harness.cast import Cast, found_person

PASSWORD = "a-long-enough-word"
LOGIN = "/accounts/oidc/oidc/login/"
CALLBACK = "/accounts/oidc/oidc/login/callback/"


class Provider(BaseHTTPRequestHandler):
    """An OpenID Connect provider that believes whoever asks to be ``subject``."""

    subject = "eva"

    def do_GET(self) -> None:
        """Answer discovery and who the signed-in user is."""
        base = f"http://{self.headers['Host']}"
        if self.path.startswith("/.well-known/"):
            ways = {"authorization": "authorize", "token": "token", "userinfo": "me"}
            found = {f"{name}_endpoint": f"{base}/{path}" for name, path in ways.items()}
            self._say({"issuer": base, "jwks_uri": f"{base}/keys", **found})
        else:
            self._say({"sub": Provider.subject, "email": "planner@avalon.example"})

    def do_POST(self) -> None:
        """Give a token for any code."""
        self.rfile.read(int(self.headers["Content-Length"]))
        self._say({"access_token": "t", "token_type": "Bearer", "expires_in": 60})

    def _say(self, body: dict[str, Any]) -> None:
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.end_headers()
        self.wfile.write(json.dumps(body).encode())

    def log_message(self, *_args: Any) -> None:
        """Stay silent."""


@pytest.fixture
def issuer(settings: Any) -> Iterator[str]:
    """Return the address of a provider that the settings name."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), Provider)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    address = f"http://127.0.0.1:{server.server_address[1]}"
    app = {
        "provider_id": "oidc",
        "name": "Single sign-on",
        "client_id": "collab",
        "secret": "s",
        "settings": {"server_url": address},
    }
    settings.SOCIALACCOUNT_PROVIDERS = {"openid_connect": {"APPS": [app]}, "saml": {"APPS": []}}
    yield address
    server.shutdown()
    server.server_close()


def come_back(client: Client, way: str) -> Any:
    """Go to the provider by ``way``, which is no form, and come back from it."""
    away = client.get(way)
    assert away.status_code == 302, away.content.decode()
    state = parse_qs(urlsplit(away.headers["Location"]).query)["state"][0]
    return client.get(CALLBACK, {"code": "c", "state": state}, follow=True)


def test_an_account_is_connected_by_its_owner_and_opens_from_then_on(
    cast: Cast, issuer: str
) -> None:
    person = found_person(cast.avalon)
    person.set_password(PASSWORD)
    person.save()
    Provider.subject = "eva"
    stranger = Client()
    assert LOGIN in stranger.get("/accounts/login/").content.decode()
    come_back(stranger, LOGIN)
    assert stranger.get("/t/avalon/").status_code == 302  # the same address alone opens nothing
    assert Person.objects.count() == 1

    owner = Client()
    owner.post("/accounts/login/", {"login": person.email, "password": PASSWORD})
    assert "/accounts/3rdparty/" in owner.get("/t/avalon/settings/").content.decode()
    assert owner.get("/accounts/3rdparty/").status_code == 200
    come_back(owner, f"{LOGIN}?process=connect")
    assert SocialAccount.objects.get().user == person

    later = Client()
    come_back(later, LOGIN)
    assert later.get("/t/avalon/").status_code == 200

    Provider.subject = "somebody else"
    other = Client()
    come_back(other, LOGIN)
    assert other.get("/t/avalon/").status_code == 302
    assert Person.objects.count() == 1


def test_saml_describes_itself_and_leads_to_the_provider(cast: Cast, settings: Any) -> None:
    idp = {"entity_id": "urn:idp", "sso_url": "https://idp.example/sso", "x509cert": "MIIB"}
    app = {
        "provider_id": "urn:idp",
        "name": "Single sign-on",
        "client_id": "saml",
        "settings": {"idp": idp},
    }
    settings.SOCIALACCOUNT_PROVIDERS = {"openid_connect": {"APPS": []}, "saml": {"APPS": [app]}}
    client = Client(HTTP_HOST="127.0.0.1")
    assert "/accounts/saml/saml/login/" in client.get("/accounts/login/").content.decode()
    described = client.get("/accounts/saml/saml/metadata/")
    assert described.status_code == 200
    assert b"AssertionConsumerService" in described.content
    away = client.get("/accounts/saml/saml/login/")
    assert away.headers["Location"].startswith("https://idp.example/sso?SAMLRequest=")
