"""What every page view needs: who may open it, typed requests, toasts and safe redirects."""

import json
from collections.abc import Callable
from functools import wraps
from typing import Any, Concatenate, ParamSpec, cast

from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, resolve_url
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _

from collab.live import feed
from collab.organisations.context import Acting
from collab.organisations.models import Membership, Organisation, Person

P = ParamSpec("P")
EVERYBODY: tuple[str, ...] = tuple(Membership.Role.values)
WRITERS = ("planner", "clerk", "admin")


class PageRequest(HttpRequest):
    """A request for an organisation's page, as the ``ActingOrganisation`` middleware leaves it."""

    acting: Acting
    live_seq: int | None
    organisation: Organisation
    membership: Membership
    htmx: Any


class PastTheEnd(Exception):
    """A page of a list was asked for that lies behind its last row; ``url`` is its first page."""

    def __init__(self, page: int, url: str) -> None:
        super().__init__(f"expected a page with rows, got page {page}")
        self.page, self.url = page, url


View = Callable[Concatenate[PageRequest, P], HttpResponse]


def for_roles(*roles: str) -> Callable[[View[P]], View[P]]:
    """Open the page to members with one of ``roles``; without any, to every member.

    The view loses its ``tenant`` argument: ``request.organisation`` is the checked one. Who asks
    for a page behind the end of a list is led to its beginning and told so.
    """
    if unknown := set(roles) - set(EVERYBODY):
        raise ValueError(f"expected roles among {EVERYBODY}, got {sorted(unknown)}")
    allowed = roles or EVERYBODY

    def decorate(view: View[P]) -> View[P]:
        @wraps(view)
        def checked(request: PageRequest, *args: P.args, **kwargs: P.kwargs) -> HttpResponse:
            kwargs.pop("tenant", None)
            if request.membership.role not in allowed:
                raise PermissionDenied(", ".join(allowed))
            # Before the view reads its data: no frame falls in between.
            request.live_seq = feed.head() if _is_page(request) else None
            try:
                return view(request, *args, **kwargs)
            except PastTheEnd as past:
                text = _("There is no page %(n)s: this is where the list begins.")
                return go_to(request, past.url, toast=text % {"n": past.page})

        return cast("View[P]", checked)

    return decorate


def person_of(request: HttpRequest) -> Person:
    """Return the signed-in person; raise ``PermissionDenied`` for nobody."""
    if not isinstance(request.user, Person):
        raise PermissionDenied
    return request.user


def page_url(request: PageRequest, name: str, *args: Any, **query: str) -> str:
    """Return the address of the page ``name`` (``shell:partner``) of the acting organisation."""
    return reverse(name, args=[request.organisation.slug, *args], query=query or None)


def is_fragment(request: HttpRequest) -> bool:
    """Say whether htmx asks for a part of the page (history restores ask for the whole)."""
    htmx: Any = getattr(request, "htmx", None)
    return bool(htmx) and not htmx.history_restore_request and not htmx.boosted


def _is_page(request: HttpRequest) -> bool:
    """Say whether a browser comes to the page itself: only then does a socket go on from it."""
    return "text/html" in request.headers.get("Accept", "") and not is_fragment(request)


def go_to(request: HttpRequest, url: str, *, toast: str = "", undo: str = "") -> HttpResponse:
    """Send the browser to ``url`` after a form, with or without htmx, with a toast there.

    ``undo`` is the address that takes the action back when posted to.
    """
    if toast:
        request.session["toast"] = {"text": toast, "undo": undo}
    if getattr(request, "htmx", None):
        return HttpResponse(status=204, headers={"HX-Redirect": url})
    return redirect(url)


def with_toast(
    response: HttpResponse, text: str, *, undo: str = "", tone: str = ""
) -> HttpResponse:
    """Show ``text`` as a toast beside the fragment in ``response``."""
    response["HX-Trigger"] = json.dumps({"toast": {"text": text, "undo": undo, "tone": tone}})
    return response


def back(request: HttpRequest, fallback: str) -> str:
    """Return the ``next`` address of a form if it is ours, else ``fallback``."""
    wanted = request.POST.get("next") or request.GET.get("next") or ""
    if wanted and url_has_allowed_host_and_scheme(
        wanted, {request.get_host()}, require_https=request.is_secure()
    ):
        return wanted
    return resolve_url(fallback)
