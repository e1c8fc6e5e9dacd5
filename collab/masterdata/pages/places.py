"""Working calendars, the own sites, and partners' codes for them."""

from uuid import UUID

from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from collab.integration.exports import export_response, wanted_form
from collab.masterdata import queries, services
from collab.masterdata.forms import WEEKDAYS, CalendarForm, SiteAliasForm, refuse
from collab.masterdata.models import SiteAlias, WorkingCalendar
from collab.masterdata.pages.parts import EDITORS
from collab.masterdata.queries.calendars import CalendarRow, calendar_rows
from collab.masterdata.refusals import Refused, VersionConflict
from collab.organisations.models import Site
from collab.shell.page import PageRequest, for_roles, go_to, page_url

SITE_COLUMNS = (
    "code",
    "name",
    "kind",
    "country",
    "city",
    "locode",
    "gln",
    "bpn",
    "latitude",
    "longitude",
    "timezone",
)


@require_GET
@for_roles()
def calendar_list(request: PageRequest) -> HttpResponse:
    """Show all working calendars with the days that differ."""
    context = {
        "calendars": queries.calendars(),
        "weekdays": WEEKDAYS,
        "may_edit": request.membership.role in EDITORS,
    }
    return render(request, "masterdata/calendars.html", context)


@require_http_methods(["GET", "POST"])
@for_roles(*EDITORS)
def calendar_create(request: PageRequest) -> HttpResponse:
    """Create a calendar."""
    form = CalendarForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            services.create_calendar(**form.values())
        except Refused as reason:
            refuse(form, reason)
        else:
            url = page_url(request, "masterdata:calendars")
            return go_to(request, url, toast=_("Created."))
    return _calendar_form(request, form, None)


@require_http_methods(["GET", "POST"])
@for_roles(*EDITORS)
def calendar_edit(request: PageRequest, calendar_id: UUID) -> HttpResponse:
    """Change a calendar and all its exceptions."""
    row = _calendar(calendar_id)
    form = CalendarForm(request.POST or None, initial=_initial(row))
    if request.method == "POST" and form.is_valid():
        values = form.values()
        days = values.pop("exceptions")
        version = form.cleaned_data["version"]
        try:
            changed = services.update_calendar(calendar_id, version=version, **values)
            services.set_exceptions(calendar_id, days, version=changed.version)
        except Refused as reason:
            refuse(form, reason)
        except VersionConflict:
            form.add_error(None, _("Somebody changed this calendar meanwhile; open it again."))
        else:
            url = page_url(request, "masterdata:calendars")
            return go_to(request, url, toast=_("Saved."))
    return _calendar_form(request, form, row)


@require_POST
@for_roles(*EDITORS)
def calendar_remove(request: PageRequest, calendar_id: UUID) -> HttpResponse:
    """Delete a calendar."""
    _calendar(calendar_id)
    services.remove_calendar(calendar_id)
    return go_to(request, page_url(request, "masterdata:calendars"), toast=_("Removed."))


@require_http_methods(["GET", "POST"])
@for_roles()
def site_list(request: PageRequest) -> HttpResponse:
    """Show the own sites and partners' codes for them; a form adds a code."""
    sites = Site.objects.order_by("code")
    if wanted_form(request) is not None:
        return export_response(request, "sites", SITE_COLUMNS, sites.values_list(*SITE_COLUMNS))
    may_edit = request.membership.role in EDITORS
    form = SiteAliasForm(request.POST or None)
    if request.method == "POST" and may_edit and form.is_valid():
        data = form.cleaned_data
        try:
            services.create_site_alias(
                site=Site.objects.get(pk=data["site"]),
                partner=form.partner_chosen(),  # type: ignore[arg-type]
                partner_code=data["partner_code"],
                unloading_point=data["unloading_point"],
            )
        except Refused as reason:
            refuse(form, reason)
        else:
            return go_to(request, page_url(request, "masterdata:sites"), toast=_("Added."))
    context = {
        "sites": sites,
        "aliases": queries.site_aliases(),
        "form": form,
        "may_edit": may_edit,
    }
    return render(request, "masterdata/sites.html", context, status=422 if form.errors else 200)


@require_POST
@for_roles(*EDITORS)
def site_alias_remove(request: PageRequest, alias_id: UUID) -> HttpResponse:
    """Forget a partner's code."""
    if not SiteAlias.objects.filter(pk=alias_id).exists():
        raise Http404
    services.remove_site_alias(alias_id)
    return go_to(request, page_url(request, "masterdata:sites"), toast=_("Removed."))


def _calendar(calendar_id: UUID) -> CalendarRow:
    rows = WorkingCalendar.objects.select_related("site", "partner").filter(pk=calendar_id)
    found = calendar_rows(rows)
    if not found:
        raise Http404
    return found[0]


def _initial(row: CalendarRow) -> dict[str, object]:
    lines = [
        f"{day.on.isoformat()} {'+ ' if day.is_working else ''}{day.name}" for day in row.exceptions
    ]
    return {
        "name": row.name,
        "site": str(row.site_id or ""),
        "dock": row.dock,
        "partner": row.partner_bpn,
        "weekdays": list(row.weekdays),
        "opens_at": row.opens_at,
        "closes_at": row.closes_at,
        "exceptions": "\n".join(lines),
        "version": row.version,
    }


def _calendar_form(
    request: PageRequest, form: CalendarForm, calendar: CalendarRow | None
) -> HttpResponse:
    context = {"form": form, "calendar": calendar}
    status = 422 if form.errors else 200
    return render(request, "masterdata/calendar_form.html", context, status=status)
