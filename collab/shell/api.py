"""REST: saved views of lists."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict
from typing import Any, ClassVar
from uuid import UUID

from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from collab.integration.etags import etag_of, require_match
from collab.integration.lists import paginate
from collab.integration.problems import FieldError, Problem, not_found
from collab.integration.views import View
from collab.masterdata.refusals import Refused
from collab.shell import saved_views
from collab.shell.models import SavedView
from collab.shell.saved_views import reader_of
from collab.shell.view_links import link_of

READ, KEEP = "views:read", "views:keep"


class ViewFilter(serializers.Serializer[Any]):
    """The query of the list."""

    page = serializers.CharField(required=False, help_text="Only views of this list.")


class ViewInput(serializers.Serializer[Any]):
    """A saved view; `page` names the list, `query` its filter as in the address bar."""

    page = serializers.CharField(max_length=60)
    name = serializers.CharField(max_length=saved_views.LONGEST_NAME)
    query = serializers.CharField(max_length=2000, allow_blank=True)
    audience = serializers.ChoiceField(SavedView.Audience.choices, default="private")
    role = serializers.CharField(
        max_length=12, default="", allow_blank=True, help_text="Whose team; your own if left out."
    )
    is_default = serializers.BooleanField(default=False)


class ViewChange(serializers.Serializer[Any]):
    """What may change of a saved view."""

    name = serializers.CharField(max_length=saved_views.LONGEST_NAME, required=False)
    query = serializers.CharField(max_length=2000, allow_blank=True, required=False)
    is_default = serializers.BooleanField(required=False)


class ViewOutput(serializers.Serializer[Any]):
    """A saved view with the addresses of its list and of its rows as files."""

    id = serializers.UUIDField()
    page = serializers.CharField()
    name = serializers.CharField()
    query = serializers.CharField(allow_blank=True)
    audience = serializers.CharField()
    role = serializers.CharField(allow_blank=True)
    is_default = serializers.BooleanField()
    may_change = serializers.BooleanField()
    url = serializers.CharField()
    csv = serializers.CharField()
    xlsx = serializers.CharField()
    version = serializers.IntegerField()


class SavedViews(View):
    """Saved views of lists: your own, your team's and everybody's."""

    scopes: ClassVar[dict[str, str]] = {"GET": READ, "POST": KEEP}
    filters = ViewFilter
    lists = True
    bodies: ClassVar[dict[str, Any]] = {"POST": ViewInput}
    replies: ClassVar[dict[str, Any]] = {"GET": ViewOutput, "POST": ViewOutput}

    def get(self, request: Request) -> Response:
        """List saved views by name; a machine sees those of everybody."""
        rows = saved_views.views_for(reader_of(request))
        if wanted := self.query().get("page"):
            rows = rows.filter(page=wanted)
        page = paginate(request, rows, order="name")
        return Response(page.body([_shown(request, view) for view in page.items]))

    def post(self, request: Request) -> Response:
        """Keep a filter under a name; the same name again replaces it. Sharing is for admins."""
        with refusals():
            view, is_new = saved_views.save_view(reader=reader_of(request), **self.body())
        return _answer(request, view, 201 if is_new else 200)


class OneSavedView(View):
    """One saved view."""

    scopes: ClassVar[dict[str, str]] = {"GET": READ, "PATCH": KEEP, "DELETE": KEEP}
    bodies: ClassVar[dict[str, Any]] = {"PATCH": ViewChange}
    replies: ClassVar[dict[str, Any]] = {"GET": ViewOutput, "PATCH": ViewOutput}
    versioned = frozenset({"PATCH"})

    def get(self, request: Request, view_id: UUID) -> Response:
        """Return a saved view."""
        with refusals():
            view = saved_views.view_of(reader_of(request), view_id)
        return self.reply(_shown(request, view), etag_of(view))

    def patch(self, request: Request, view_id: UUID) -> Response:
        """Rename it, change its filter, or make it the view its list opens with."""
        reader = reader_of(request)
        with refusals():
            require_match(request, saved_views.view_of(reader, view_id))
            view = saved_views.change_view(reader=reader, view_id=view_id, **self.body())
        return _answer(request, view)

    def delete(self, request: Request, view_id: UUID) -> Response:
        """Remove it; the rows it showed stay."""
        with refusals():
            saved_views.remove_view(reader=reader_of(request), view_id=view_id)
        return Response(status=204)


@contextmanager
def refusals() -> Iterator[None]:
    """Give the refusals of saved views the form of the API's errors."""
    try:
        yield
    except Refused as refused:
        status = 409 if refused.expected == saved_views.TAKEN else 400
        error = FieldError(refused.field, refused.expected, refused.value)
        raise Problem(status, detail="The view is not as expected.", errors=[error]) from None
    except saved_views.NotAllowed as reason:
        raise Problem(403, detail=str(reason)) from None
    except saved_views.UnknownView:
        raise not_found() from None


def _shown(request: Request, view: SavedView) -> dict[str, Any]:
    shown: dict[str, Any] = ViewOutput(asdict(link_of(view, reader_of(request)))).data
    return shown


def _answer(request: Request, view: SavedView, status: int = 200) -> Response:
    return Response(_shown(request, view), status=status, headers={"ETag": etag_of(view)})
