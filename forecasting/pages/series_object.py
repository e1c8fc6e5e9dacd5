"""The page of one series: what is asked, promised and possible, and what was said about it."""

from typing import Any
from uuid import UUID

from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.urls import URLPattern, path
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from collab.integration.exports import export_response, wanted_form
from collab.organisations.clock import own_day
from collab.shell.page import WRITERS, PageRequest, for_roles
from forecasting.axis import iso_week
from forecasting.models import PlanComment
from forecasting.queries.comments import comments_on
from forecasting.queries.commit_grid import coming_weeks
from forecasting.queries.series import SeriesPicture, series_of_part, series_picture
from forecasting.services.commits import REASONS

COMMENT_WEEKS = 26
PART_WEEKS = 8


@require_GET
@for_roles()
def series(request: PageRequest, key: UUID) -> HttpResponse:
    """Show one series to either side."""
    picture = series_picture(key, today=own_day())
    if picture is None:
        raise Http404
    if wanted_form(request):
        return _export(request, picture)
    return render(request, "forecasting/series.html", context_of(request, picture))


@require_GET
@for_roles()
def part(request: PageRequest, number: str) -> HttpResponse:
    """Return the card that shows on the page of a part what is asked and committed."""
    context = {
        "number": number,
        "rows": series_of_part(number),
        "columns": coming_weeks(PART_WEEKS),
        "tenant": request.organisation.slug,
    }
    return render(request, "forecasting/partials/part_forecast.html", context)


def context_of(request: PageRequest, picture: SeriesPicture) -> dict[str, Any]:
    """Return what the page of a series needs."""
    first = own_day()
    may_write = request.membership.role in WRITERS
    commit = picture.position.commit if picture.position else None
    return {
        "picture": picture,
        "weeks": picture.weeks,
        "reasons": {code: str(text) for code, text in REASONS.items()},
        "may_write": may_write,
        "may_commit": may_write and picture.is_ours and picture.position is not None,
        "may_review": may_write and not picture.is_ours and commit is not None and picture.gap > 0,
        "object_kind": PlanComment.ObjectKind.SERIES.value,
        "object_id": picture.id,
        "comments": comments_on([picture.id]),
        "comment_types": PlanComment.Type.choices,
        "comment_weeks": coming_weeks(COMMENT_WEEKS, today=first),
        "tenant": request.organisation.slug,
    }


def _export(request: PageRequest, picture: SeriesPicture) -> HttpResponse:
    columns = [
        _("Week"), _("Forecast"), _("Previous"), _("Commit"), _("Consensus"), _("Upside"),
        _("State"), _("Reason"),
    ]  # fmt: skip
    cells = [
        [
            iso_week(row.week), row.forecast, row.previous, row.commit, row.consensus, row.upside,
            row.state, row.reason,
        ]
        for row in picture.weeks
    ]  # fmt: skip
    return export_response(request, f"series-{picture.number or picture.id}", columns, cells)


routes: list[URLPattern] = [
    path("forecasts/series/<uuid:key>/", series, name="series"),
    path("forecasts/parts/<path:number>/card", part, name="part-card"),
]
