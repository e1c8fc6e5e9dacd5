"""Fixed departures of carriers: the timetable of part loads (TR-02)."""

from collections.abc import Iterable
from typing import Any

from django import forms
from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.urls import URLPattern, path
from django.utils.dates import WEEKDAYS
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods

from collab.integration.exports import export_response, wanted_form
from collab.masterdata.refusals import Refused, VersionConflict
from collab.shell.asking import key_of, of_page, paging, text_of
from collab.shell.page import PageRequest, for_roles, go_to, is_fragment, page_url
from transport.models import Departure
from transport.pages.base import EXPORTED, SHOWN, chosen, may_plan, refusal_text, version_of
from transport.queries.whole import whole_rows
from transport.services.departures import remove_departure, save_departure

SORTS = {
    "lane": ("origin_zone", "destination_zone", "weekday", "departs_minute", "pk"),
    "carrier": ("counterparty__short_name", "code", "weekday", "pk"),
    "day": ("weekday", "departs_minute", "pk"),
}
SORT_LABELS = {
    "lane": gettext_lazy("Lane"),
    "carrier": gettext_lazy("Carrier"),
    "day": gettext_lazy("Weekday"),
}
HEAD = (
    "carrier", "code", "origin_zone", "destination_zone", "weekday", "departs", "cut_off_minutes",
    "transit_days", "arrives", "valid_from", "valid_to",
)  # fmt: skip
DAY = "date"


class DepartureForm(forms.Form):
    """One weekly departure; times by the clocks of its two ends."""

    carrier = forms.CharField(label=gettext_lazy("Carrier (BPN)"), max_length=16)
    code = forms.CharField(label=gettext_lazy("Service"), max_length=35)
    origin_zone = forms.CharField(
        label=gettext_lazy("From zone"), max_length=60, help_text=gettext_lazy("RO or RO-Brasov")
    )
    destination_zone = forms.CharField(label=gettext_lazy("To zone"), max_length=60)
    weekday = forms.TypedChoiceField(
        label=gettext_lazy("Weekday"), choices=list(WEEKDAYS.items()), coerce=int
    )
    departs = forms.TimeField(
        label=gettext_lazy("Departs"), widget=forms.TimeInput({"type": "time"})
    )
    cut_off_minutes = forms.IntegerField(
        label=gettext_lazy("Cut-off [min before]"), min_value=0, max_value=2880, initial=60
    )
    transit_days = forms.IntegerField(
        label=gettext_lazy("Transit days"), min_value=0, max_value=30, initial=1
    )
    arrives = forms.TimeField(
        label=gettext_lazy("Arrives"), widget=forms.TimeInput({"type": "time"})
    )
    valid_from = forms.DateField(
        label=gettext_lazy("Valid from"), widget=forms.DateInput({"type": DAY})
    )
    valid_to = forms.DateField(
        label=gettext_lazy("Until before"), required=False, widget=forms.DateInput({"type": DAY})
    )
    is_active = forms.BooleanField(label=gettext_lazy("In use"), required=False, initial=True)

    def values(self) -> dict[str, Any]:
        """Return the columns of a departure."""
        told = dict(self.cleaned_data)
        for name in ("departs", "arrives"):
            at = told.pop(name)
            told[f"{name}_minute"] = at.hour * 60 + at.minute
        return told


@require_http_methods(["GET", "POST"])
@for_roles()
def departures(request: PageRequest) -> HttpResponse:
    """List the departures one books or runs, and add or change one."""
    sort = chosen(request.GET, "sort", SORT_LABELS, "lane")
    text = text_of(request.GET, "q", 60)
    rows = whole_rows(Departure.objects.select_related("owner", "counterparty"))
    if text:
        rows = (
            rows.filter(origin_zone__icontains=text)
            | rows.filter(destination_zone__icontains=text)
            | rows.filter(code__icontains=text)
        )
    rows = rows.order_by(*SORTS[sort])
    if wanted_form(request):
        return export_response(request, "departures", list(HEAD), _lines(rows[:EXPORTED]))
    standing = _standing(request)
    form = DepartureForm(
        request.POST if request.method == "POST" else None, initial=_initial(standing)
    )
    if request.method == "POST" and (answer := _save(request, form, standing)) is not None:
        return answer
    page = of_page(request.GET)
    found = list(rows[(page - 1) * SHOWN : page * SHOWN + 1])
    context = {
        "rows": [_shown(row, request) for row in found[:SHOWN]],
        "sort": sort,
        "sorts": SORT_LABELS.items(),
        "text": text,
        "form": form,
        "standing": standing,
        **paging(request, page, found=len(found), shown=SHOWN),
        "may_plan": may_plan(request),
        "tenant": request.organisation.slug,
    }
    name = "transport/departures_list.html" if is_fragment(request) else "transport/departures.html"
    return render(request, name, context, status=422 if form.errors else 200)


def _save(
    request: PageRequest, form: DepartureForm, standing: Departure | None
) -> HttpResponse | None:
    """Save or remove; ``None`` if the form has errors, which are on it then."""
    if not may_plan(request):
        raise Http404
    version = version_of(request.POST)
    url = page_url(request, "transport:departures")
    try:
        if standing is not None and request.POST.get("do") == "remove":
            remove_departure(standing.pk, version=version)
            return go_to(request, url, toast=_("Departure taken away."))
        if not form.is_valid():
            return None
        key = standing.pk if standing else None
        save_departure(form.values(), departure_id=key, version=version if standing else None)
    except Refused as refused:
        field = refused.field.removesuffix("_minute")
        form.add_error(field if field in form.fields else None, refusal_text(refused))
        return None
    except VersionConflict:
        form.add_error(None, _("Somebody changed this meanwhile; read it again."))
        return None
    return go_to(request, url, toast=_("Departure saved."))


def _standing(request: PageRequest) -> Departure | None:
    text = request.GET.get("departure", "")
    if not text:
        return None
    key = key_of(text)
    mine = Departure.objects.filter(owner_id=request.organisation.pk).select_related("counterparty")
    found = mine.filter(pk=key).first() if key else None
    if found is None:
        raise Http404
    return found


def _initial(row: Departure | None) -> dict[str, Any]:
    if row is None:
        return {}
    same = ("code", "origin_zone", "destination_zone", "weekday", "cut_off_minutes",
            "transit_days", "is_active")  # fmt: skip
    return {
        **{name: getattr(row, name) for name in same},
        "carrier": row.counterparty.bpn,
        "departs": _clock(row.departs_minute),
        "arrives": _clock(row.arrives_minute),
        "valid_from": row.valid_from.isoformat(),
        "valid_to": row.valid_to.isoformat() if row.valid_to else "",
    }


def _shown(row: Departure, request: PageRequest) -> dict[str, Any]:
    is_own = row.owner_id == request.organisation.pk
    return {
        "row": row,
        "is_own": is_own,
        "partner": row.counterparty if is_own else row.owner,
        "weekday": WEEKDAYS[row.weekday],
        "departs": _clock(row.departs_minute),
        "arrives": _clock(row.arrives_minute),
    }


def _lines(rows: Iterable[Departure]) -> list[list[Any]]:
    return [
        [
            row.counterparty.bpn, row.code, row.origin_zone, row.destination_zone, row.weekday + 1,
            _clock(row.departs_minute), row.cut_off_minutes, row.transit_days,
            _clock(row.arrives_minute), row.valid_from, row.valid_to,
        ]
        for row in rows
    ]  # fmt: skip


def _clock(minute: int) -> str:
    return f"{minute // 60:02}:{minute % 60:02}"


routes: list[URLPattern] = [path("transport/departures/", departures, name="departures")]
