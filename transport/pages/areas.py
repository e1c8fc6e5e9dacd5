"""Risk areas: the list, drawing and changing one, GeoJSON files in, spreadsheets out (TR-15)."""

import json
from datetime import datetime
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from django import forms
from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.urls import URLPattern, path
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django.views.decorators.http import require_http_methods, require_POST

from collab.integration.exports import export_response, wanted_form
from collab.masterdata.refusals import Refused, VersionConflict
from collab.shell.asking import key_of, of_page, paging, tabs, text_of
from collab.shell.page import PageRequest, for_roles, go_to, is_fragment, page_url
from transport.models import RiskArea
from transport.pages.base import (
    EXPORTED,
    PLANNERS,
    SHOWN,
    chosen,
    may_plan,
    refusal_text,
    version_of,
)
from transport.queries.areas import areas, counts
from transport.services.risk_areas import remove_area, save_area, take_geojson

LARGEST_FILE = 5 * 2**20
VIEW_LABELS = {
    "now": gettext_lazy("Valid now"),
    "coming": gettext_lazy("Coming"),
    "past": gettext_lazy("Past"),
    "all": gettext_lazy("All"),
}
SORTS = {"newest": ("-valid_from", "-pk"), "name": ("name", "pk"), "end": ("valid_to", "pk")}
SORT_LABELS = {
    "newest": gettext_lazy("Newest first"),
    "name": gettext_lazy("Name"),
    "end": gettext_lazy("Ends first"),
}
HEAD = (
    "name", "kind", "severity", "latitude", "longitude", "radius_km", "corners", "valid_from",
    "valid_to", "note",
)  # fmt: skip
LOCAL = "%Y-%m-%dT%H:%M"


class AreaForm(forms.Form):
    """A risk area: corners, or a centre with a radius; times by the organisation's clock."""

    name = forms.CharField(label=gettext_lazy("Name"), max_length=80)
    kind = forms.ChoiceField(label=gettext_lazy("Kind"), choices=RiskArea.Kind.choices)
    severity = forms.ChoiceField(
        label=gettext_lazy("Severity"), choices=RiskArea.Severity.choices, initial="warning"
    )
    latitude = forms.FloatField(label=gettext_lazy("Latitude of the centre"), required=False)
    longitude = forms.FloatField(label=gettext_lazy("Longitude of the centre"), required=False)
    radius_km = forms.FloatField(label=gettext_lazy("Radius [km]"), required=False)
    corners = forms.CharField(
        label=gettext_lazy("Or corners"), required=False, max_length=20_000,
        widget=forms.Textarea(attrs={"rows": 4}),
        help_text=gettext_lazy("Latitude and longitude, a corner a line: 47.6 10.2"),
    )  # fmt: skip
    valid_from = forms.DateTimeField(
        label=gettext_lazy("Valid from"), widget=forms.DateTimeInput({"type": "datetime-local"})
    )
    valid_to = forms.DateTimeField(
        label=gettext_lazy("Valid to"), required=False,
        widget=forms.DateTimeInput({"type": "datetime-local"}),
    )  # fmt: skip
    note = forms.CharField(label=gettext_lazy("Note"), max_length=400, required=False)

    def values(self) -> dict[str, Any]:
        """Return the columns of an area; the service checks the shape."""
        told = self.cleaned_data
        kept = ("name", "kind", "severity", "valid_from", "valid_to", "note")
        return {**{name: told[name] for name in kept}, "shape": self._shape()}

    def _shape(self) -> dict[str, Any]:
        told = self.cleaned_data
        if told["corners"]:
            lines = [line for line in told["corners"].splitlines() if line.strip()]
            return {"type": "polygon", "ring": [_numbers(line) for line in lines]}
        centre = [told["latitude"], told["longitude"]]
        return {"type": "circle", "centre": centre, "radius_km": told["radius_km"]}


@require_http_methods(["GET", "POST"])
@for_roles()
def risk_areas(request: PageRequest) -> HttpResponse:
    """List the areas, and draw or change one."""
    now = timezone.now()
    view = chosen(request.GET, "view", VIEW_LABELS, "now")
    sort = chosen(request.GET, "sort", SORT_LABELS, "newest")
    kind = chosen(request.GET, "kind", dict(RiskArea.Kind.choices), "")
    text = text_of(request.GET, "q", 80)
    rows = areas(view, as_of=now, kind=kind, text=text).order_by(*SORTS[sort])
    if wanted_form(request):
        return export_response(request, "risk-areas", list(HEAD), map(_line, rows[:EXPORTED]))
    standing = _standing(request)
    form = AreaForm(request.POST if request.method == "POST" else None, initial=_initial(standing))
    if request.method == "POST" and (answer := _save(request, form, standing)) is not None:
        return answer
    page = of_page(request.GET)
    found = list(rows[(page - 1) * SHOWN : page * SHOWN + 1])
    context = {
        "rows": found[:SHOWN],
        "now": now,
        "views": tabs(request, VIEW_LABELS, view, counts(as_of=now)),
        "view": view,
        "sort": sort,
        "sorts": SORT_LABELS.items(),
        "kind": kind,
        "kinds": RiskArea.Kind.choices,
        "text": text,
        "form": form,
        "standing": standing,
        **paging(request, page, found=len(found), shown=SHOWN),
        "may_plan": may_plan(request),
        "tenant": request.organisation.slug,
    }
    name = "transport/areas_list.html" if is_fragment(request) else "transport/areas.html"
    return render(request, name, context, status=422 if form.errors else 200)


@require_POST
@for_roles(*PLANNERS)
def remove(request: PageRequest, key: UUID) -> HttpResponse:
    """Take an area away."""
    try:
        remove_area(key, version=version_of(request.POST))
    except RiskArea.DoesNotExist:
        raise Http404 from None
    except VersionConflict:
        text = _("Somebody changed this meanwhile; read it again.")
        return go_to(request, page_url(request, "transport:areas", area=str(key)), toast=text)
    return go_to(request, page_url(request, "transport:areas"), toast=_("Risk area taken away."))


@require_POST
@for_roles(*PLANNERS)
def take_file(request: PageRequest) -> HttpResponse:
    """Take a GeoJSON file in, all of it or nothing."""
    url = page_url(request, "transport:areas")
    upload = request.FILES.get("file")
    if upload is None or upload.size is None or upload.size > LARGEST_FILE:
        return go_to(request, url, toast=_("Choose a GeoJSON file of at most 5 MB."))
    try:
        document = json.loads(upload.read())
        rows = take_geojson(document if isinstance(document, dict) else {}, as_of=timezone.now())
    except (ValueError, RecursionError):
        return go_to(request, url, toast=_("The file is no JSON."))
    except Refused as refused:
        text = _("Nothing was taken in. %(field)s: %(why)s")
        values = {"field": refused.field, "why": refusal_text(refused)}
        return go_to(request, url, toast=text % values)
    told = ngettext("%(n)s risk area taken in.", "%(n)s risk areas taken in.", len(rows))
    return go_to(request, url, toast=told % {"n": len(rows)})


def _save(request: PageRequest, form: AreaForm, standing: RiskArea | None) -> HttpResponse | None:
    """Save a form; ``None`` if it has errors, which are on the form then."""
    if not may_plan(request):
        raise Http404
    if not form.is_valid():
        return None
    try:
        save_area(
            form.values(),
            area_id=standing.pk if standing else None,
            version=version_of(request.POST) if standing else None,
        )
    except Refused as refused:
        field = {"shape": "corners" if form.cleaned_data["corners"] else "radius_km"}.get(
            refused.field, refused.field
        )
        form.add_error(field if field in form.fields else None, refusal_text(refused))
        return None
    except VersionConflict:
        form.add_error(None, _("Somebody changed this meanwhile; read it again."))
        return None
    return go_to(request, page_url(request, "transport:areas"), toast=_("Risk area saved."))


def _standing(request: PageRequest) -> RiskArea | None:
    text = request.GET.get("area", "")
    if not text:
        return None
    key = key_of(text)
    found = RiskArea.objects.filter(pk=key).first() if key else None
    if found is None:
        raise Http404
    return found


def _initial(row: RiskArea | None) -> dict[str, Any]:
    if row is None:
        return {"valid_from": timezone.localtime().strftime(LOCAL), "severity": "warning"}
    shape = row.shape
    centre = shape.get("centre") or ["", ""]
    return {
        "name": row.name,
        "kind": row.kind,
        "severity": row.severity,
        "latitude": centre[0],
        "longitude": centre[1],
        "radius_km": shape.get("radius_km"),
        "corners": "\n".join(f"{a} {b}" for a, b in shape.get("ring", ())),
        "valid_from": timezone.localtime(row.valid_from).strftime(LOCAL),
        "valid_to": timezone.localtime(row.valid_to).strftime(LOCAL) if row.valid_to else "",
        "note": row.note,
    }


def _line(row: RiskArea) -> list[Any]:
    """Return a row as the import reads it."""
    shape = row.shape
    centre = shape.get("centre") or [None, None]
    corners = "; ".join(f"{a} {b}" for a, b in shape.get("ring", ()))
    return [
        row.name, row.kind, row.severity, *centre, shape.get("radius_km"), corners,
        _text(row.valid_from), _text(row.valid_to), row.note,
    ]  # fmt: skip


def _text(at: datetime | None) -> str:
    return at.astimezone(ZoneInfo("UTC")).isoformat() if at is not None else ""


def _numbers(line: str) -> list[Any]:
    """Return the numbers of a line; what is none is left for the check to refuse."""
    found: list[Any] = []
    for word in line.replace(",", " ").replace(";", " ").split():
        try:
            found.append(float(word))
        except ValueError:
            found.append(word)
    return found


routes: list[URLPattern] = [
    path("transport/areas/", risk_areas, name="areas"),
    path("transport/areas/file", take_file, name="areas-file"),
    path("transport/areas/<uuid:key>/remove", remove, name="area-remove"),
]
