"""OAuth 2.0 client credentials (RFC 6749 section 4.4): a short-lived token for a secret."""

import base64
import binascii
import hashlib
from typing import Any
from urllib.parse import unquote_plus

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.utils.decorators import method_decorator
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.debug import sensitive_post_parameters
from oauth2_provider.oauth2_validators import OAuth2Validator
from oauth2_provider.scopes import BaseScopes
from oauth2_provider.views import TokenView

from collab.integration.callers import application_presented
from collab.integration.middleware import client_address
from collab.integration.models import OAuthApplication
from collab.integration.scopes import MACHINE_SCOPES, SCOPES
from collab.integration.throttles import take
from collab.organisations.context import presenting_credential

TOKENS_PER_MINUTE = 30
GRANT = "client_credentials"


class Scopes(BaseScopes):  # type: ignore[misc]
    """What a token may hold: no more than its client was given."""

    def get_all_scopes(self) -> dict[str, str]:
        """Return every scope a machine may hold, with its meaning."""
        return {name: SCOPES[name] for name in sorted(MACHINE_SCOPES)}

    def get_available_scopes(
        self, application: Any = None, request: Any = None, *args: Any, **kwargs: Any
    ) -> list[str]:
        """Return the client's scopes; none without a client."""
        if not isinstance(application, OAuthApplication):
            return []
        return sorted(set(application.scopes) & MACHINE_SCOPES)

    def get_default_scopes(
        self, application: Any = None, request: Any = None, *args: Any, **kwargs: Any
    ) -> list[str]:
        """Give all of the client's scopes to who asks for none in particular."""
        return self.get_available_scopes(application, request)


class HashedTokens(OAuth2Validator):  # type: ignore[misc]
    """Store of each token its checksum only."""

    def _set_token_value(self, token_instance: Any, raw_token: str) -> None:
        token_instance._raw_token = raw_token
        token_instance.token = ""


@method_decorator(csrf_exempt, name="dispatch")
class Token(TokenView):  # type: ignore[misc]
    """Give an access token for client id and secret; no other grant is served."""

    http_method_names = ("post",)
    validator_class = HashedTokens

    @method_decorator(sensitive_post_parameters("client_secret"))
    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """Answer in the form of RFC 6749 section 5."""
        if request.POST.get("grant_type") != GRANT:
            return _refuse("unsupported_grant_type", 400)
        client_id = _client_id(request)
        if not take(TOKENS_PER_MINUTE, "token", client_id or client_address(request)):
            return _refuse("slow_down", 429, {"Retry-After": "60"})
        if not client_id or application_presented(client_id) is None:
            return _refuse("invalid_client", 401, {"WWW-Authenticate": 'Basic realm="collab"'})
        with presenting_credential(hashlib.sha256(client_id.encode()).hexdigest()):
            response: HttpResponse = super().post(request, *args, **kwargs)
        return response


def _client_id(request: HttpRequest) -> str:
    """Return the client id from HTTP Basic or the form; an empty string if there is none."""
    scheme, _, encoded = request.headers.get("Authorization", "").partition(" ")
    if scheme.lower() != "basic":
        return request.POST.get("client_id", "")[:100]
    try:
        decoded = base64.b64decode(encoded, validate=True).decode()
    except (binascii.Error, UnicodeDecodeError):
        return ""
    return unquote_plus(decoded.partition(":")[0])[:100]


def _refuse(error: str, status: int, headers: dict[str, str] | None = None) -> HttpResponse:
    return JsonResponse({"error": error}, status=status, headers=headers)
