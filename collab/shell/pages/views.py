"""Saved views from the lists themselves: keep, rename, make default, remove, bring back."""

from typing import Any
from urllib.parse import urlsplit
from uuid import UUID

from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpResponse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from collab.masterdata.refusals import Refused
from collab.shell import saved_views
from collab.shell.models import SavedView
from collab.shell.page import PageRequest, for_roles, go_to, page_url
from collab.shell.saved_views import UNFILTERED, Reader, reader_of
from collab.shell.view_links import link_of

REMOVED_KEY = "shell.removed_view"


@require_POST
@for_roles()
def save(request: PageRequest) -> HttpResponse:
    """Keep the filter at hand under a name, then show the list with it."""
    reader, form = reader_of(request), request.POST
    page = form.get("page", "")
    audience, _colon, role = form.get("audience", "").partition(":")
    wanted = {
        "page": page,
        "name": form.get("name", ""),
        "query": _query(request, page),
        "audience": audience or "private",
        "role": role,
        "is_default": bool(form.get("is_default")),
    }
    return _saved(request, reader, wanted)


@require_POST
@for_roles()
def change(request: PageRequest, view_id: UUID) -> HttpResponse:
    """Rename a view, give it the filter at hand, or switch whether its list opens with it."""
    reader, form = reader_of(request), request.POST
    known = _found(reader, view_id)
    changes: dict[str, Any] = {}
    if form.get("do") == "default":
        changes["is_default"] = not known.is_default
    elif form.get("do") == "update":
        changes["query"] = _query(request, known.page)
    else:
        changes["name"] = form.get("name", "")
    try:
        view = saved_views.change_view(reader=reader, view_id=view_id, **changes)
    except saved_views.NotAllowed:
        raise PermissionDenied from None
    except Refused as refused:
        return go_to(request, link_of(known, reader).url, toast=_refusal(refused))
    return go_to(request, link_of(view, reader).url, toast=_("View “%s” saved.") % view.name)


@require_POST
@for_roles()
def remove(request: PageRequest, view_id: UUID) -> HttpResponse:
    """Remove a view; the toast brings it back."""
    reader = reader_of(request)
    known = _found(reader, view_id)
    back = saved_views.path_of(known.page)
    try:
        kept = saved_views.remove_view(reader=reader, view_id=view_id)
    except saved_views.NotAllowed:
        raise PermissionDenied from None
    request.session[REMOVED_KEY] = {**kept, "organisation": request.organisation.pk}
    text = _("View “%s” removed.") % kept["name"]
    undo = page_url(request, "shell:view-bring-back")
    return go_to(request, f"{back}?{kept['query'] or UNFILTERED}", toast=text, undo=undo)


@require_POST
@for_roles()
def bring_back(request: PageRequest) -> HttpResponse:
    """Undo the last removal of this session."""
    kept = request.session.pop(REMOVED_KEY, None)
    if not kept or kept.pop("organisation") != request.organisation.pk:
        raise Http404
    return _saved(request, reader_of(request), kept)


def _saved(request: PageRequest, reader: Reader, wanted: dict[str, Any]) -> HttpResponse:
    try:
        view, _is_new = saved_views.save_view(reader=reader, **wanted)
    except saved_views.NotAllowed:
        raise PermissionDenied from None
    except Refused as refused:
        if wanted["page"] not in saved_views.list_pages():
            raise Http404 from None
        path = saved_views.path_of(wanted["page"])
        return go_to(request, f"{path}?{UNFILTERED}", toast=_refusal(refused))
    return go_to(request, link_of(view, reader).url, toast=_("View “%s” saved.") % view.name)


def _refusal(refused: Refused) -> str:
    if refused.expected == saved_views.TAKEN:
        return _("Not saved: there is a view “%s” already.") % refused.value
    return _("Not saved: a name has 1 to %(signs)s characters, a list at most %(views)s views.") % {
        "signs": saved_views.LONGEST_NAME,
        "views": saved_views.MOST_VIEWS,
    }


def _query(request: PageRequest, page: str) -> str:
    """Return the filter of the list that the form stands on.

    A list that filters without loading anew has moved on since its form was drawn; then the
    browser's own address, which htmx sends along, is the truth.
    """
    shown = urlsplit(getattr(request.htmx, "current_url", None) or "")
    if page in saved_views.list_pages() and shown.path == saved_views.path_of(page):
        return shown.query
    return request.POST.get("query", "")


def _found(reader: Reader, view_id: UUID) -> SavedView:
    try:
        return saved_views.view_of(reader, view_id)
    except saved_views.UnknownView:
        raise Http404 from None
