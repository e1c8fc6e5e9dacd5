"""Language, time zone, second factor, and the view that a list opens with."""

from collections.abc import Callable
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils import timezone, translation
from django.utils.cache import patch_vary_headers

from collab.organisations.models import Person
from collab.shell.accounts import lacks_second_factor
from collab.shell.page import is_fragment
from collab.shell.saved_views import default_query, reader_of

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


class DefaultView:
    """Open a list with its default saved view, for whoever comes to it without a filter.

    A link within the list is no arrival: "Clear filters" shows all rows.
    """

    def __init__(self, get_response: Answer) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_view(
        self, request: HttpRequest, view: Any, args: Any, kwargs: Any
    ) -> HttpResponse | None:
        """Redirect to the default view, if there is one, before the list is made."""
        match = request.resolver_match
        page = match.view_name if match else ""
        if page not in settings.LIST_PAGES or not _is_arrival(request):
            return None
        query = default_query(reader_of(request), page)
        return redirect(f"{request.path}?{query}") if query else None


def _is_arrival(request: HttpRequest) -> bool:
    if request.method != "GET" or request.META.get("QUERY_STRING") or is_fragment(request):
        return False
    return urlsplit(request.headers.get("Referer", "")).path != request.path
