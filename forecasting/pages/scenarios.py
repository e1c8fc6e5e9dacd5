"""Scenarios: what if, beside the plan that stands; promoted, discarded, or shown to a supplier."""

from typing import Any
from uuid import UUID

from django import forms
from django.core.exceptions import ObjectDoesNotExist
from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.urls import URLPattern, path
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django.views.decorators.http import require_GET, require_POST

from collab.integration.exports import export_response, wanted_form
from collab.masterdata.refusals import Refused, VersionConflict
from collab.organisations.clock import own_day
from collab.organisations.models import Organisation
from collab.shell.page import WRITERS, PageRequest, for_roles, go_to, page_url
from forecasting.models import Scenario
from forecasting.queries.scenarios import offers, scenario_row, scenario_rows, totals
from forecasting.services.scenarios import (
    answer_offer,
    change_scenario,
    discard_scenario,
    offer_scenario,
    open_scenario,
    outcome_of,
    promote_scenario,
)
from forecasting.week_figures import WEEK, monday_of

EDITORS = ("planner", "admin")
SHOWN = 200
KINDS: dict[str, Any] = {
    "percent": gettext_lazy("% more or less"),
    "add": gettext_lazy("Units more a week"),
    "set": gettext_lazy("Units a week"),
    "shift": gettext_lazy("Weeks later"),
    "shutdown": gettext_lazy("Shut-down, caught up in weeks"),
}
COLUMNS = ("part", "site", "supplier", "before", "after", "change", "weeks", "worst_week", "cost")


class ChangeForm(forms.Form):
    """One change of a scenario."""

    kind = forms.ChoiceField(label=gettext_lazy("What changes"), choices=list(KINDS.items()))
    value = forms.DecimalField(label=gettext_lazy("Value"))
    first = forms.DateField(label=gettext_lazy("From week of"))
    last = forms.DateField(label=gettext_lazy("Until week of"))
    parts = forms.CharField(
        label=gettext_lazy("Part numbers"),
        required=False,
        help_text=gettext_lazy("Separated by blanks or commas. Empty: all parts."),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        """Let the browser show its own day picker."""
        super().__init__(*args, **kwargs)
        for name in ("first", "last"):
            self.fields[name].widget = forms.DateInput(attrs={"type": "date"})

    def change(self) -> dict[str, Any]:
        """Return the change as the service takes it."""
        told = dict(self.cleaned_data)
        return {
            **told,
            "first": monday_of(told["first"]),
            "last": monday_of(told["last"]),
            "parts": told["parts"].replace(",", " ").split(),
        }


@require_GET
@for_roles()
def scenarios(request: PageRequest) -> HttpResponse:
    """List the own scenarios, and what customers offer."""
    context = {
        "rows": scenario_rows(),
        "offers": [each for each in offers() if not each.is_own],
        "may_edit": request.membership.role in EDITORS,
        "may_answer": request.membership.role in WRITERS,
    }
    return render(request, "forecasting/scenarios.html", context)


@require_POST
@for_roles(*EDITORS)
def start(request: PageRequest) -> HttpResponse:
    """Open a scenario and show it."""
    try:
        opened = open_scenario(name=request.POST.get("name", ""))
    except Refused as refused:
        return go_to(request, page_url(request, "forecasting:scenarios"), toast=str(refused))
    return go_to(request, page_url(request, "forecasting:scenario", opened.pk))


@require_GET
@for_roles()
def scenario(request: PageRequest, key: UUID) -> HttpResponse:
    """Show a scenario beside the plan: weeks, parts and cost."""
    return _show(request, _found(key), ChangeForm(initial=_initial()))


@require_POST
@for_roles(*EDITORS)
def change(request: PageRequest, key: UUID) -> HttpResponse:
    """Add a change, or take one out by its place."""
    found = _found(key)
    url = page_url(request, "forecasting:scenario", key)
    out = request.POST.get("out", "")
    changes = list(found.changes)
    form = ChangeForm(request.POST)
    if out.isascii() and out.isdecimal() and 0 < int(out[:4]) <= len(changes):
        del changes[int(out) - 1]
    elif form.is_valid():
        changes.append(form.change())
    else:
        return _show(request, found, form, status=422)
    try:
        change_scenario(key, changes)
    except Refused as refused:
        text = _("Expected %(expected)s, got “%(value)s”.")
        form.add_error(None, text % {"expected": refused.expected, "value": refused.value})
        return _show(request, found, form, status=422)
    return go_to(request, url)


@require_POST
@for_roles(*EDITORS)
def decide(request: PageRequest, key: UUID) -> HttpResponse:
    """Promote or discard a scenario, or offer it to a supplier."""
    action = request.POST.get("do", "")
    try:
        if action == "promote":
            text = _("The plan has new versions.")
            promote_scenario(key)
        elif action == "discard":
            text = _("Discarded.")
            discard_scenario(key)
        elif action == "offer":
            text = _offered(key, request.POST.get("supplier", ""))
        else:
            raise Http404
    except ObjectDoesNotExist:
        raise Http404 from None
    except (Refused, VersionConflict) as refused:
        text = str(refused)
    return go_to(request, page_url(request, "forecasting:scenario", key), toast=text)


@require_POST
@for_roles(*WRITERS)
def answer(request: PageRequest, key: UUID) -> HttpResponse:
    """Accept or abort what a customer offers."""
    try:
        answer_offer(
            key, verdict=request.POST.get("verdict", ""), note=request.POST.get("note", "")
        )
        text = _("Your customer knows.")
    except ObjectDoesNotExist:
        raise Http404 from None
    except Refused as refused:
        text = str(refused)
    return go_to(request, page_url(request, "forecasting:scenarios"), toast=text)


def _offered(key: UUID, bpn: str) -> str:
    supplier = Organisation.objects.filter(bpn=bpn).first()
    if supplier is None:
        raise Refused("supplier", "the BPN of a supplier whose plan the scenario changes", bpn)
    count = len(offer_scenario(key, supplier_id=supplier.pk))
    one, many = "%(n)d series is offered.", "%(n)d series are offered."
    return ngettext(one, many, count) % {"n": count}


def _show(
    request: PageRequest, found: Scenario, form: ChangeForm, *, status: int = 200
) -> HttpResponse:
    plans = outcome_of(found) if found.state == Scenario.State.DRAFT else []
    both = totals(plans)
    suppliers = {each.series.counterparty_id: each.series.counterparty for each in plans}
    if wanted_form(request):
        return export_response(request, "scenario", COLUMNS, _lines(plans))
    context = {
        "scenario": scenario_row(found),
        "changes": [
            {**each, "label": KINDS[each["kind"]], "parts": ", ".join(each["parts"][:5])}
            for each in found.changes
        ],
        "plans": plans[:SHOWN],
        "total": len(plans),
        "totals": both,
        "weekly": zip(both.weeks, both.before, both.after, strict=True),
        "cost": sum(each.difference.cost_minor or 0 for each in plans) / 100,
        "has_cost": any(each.difference.cost_minor is not None for each in plans),
        "suppliers": sorted(
            ({"bpn": each.bpn, "name": each.short_name} for each in suppliers.values()),
            key=lambda each: each["name"],
        ),
        "offers": offers(scenario_id=found.pk),
        "form": form,
        "may_edit": request.membership.role in EDITORS and found.state == Scenario.State.DRAFT,
    }
    return render(request, "forecasting/scenario.html", context, status=status)


def _lines(plans: list[Any]) -> list[tuple[object, ...]]:
    return [
        (
            each.series.part_number, each.series.site_code, each.series.counterparty.short_name,
            each.difference.before, each.difference.after, each.difference.change,
            each.difference.weeks_changed, each.difference.worst_week,
            None if each.difference.cost_minor is None else each.difference.cost_minor / 100,
        )
        for each in plans
    ]  # fmt: skip


def _found(key: UUID) -> Scenario:
    found = Scenario.objects.filter(pk=key).first()
    if found is None:
        raise Http404
    return found


def _initial() -> dict[str, Any]:
    first = monday_of(own_day()) + 4 * WEEK
    return {"kind": "percent", "first": first, "last": first + 8 * WEEK}


routes: list[URLPattern] = [
    path("forecasts/scenarios/", scenarios, name="scenarios"),
    path("forecasts/scenarios/new", start, name="scenario-new"),
    path("forecasts/scenarios/<uuid:key>/", scenario, name="scenario"),
    path("forecasts/scenarios/<uuid:key>/change", change, name="scenario-change"),
    path("forecasts/scenarios/<uuid:key>/decide", decide, name="scenario-decide"),
    path("forecasts/scenarios/offers/<uuid:key>", answer, name="scenario-answer"),
]
