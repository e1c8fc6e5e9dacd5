"""Pages: a release or a capacity group as a file for a partner's system, or into the outbox."""

from uuid import UUID

from django.http import Http404, HttpResponse
from django.urls import URLPattern, path
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from collab.masterdata.refusals import Refused
from collab.shell.page import PageRequest, for_roles, go_to, page_url
from forecasting.api.messages_out import file_of
from forecasting.models import DeliverySchedule
from forecasting.queries.capacity import group_of
from forecasting.queries.outgoing import FORMS, NotSayable, write_capacity, write_schedule
from forecasting.queries.releases import lines_of_schedule, schedules_by_key
from forecasting.services.outgoing import send_schedule

PLANNERS = ("planner", "admin")


@require_GET
@for_roles()
def release_file(request: PageRequest, key: UUID, form: str) -> HttpResponse:
    """Hand a release out in a form; what the form cannot say leads back with the reason."""
    row = next(iter(schedules_by_key([key])), None)
    if row is None or form not in FORMS:
        raise Http404
    try:
        written = write_schedule(row, lines_of_schedule(row), form)
    except NotSayable as reason:
        return _back(request, "forecasting:release", key, reason)
    return file_of(written, f"release-{row.document_number or row.release}")


@require_POST
@for_roles(*PLANNERS)
def send(request: PageRequest, key: UUID) -> HttpResponse:
    """Queue a release for the supplier's system."""
    form = request.POST.get("form", "")
    if form not in FORMS:
        raise Http404
    try:
        made = send_schedule(key, form=form)
    except DeliverySchedule.DoesNotExist:
        raise Http404 from None
    except Refused as reason:
        return _back(request, "forecasting:release", key, reason)
    url = page_url(request, "integration:outgoing-message", made.pk)
    return go_to(request, url, toast=_("It waits for the supplier's system."))


@require_GET
@for_roles()
def capacity_file(request: PageRequest, key: UUID) -> HttpResponse:
    """Hand a capacity group out as Catena-X JSON."""
    row = group_of(key)
    if row is None:
        raise Http404
    try:
        written = write_capacity(row)
    except NotSayable as reason:
        return _back(request, "forecasting:capacity-group", key, reason)
    return file_of(written, f"capacity-{row.name or row.id}")


def _back(request: PageRequest, page: str, key: UUID, reason: NotSayable | Refused) -> HttpResponse:
    text = _("This form cannot say it: expected %(expected)s.") % {"expected": reason.expected}
    return go_to(request, page_url(request, page, key), toast=text)


routes: list[URLPattern] = [
    path("forecasts/releases/<uuid:key>/file/<slug:form>", release_file, name="release-file"),
    path("forecasts/releases/<uuid:key>/send", send, name="release-send"),
    path("forecasts/capacity/<uuid:key>/file", capacity_file, name="capacity-file"),
]
