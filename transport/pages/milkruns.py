"""Milk-run scenarios: the list, a new one, and what is done with one."""

from datetime import timedelta
from typing import Any
from uuid import UUID

from django import forms
from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.urls import URLPattern, path
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from collab.integration.exports import export_response, wanted_form
from collab.masterdata.refusals import Refused, VersionConflict
from collab.organisations.clock import own_day
from collab.organisations.context import acting_organisation_id, may_act_at
from collab.organisations.models import Organisation, Site
from collab.shell.asking import of_page, paging, tabs, text_of
from collab.shell.page import PageRequest, for_roles, go_to, is_fragment, page_url
from transport.models import MilkRunScenario
from transport.pages.base import EXPORTED, PLANNERS, SHOWN, chosen, may_plan
from transport.pages.words import put_on, version_of
from transport.queries.scenarios import SORTS, ScenarioRow, scenario_rows, scenarios
from transport.services.scenario_problem import Handling
from transport.services.scenarios import (
    LEAST_SECONDS,
    MOST_SECONDS,
    DataMissing,
    ScenarioPlan,
    discard,
    monday_of,
    new_scenario,
    solve_scenario,
    stop_solving,
)

VIEW_LABELS = {
    "current": gettext_lazy("All"),
    "solved": gettext_lazy("Solved"),
    "published": gettext_lazy("Published"),
    "discarded": gettext_lazy("Discarded"),
}
SORT_LABELS = {
    "newest": gettext_lazy("Newest first"),
    "week": gettext_lazy("Week"),
    "name": gettext_lazy("Name"),
}
HANDLING = ("stop_minutes", "pallet_minutes", "unload_minutes", "stock_per_pallet_day")


class ScenarioForm(forms.Form):
    """Which week of which plant, and what the solver may take."""

    plant = forms.ChoiceField(label=gettext_lazy("Plant"))
    first_week = forms.DateField(
        label=gettext_lazy("A day of the week"),
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
        help_text=gettext_lazy("Orders and firm calls with delivery in this week count."),
    )
    suppliers = forms.MultipleChoiceField(
        label=gettext_lazy("Suppliers"),
        required=False,
        help_text=gettext_lazy("None chosen: all with goods in this week."),
    )
    name = forms.CharField(label=gettext_lazy("Name"), max_length=80, required=False)
    co2_price = forms.IntegerField(
        label=gettext_lazy("Price of CO2e [per tonne]"), min_value=0, max_value=10_000, initial=100
    )
    seconds = forms.IntegerField(
        label=gettext_lazy("Time to solve [s]"),
        min_value=LEAST_SECONDS,
        max_value=MOST_SECONDS,
        initial=60,
    )
    stop_minutes = forms.FloatField(
        label=gettext_lazy("At a supplier [min]"), min_value=0, max_value=480
    )
    pallet_minutes = forms.FloatField(
        label=gettext_lazy("Per pallet [min]"), min_value=0, max_value=60
    )
    unload_minutes = forms.FloatField(
        label=gettext_lazy("To unload [min]"), min_value=0, max_value=480
    )
    stock_per_pallet_day = forms.FloatField(
        label=gettext_lazy("Stock a pallet and day"), min_value=0, max_value=1_000
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        """Offer own sites, and partners that supply."""
        super().__init__(*args, **kwargs)
        fields: dict[str, Any] = self.fields
        sites = Site.objects.filter(owner_id=acting_organisation_id())
        fields["plant"].choices = [
            (each.code, each.name)
            for each in sites.exclude(kind=Site.Kind.OFFICE).order_by("code")
            if may_act_at(each.pk)
        ]
        partners = Organisation.objects.filter(kind=Organisation.Kind.SUPPLIER)
        fields["suppliers"].choices = [
            (str(each.pk), each.short_name)
            for each in partners.exclude(pk=acting_organisation_id()).order_by("short_name")
        ]
        for name in HANDLING:
            fields[name].initial = getattr(Handling(), name)

    def plan(self) -> ScenarioPlan:
        """Return what was asked; call it once the form is valid."""
        told = self.cleaned_data
        return ScenarioPlan(
            plant=told["plant"],
            first_week=monday_of(told["first_week"]),
            name=told["name"],
            supplier_ids=[int(key) for key in told["suppliers"]],
            seconds=told["seconds"],
            co2_price_minor=told["co2_price"] * 100,
            handling=Handling(**{name: told[name] for name in HANDLING}),
        )


@require_GET
@for_roles()
def milkruns(request: PageRequest) -> HttpResponse:
    """List the scenarios; those of others are nobody's business."""
    asked = request.GET
    view = chosen(asked, "view", VIEW_LABELS, "current")
    sort = chosen(asked, "sort", SORT_LABELS, "newest")
    plant, text = text_of(asked, "plant", 20), text_of(asked, "q", 80)
    wanted = scenarios(view, plant, text).order_by(SORTS[sort], "-pk")
    if wanted_form(request):
        return _export(request, scenario_rows(wanted[:EXPORTED]))
    page = of_page(asked)
    rows = scenario_rows(wanted[(page - 1) * SHOWN : page * SHOWN + 1])
    context = {
        "rows": rows[:SHOWN],
        "total": wanted.count(),
        "views": tabs(request, VIEW_LABELS, view),
        "sorts": SORT_LABELS.items(),
        "view": view, "sort": sort, "plant": plant, "text": text,
        "is_filtered": bool(plant or text or view != "current"),
        "may_plan": may_plan(request),
        "tenant": request.organisation.slug,
        **paging(request, page, found=len(rows), shown=SHOWN),
    }  # fmt: skip
    name = "milkruns_list" if is_fragment(request) else "milkruns"
    return render(request, f"transport/{name}.html", context)


@require_http_methods(["GET", "POST"])
@for_roles(*PLANNERS)
def milkrun_new(request: PageRequest) -> HttpResponse:
    """Make a scenario, or say what is missing for it."""
    today = own_day()
    initial = {"first_week": monday_of(today) + timedelta(days=7)}
    form = ScenarioForm(request.POST or None, initial=initial)
    lacks: Any = ()
    if request.method == "POST" and form.is_valid():
        try:
            made = new_scenario(form.plan(), as_of=timezone.now())
        except DataMissing as missing:
            lacks = missing.lacks
        except Refused as refused:
            put_on(form, refused)
        else:
            if request.POST.get("do") == "solve":
                solve_scenario(made.pk)
            return go_to(request, page_url(request, "transport:milkrun", made.pk))
    context = {"form": form, "lacks": lacks, "tenant": request.organisation.slug}
    status = 422 if form.errors or lacks else 200
    return render(request, "transport/milkrun_new.html", context, status=status)


@require_POST
@for_roles(*PLANNERS)
def milkrun_solve(request: PageRequest, key: UUID) -> HttpResponse:
    """Have a scenario solved; on the way already changes nothing."""
    return _done(request, key, solve_scenario, _("The solver is at it."))


@require_POST
@for_roles(*PLANNERS)
def milkrun_stop(request: PageRequest, key: UUID) -> HttpResponse:
    """Stop the solver; the best plan so far stays."""
    toast = _("The solver stops; the best plan so far is kept.")
    return _done(request, key, lambda key, **_version: stop_solving(key), toast)


@require_POST
@for_roles(*PLANNERS)
def milkrun_discard(request: PageRequest, key: UUID) -> HttpResponse:
    """Throw a scenario away."""
    return _done(request, key, discard, _("Discarded."))


def scenario_of(key: UUID) -> MilkRunScenario:
    """Return an own scenario; 404 for any other."""
    found = MilkRunScenario.objects.select_related("plant").filter(pk=key).first()
    if found is None:
        raise Http404
    return found


def _done(request: PageRequest, key: UUID, act: Any, toast: str) -> HttpResponse:
    scenario_of(key)
    try:
        act(key, version=version_of(request.POST))
    except Refused as refused:
        toast = str(refused)
    except VersionConflict:
        toast = _("Somebody changed this meanwhile; look again.")
    return go_to(request, page_url(request, "transport:milkrun", key), toast=toast)


def _export(request: PageRequest, rows: list[ScenarioRow]) -> HttpResponse:
    columns = [
        _("Scenario"), _("Plant"), _("Week"), _("State"), _("Suppliers"), _("Cost a week"),
        _("All direct"), _("Currency"), _("Kilometres"), _("kg CO2e"), _("Vehicle-days"),
    ]  # fmt: skip
    lines = (
        [
            row.name, row.plant, row.first_week, row.state_label, row.suppliers, row.cost,
            row.direct_cost, row.currency, row.km, row.kg, row.trucks,
        ]
        for row in rows
    )  # fmt: skip
    return export_response(request, "milk-run-scenarios", columns, lines)


def other_scenarios(request: PageRequest, scenario: MilkRunScenario) -> list[dict[str, str]]:
    """Return the solved scenarios of the same plant with the address of their comparison."""
    rows = scenarios("current", scenario.plant.code).filter(plan__isnull=False)
    return [
        {
            "name": each.name,
            "key": str(each.pk),
            "href": page_url(
                request, "transport:milkrun-compare", left=str(each.pk), right=str(scenario.pk)
            ),
        }
        for each in rows.exclude(pk=scenario.pk).order_by("-pk")[:20]
    ]


routes: list[URLPattern] = [
    path("transport/milkruns/", milkruns, name="milkruns"),
    path("transport/milkruns/new/", milkrun_new, name="milkrun-new"),
    path("transport/milkruns/<uuid:key>/solve", milkrun_solve, name="milkrun-solve"),
    path("transport/milkruns/<uuid:key>/stop", milkrun_stop, name="milkrun-stop"),
    path("transport/milkruns/<uuid:key>/discard", milkrun_discard, name="milkrun-discard"),
]
