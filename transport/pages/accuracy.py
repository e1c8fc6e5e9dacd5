"""How good arrival estimates are, and which version of the model makes them (TR-13)."""

from typing import TYPE_CHECKING, Any
from uuid import NAMESPACE_URL, uuid5

from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.urls import URLPattern, path
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET, require_POST

from collab.events.bus import enqueue
from collab.integration.exports import export_response, wanted_form
from collab.shell.asking import address, text_of
from collab.shell.page import PageRequest, for_roles, go_to, is_fragment, page_url
from transport.models import EtaVersion
from transport.pages.base import PLANNERS, may_plan
from transport.queries.accuracy import DEFAULT, Report, report
from transport.rules.eta_accuracy import BandAccuracy
from transport.services.eta_versions import LEARN, LEAST_NEW_TRIPS

if TYPE_CHECKING:
    from django_stubs_ext import StrOrPromise

HEAD: "tuple[StrOrPromise, ...]" = (
    gettext_lazy("Hours before arrival"), gettext_lazy("Estimates"),
    gettext_lazy("Mean error [min]"), gettext_lazy("Bias [min]"),
    gettext_lazy("Arrivals in the range [%]"),
)  # fmt: skip


@require_GET
@for_roles()
def accuracy(request: PageRequest) -> HttpResponse:
    """Show the version in use, how estimates did by hours before arrival, and all versions."""
    model = text_of(request.GET, "model", 20)
    found = report(as_of=timezone.now(), model=model)
    if wanted_form(request):
        return export_response(request, "arrival-accuracy", list(map(str, HEAD)), _lines(found))
    context: dict[str, Any] = {
        "report": found,
        "bands": [(_hours(each), each, _percent(each.within)) for each in found.bands],
        "within": _percent(found.within),
        "versions": [
            (each, _percent(each.within), _percent(each.before_within)) for each in found.versions
        ],
        "model": model,
        "models": [DEFAULT, *(str(v) for v in found.versions if v.used_from is not None)],
        "least_new": LEAST_NEW_TRIPS,
        "may_plan": may_plan(request),
        "csv": address(request, export="csv"),
        "xlsx": address(request, export="xlsx"),
        "tenant": request.organisation.slug,
    }
    name = "transport/accuracy_body.html" if is_fragment(request) else "transport/accuracy.html"
    return render(request, name, context)


@require_POST
@for_roles(*PLANNERS)
def learn_now(request: PageRequest) -> HttpResponse:
    """Have the organisation learn from its trips now instead of tonight."""
    if not may_plan(request):
        raise Http404
    newest = EtaVersion.objects.order_by("-number").values_list("number", flat=True).first()
    moment = f"{timezone.now():%Y-%m-%dT%H:%M}"
    enqueue(LEARN, uuid5(NAMESPACE_URL, f"asked:{request.organisation.pk}:{newest}:{moment}"))
    url = page_url(request, "transport:accuracy")
    return go_to(request, url, toast=_("Learning from your trips. This page shows what comes out."))


def _lines(found: Report) -> list[list[Any]]:
    return [
        [_hours(each), each.count, each.mean_absolute_min, each.bias_min, _percent(each.within)]
        for each in found.bands
    ]


def _hours(band: BandAccuracy) -> str:
    if band.to_hours is None:
        return _("more than %(hours)s h") % {"hours": f"{band.from_hours:g}"}
    return f"{band.from_hours:g}–{band.to_hours:g} h"


def _percent(share: float | None) -> float | None:
    return None if share is None else round(100 * share, 1)


routes: list[URLPattern] = [
    path("transport/accuracy/", accuracy, name="accuracy"),
    path("transport/accuracy/learn", learn_now, name="accuracy-learn"),
]
