"""Hands the middleware's decision to REST framework: who acts, by session, key or token."""

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.middleware.csrf import CsrfViewMiddleware
from rest_framework.authentication import BaseAuthentication
from rest_framework.exceptions import AuthenticationFailed, PermissionDenied
from rest_framework.request import Request

from collab.organisations.context import Acting


class _CsrfCheck(CsrfViewMiddleware):
    def _reject(self, request: HttpRequest, reason: str) -> Any:
        return reason


def _no_response(_request: HttpRequest) -> HttpResponse:
    return HttpResponse()


class ActingAuthentication(BaseAuthentication):
    """Take whom ``ActingOrganisation`` found; a browser's session also needs its CSRF token."""

    def authenticate(self, request: Request) -> tuple[Any, Acting] | None:
        """Return (person or machine, acting), or ``None`` for an anonymous caller."""
        found = request._request
        if reason := getattr(found, "refusal", None):
            raise AuthenticationFailed(reason)
        acting: Acting | None = getattr(found, "acting", None)
        if acting is None:
            return None
        if (machine := getattr(found, "machine", None)) is not None:
            return machine, acting
        self._check_csrf(found)
        return found.user, acting

    def authenticate_header(self, request: Request) -> str:
        """Return the challenge of a 401."""
        return 'Bearer realm="collab"'

    def _check_csrf(self, request: HttpRequest) -> None:
        check = _CsrfCheck(_no_response)
        check.process_request(request)
        if reason := check.process_view(request, _no_response, (), {}):
            raise PermissionDenied(f"CSRF check failed: {reason}")
