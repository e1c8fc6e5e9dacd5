"""The milk-run studio: one scenario with its plan, what-if forms, comparison and publication."""

import json
from datetime import date
from typing import Any
from uuid import UUID

from django import forms
from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.urls import URLPattern, path
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET, require_POST

from collab.integration.exports import export_response, wanted_form
from collab.jobs.models import Job
from collab.jobs.queries import JobRow
from collab.masterdata.refusals import Refused, VersionConflict
from collab.organisations.clock import own_day
from collab.organisations.names import NOBODY, names_of
from collab.shell.asking import address, key_of
from collab.shell.page import PageRequest, for_roles, go_to, page_url
from transport.models import MilkRunScenario
from transport.pages.base import PLANNERS, chosen, may_plan, refusal_text
from transport.pages.milkruns import other_scenarios, scenario_of
from transport.pages.words import version_of
from transport.queries.scenario_compare import compared
from transport.queries.scenarios import scenario_row
from transport.queries.studio import Studio, network_of, studio_of
from transport.queries.timetable import KINDS, WEEKDAYS, clock
from transport.services import scenario_options
from transport.services.routes import milk_run_carriers, preview, publish_scenario
from transport.services.scenarios import State, solve_scenario, vary

TABS = {
    "plan": gettext_lazy("Plan"),
    "suppliers": gettext_lazy("Suppliers"),
    "docks": gettext_lazy("Docks and CO2e"),
    "options": gettext_lazy("What if"),
    "publish": gettext_lazy("Publish"),
}
CURVE_LEAST = 2


class VaryForm(forms.Form):
    """One thing to fix, forbid or change; the answer is a scenario of its own."""

    do = forms.ChoiceField(
        choices=[(each, each) for each in ("pin", "forbid", "repeat", "doors", "price", "remove")]
    )
    supplier = forms.CharField(max_length=60, required=False)
    second = forms.CharField(max_length=60, required=False)
    mode = forms.ChoiceField(
        choices=[
            ("", "–"),
            ("milkrun", gettext_lazy("Milk run")),
            ("direct", gettext_lazy("Direct")),
        ],
        required=False,
    )
    day = forms.TypedChoiceField(
        choices=[("", "–"), *WEEKDAYS.items()], coerce=int, empty_value=None, required=False
    )
    vehicle = forms.CharField(max_length=40, required=False)
    times = forms.IntegerField(min_value=1, max_value=7, required=False)
    days = forms.TypedMultipleChoiceField(
        choices=list(WEEKDAYS.items()), coerce=int, required=False
    )
    doors = forms.IntegerField(min_value=0, max_value=200, required=False)
    co2_price = forms.IntegerField(min_value=0, max_value=10_000, required=False)
    kind = forms.CharField(max_length=20, required=False)
    place = forms.IntegerField(min_value=0, max_value=1_000, required=False)

    def changed(self, scenario: MilkRunScenario) -> tuple[dict[str, Any], int | None]:
        """Return the options that follow, and another price of CO2e; raise ``Refused``."""
        told, options = self.cleaned_data, scenario.options
        code = told["supplier"]
        if told["do"] == "pin":
            kind, _sep, number = told["vehicle"].rpartition(" ")
            index = int(number) if kind and number.isdecimal() else None
            return scenario_options.pinned(
                options, code, mode=told["mode"] or None, day=told["day"],
                vehicle_type=kind if index else None, vehicle_index=index,
            ), None  # fmt: skip
        if told["do"] == "forbid":
            return scenario_options.forbidden(options, code, told["second"]), None
        if told["do"] == "repeat":
            return scenario_options.repeated(
                options, code, times=told["times"], days=told["days"]
            ), None  # fmt: skip
        if told["do"] == "doors":
            if told["doors"] is None:
                raise Refused("doors", "a number of doors", "")
            types = [each["id"] for each in scenario.problem["fleet"]]
            return scenario_options.limited(options, told["doors"], types), None
        if told["do"] == "remove":
            return scenario_options.without(options, told["kind"], told["place"] or 0), None
        if told["co2_price"] is None:
            raise Refused("co2_price", "a price per tonne", "")
        return dict(options), told["co2_price"] * 100


@require_GET
@for_roles()
def milkrun(request: PageRequest, key: UUID) -> HttpResponse:
    """Show a scenario: while it is solved, what cannot be, or the plan."""
    scenario = scenario_of(key)
    view = _view(request, scenario)
    if view is not None and wanted_form(request):
        return _export(request, scenario, view)
    return _page(request, scenario, view)


@require_POST
@for_roles(*PLANNERS)
def milkrun_vary(request: PageRequest, key: UUID) -> HttpResponse:
    """Make a child with one thing changed, and have it solved."""
    scenario = scenario_of(key)
    form = VaryForm(request.POST)
    if not form.is_valid():
        error = "; ".join(str(each) for errors in form.errors.values() for each in errors)
        return _page(request, scenario, _view(request, scenario), tab="options", error=error)
    try:
        options, price = form.changed(scenario)
        child = vary(key, options, co2_price_minor=price)
        solve_scenario(child.pk)
    except Refused as refused:
        view = _view(request, scenario)
        return _page(request, scenario, view, tab="options", error=refusal_text(refused))
    url = page_url(request, "transport:milkrun", child.pk)
    return go_to(request, url, toast=_("A new scenario is being solved."))


@require_POST
@for_roles(*PLANNERS)
def milkrun_publish(request: PageRequest, key: UUID) -> HttpResponse:
    """Make the plan the plant's fixed routes."""
    scenario = scenario_of(key)
    carrier, day = request.POST.get("carrier", ""), request.POST.get("valid_from", "")
    try:
        made = publish_scenario(
            key,
            valid_from=_day(day),
            as_of=timezone.now(),
            carrier_id=int(carrier) if carrier.isdecimal() else 0,
            version=version_of(request.POST),
        )
    except Refused as refused:
        view = _view(request, scenario)
        return _page(request, scenario, view, tab="publish", error=refusal_text(refused))
    except VersionConflict:
        error = _("Somebody changed this meanwhile; look again.")
        return _page(request, scenario, _view(request, scenario), tab="publish", error=error)
    toast = _("%(n)s fixed routes are with their partners.") % {"n": len(made)}
    return go_to(request, page_url(request, "transport:routes"), toast=toast)


@require_GET
@for_roles()
def milkrun_compare(request: PageRequest) -> HttpResponse:
    """Show two solved scenarios side by side."""
    keys = [key_of(request.GET.get(name, "")) for name in ("left", "right")]
    found = [scenario_of(key) for key in keys if key is not None]
    if len(found) != 2 or not all(each.plan for each in found):
        raise Http404
    context = {
        "found": compared(*found),
        "tenant": request.organisation.slug,
        "others": other_scenarios(request, found[1]),
        "swap": address(request, left=str(found[1].pk), right=str(found[0].pk)),
    }
    return render(request, "transport/milkrun_compare.html", context)


def _view(request: PageRequest, scenario: MilkRunScenario) -> Studio | None:
    text = request.GET.get("day", "0")
    day = int(text) if text in {str(each) for each in WEEKDAYS} else 0
    return studio_of(scenario, day=day) if scenario.plan else None


def _page(
    request: PageRequest,
    scenario: MilkRunScenario,
    view: Studio | None,
    *,
    tab: str = "",
    error: str = "",
) -> HttpResponse:
    row = scenario_row(scenario)
    tab = tab or chosen(request.GET, "view", TABS, "plan")
    job = Job.objects.filter(pk=scenario.job_id).first() if scenario.job_id else None
    places = scenario.problem["x_places"]
    context: dict[str, Any] = {
        "row": row,
        "tab": tab,
        "error": error,
        "tabs": [
            {"label": label, "href": address(request, view=name, day=""), "current": name == tab}
            for name, label in TABS.items()
            if name != "publish" or scenario.plan
        ],
        "is_running": scenario.state == State.RUNNING,
        "job": JobRow.of(job) if job else None,
        "notes": scenario.problem["x_notes"],
        "conflicts": [
            {
                "suppliers": [places[code]["name"] for code in each["suppliers"] if code in places],
                "constraint": each["constraint"],
            }
            for each in scenario.conflicts
        ],
        "may_plan": may_plan(request),
        "tenant": request.organisation.slug,
        "suppliers": [
            (each["id"], places[each["id"]]["name"]) for each in scenario.problem["suppliers"]
        ],
        "options": list(_options(scenario)),
        "weekdays": WEEKDAYS.items(),
        "others": other_scenarios(request, scenario),
        "csv": address(request, export="csv"),
        "xlsx": address(request, export="xlsx"),
    }  # fmt: skip
    if view is not None:
        context |= _solved(request, scenario, view)
        if tab == "publish":
            context |= _publication(scenario)
    return render(
        request, "transport/milkrun.html", context, status=422 if error else 200
    )  # fmt: skip


def _solved(request: PageRequest, scenario: MilkRunScenario, view: Studio) -> dict[str, Any]:
    base = view.plan["baseline"]
    shown = [(0, _("Week")), *((day, WEEKDAYS[day]) for day in view.problem.working_days)]
    days = [
        {
            "label": label,
            "href": address(request, day=str(day) if day else ""),
            "current": view.day == day,
        }
        for day, label in shown
    ]
    kg = view.plan["kg_co2e"]
    return {
        "studio": view,
        "days": days,
        "kinds": KINDS.items(),
        "base": base,
        "saved": None if base["cost"] is None else base["cost"] - view.cost,
        "km_change": view.plan["km"] - base["km"],
        "kg_change": kg - base["kg_co2e"],
        "is_greener": kg <= base["kg_co2e"],
        "peak_change": view.after.peak - view.before.peak,
        "network_json": json.dumps(
            network_of(view, page_url(request, "transport:milkrun", scenario.pk, view="suppliers"))
        ),
        "peak_axis": max(view.before.peak, view.after.peak, 1),
        "arrivals": _arrivals(view),
        "curve": scenario.sweep if len(scenario.sweep) >= CURVE_LEAST else [],
        "factor": scenario.problem["direct"].get("x_factor", {}),
    }


def _arrivals(view: Studio) -> list[dict[str, Any]]:
    """Return the quarters of an hour in which somebody arrives, before and after."""
    found = []
    for day in view.problem.working_days if view.day == 0 else (view.day,):
        both = (*view.before.by_day.get(day, ()), *view.after.by_day.get(day, ()))
        starts = {each.start_min for each in both}
        for start in sorted(starts):
            before, after = view.before.at(day, start), view.after.at(day, start)
            found.append(
                {
                    "day": WEEKDAYS[day], "time": clock(start), "before": before, "after": after,
                    "is_peak": bool(view.doors) and after > view.doors,
                }
            )  # fmt: skip
    return found


def _publication(scenario: MilkRunScenario) -> dict[str, Any]:
    today = own_day()
    found = preview(scenario, today=today)
    places = scenario.problem["x_places"]
    keys = milk_run_carriers(today, scenario.currency)
    names = names_of(keys)
    return {
        "publication": found,
        "changes": [
            {
                "name": places[each.supplier]["name"] if each.supplier in places else each.supplier,
                "day": WEEKDAYS[each.day],
                "kind": each.kind,
                "before": "–" if each.before is None else clock(each.before),
                "after": "–" if each.after is None else clock(each.after),
            }
            for each in found.changes
        ],
        "carriers": [(key, names.get(key, NOBODY).short) for key in keys],
    }


def _options(scenario: MilkRunScenario) -> Any:
    """Yield what is fixed or forbidden: kind, place and words."""
    places, options = scenario.problem["x_places"], scenario.options
    for place, pin in enumerate(options.get("pinned", ())):
        facts = [str(WEEKDAYS[pin["day"]])] if pin.get("day") else []
        facts += [pin["mode"]] if pin.get("mode") else []
        facts += (
            [f"{pin['vehicle_type']} {pin.get('vehicle_index', '')}"]
            if pin.get("vehicle_type")
            else []
        )
        yield "pinned", place, _("Fixed"), f"{places[pin['supplier']]['name']}: {', '.join(facts)}"
    for place, pair in enumerate(options.get("forbidden_pairs", ())):
        names = " + ".join(str(places[code]["name"]) for code in pair)
        yield "forbidden_pairs", place, _("Never on one trip"), names
    for place, (code, patterns) in enumerate(options.get("patterns", {}).items()):
        days = " ".join(str(WEEKDAYS[day]) for day in patterns[0])
        yield "patterns", place, _("Weekdays"), f"{places[code]['name']}: {days}"
    for place, (code, times) in enumerate(options.get("frequencies", {}).items()):
        yield "frequencies", place, _("Pick-ups a week"), f"{places[code]['name']}: {times}"
    for place, dock in enumerate(options.get("docks", ())):
        yield "docks", place, _("Doors at the plant"), str(dock["max_arrivals"])


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise Refused("valid_from", "a day", text) from None


def _export(request: PageRequest, scenario: MilkRunScenario, view: Studio) -> HttpResponse:
    """Return the suppliers, or the timetable, as a file."""
    if request.GET.get("view") == "suppliers":
        columns = [
            _("Supplier"), _("Way"), _("Pick-ups a week"), _("Pallets a week"), _("Marginal cost"),
            _("Direct"), _("Charged"), _("Saving"), _("Currency"),
        ]  # fmt: skip
        lines: list[list[Any]] = [
            [
                each.name, each.way, each.pickups, each.pallets, each.cost, each.direct_cost,
                each.charged, each.saving, scenario.currency,
            ]
            for each in view.suppliers
        ]  # fmt: skip
        return export_response(request, "milk-run-suppliers", columns, lines)
    columns = [_("Weekday"), _("Vehicle"), _("From"), _("Until"), _("What"), _("Place")]
    lines = [
        [
            str(WEEKDAYS[lane.day]), lane.vehicle, clock(bar.start), clock(bar.end),
            str(KINDS[bar.kind]), bar.place,
        ]
        for lane in view.lanes
        for bar in lane.bars
    ]  # fmt: skip
    return export_response(request, "milk-run-timetable", columns, lines)


routes: list[URLPattern] = [
    path("transport/milkruns/compare/", milkrun_compare, name="milkrun-compare"),
    path("transport/milkruns/<uuid:key>/", milkrun, name="milkrun"),
    path("transport/milkruns/<uuid:key>/vary", milkrun_vary, name="milkrun-vary"),
    path("transport/milkruns/<uuid:key>/publish", milkrun_publish, name="milkrun-publish"),
]
