"""The language and the time zone of each answer, and the second factor everybody needs."""

from collections.abc import Callable

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils import timezone, translation
from django.utils.cache import patch_vary_headers

from collab.organisations.models import Person
from collab.shell.accounts import lacks_second_factor

LANGUAGE_COOKIE = "language"
LANGUAGE_KEY = "language"
Answer = Callable[[HttpRequest], HttpResponse]


class Language:
    """Choose the language: the person's, else the cookie's, else what the browser prefers.

    The person's language is kept in the web session, so that nothing is read for it here.
    """

    def __init__(self, get_response: Answer) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        chosen = language_of(request)
        with translation.override(chosen):
            request.LANGUAGE_CODE = chosen
            response = self.get_response(request)
        response.headers.setdefault("Content-Language", chosen)
        patch_vary_headers(response, ("Accept-Language", "Cookie"))
        return response


def language_of(request: HttpRequest) -> str:
    """Return the language code to answer in, always one of ``settings.LANGUAGES``."""
    known = dict(settings.LANGUAGES)
    for wish in (request.session.get(LANGUAGE_KEY), request.COOKIES.get(LANGUAGE_COOKIE)):
        if wish in known:
            return str(wish)
    return translation.get_language_from_request(request)


class SecondFactor:
    """Send people without a second factor to set one up before they see anything else.

    Demonstration people (``is_demo``) are exempt. Machines have no web session.
    """

    def __init__(self, get_response: Answer) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        path = request.path_info
        if path.startswith(("/accounts/", "/static/", "/api/", "/health")):
            return self.get_response(request)
        if lacks_second_factor(request):
            return redirect("mfa_activate_totp")
        return self.get_response(request)


class LocalTime:
    """Show times in the signed-in person's zone; docks and lines name their own."""

    def __init__(self, get_response: Answer) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        person = request.user
        zone = person.timezone if isinstance(person, Person) else settings.TIME_ZONE
        with timezone.override(zone):
            return self.get_response(request)
