"""Error pages: what happened, the number to quote, and the way on. They never need the database."""

from typing import Any

from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.template import loader
from django.utils.translation import gettext as _

from collab.organisations.models import Membership


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:
    """400."""
    return _page(request, 400, _("This request cannot be read"), _("Go back and try again."))


def forbidden(request: HttpRequest, exception: Exception) -> HttpResponse:
    """403: who can grant access, and which roles have it."""
    roles = dict(Membership.Role.choices)
    wanted = str(exception).split(", ") if isinstance(exception, PermissionDenied) else []
    named = [str(roles[role]) for role in wanted if role in roles]
    text = _("An administrator of your organisation can give you access.")
    if named:
        text += " " + _("It is open to: %(roles)s.") % {"roles": ", ".join(named)}
    return _page(request, 403, _("You may not open this page"), text)


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    """403 after a form whose token has run out."""
    return _page(
        request,
        403,
        _("This form has run out"),
        _("It stood open too long, or you signed in elsewhere. Go back, reload and send it again."),
    )


def not_found(request: HttpRequest, exception: Exception) -> HttpResponse:
    """404, the same for what is missing and for what is somebody else's."""
    return _page(
        request,
        404,
        _("There is nothing here"),
        _("The address is wrong, or the object is not shared with your organisation."),
    )


def broken(request: HttpRequest) -> HttpResponse:
    """500."""
    return _page(
        request,
        500,
        _("Something went wrong on our side"),
        _("Nothing was saved. Try again; if it stays, quote the request number to support."),
    )


def _page(request: HttpRequest, status: int, title: str, text: str) -> HttpResponse:
    context: dict[str, Any] = {
        "status": status,
        "title": title,
        "text": text,
        "request_id": getattr(request, "request_id", ""),
        "path": request.path,
        "theme": request.COOKIES.get("theme", "auto"),
    }
    html = loader.get_template("shell/error.html").render(context)
    return HttpResponse(html, status=status)
