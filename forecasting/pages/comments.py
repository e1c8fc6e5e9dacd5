"""Comments on plans: said, and taken back."""

from datetime import date
from uuid import UUID

from django.http import Http404, HttpResponse
from django.urls import URLPattern, path
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from collab.masterdata.refusals import Refused
from collab.shell.page import WRITERS, PageRequest, back, for_roles, go_to, page_url
from forecasting.models import PlanComment
from forecasting.services.comments import CommentInput, comment, delete_comment

MOST_WEEKS = 104


@require_POST
@for_roles(*WRITERS)
def say(request: PageRequest) -> HttpResponse:
    """Say something about weeks of a series or a group."""
    try:
        comment(
            CommentInput(
                object_kind=request.POST.get("object_kind", ""),
                object_id=UUID(request.POST.get("object_id", "")),
                text=request.POST.get("text", ""),
                type=request.POST.get("type", PlanComment.Type.DEFAULT.value),
                weeks=[
                    date.fromisoformat(each) for each in request.POST.getlist("weeks")[:MOST_WEEKS]
                ],
            )
        )
    except Refused as refused:
        toast = _("Expected %(expected)s.") % {"expected": refused.expected}
    except ValueError:
        raise Http404 from None
    else:
        toast = _("Said.")
    return go_to(request, _back(request), toast=toast)


@require_POST
@for_roles(*WRITERS)
def delete(request: PageRequest, key: UUID) -> HttpResponse:
    """Take one's own comment back with its history."""
    try:
        delete_comment(key)
    except PlanComment.DoesNotExist:
        raise Http404 from None
    except Refused as refused:
        toast = _("Expected %(expected)s.") % {"expected": refused.expected}
    else:
        toast = _("The comment is gone.")
    return go_to(request, _back(request), toast=toast)


def _back(request: PageRequest) -> str:
    return back(request, page_url(request, "forecasting:commits"))


routes: list[URLPattern] = [
    path("forecasts/comments", say, name="comment"),
    path("forecasts/comments/<uuid:key>/delete", delete, name="comment-delete"),
]
