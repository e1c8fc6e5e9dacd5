"""The life cycle of parts: what follows what, what begins, runs out or is withdrawn."""

from typing import Any
from uuid import UUID

from django import forms
from django.core.exceptions import ObjectDoesNotExist
from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.urls import URLPattern, path
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET, require_POST

from collab.integration.exports import export_response, wanted_form
from collab.masterdata.refusals import Refused, VersionConflict
from collab.organisations.clock import own_day
from collab.shell.page import PageRequest, for_roles, go_to, page_url
from forecasting.models import LifeCycle
from forecasting.queries.lifecycle import phase_rows, phases, succession_rows
from forecasting.services.lifecycle import Prior, forget_phase, let_follow, set_phase, unfollow

EDITORS = ("planner", "admin")
SHOWN, EXPORTED = 200, 10_000
SUCCESSION_COLUMNS = ("old", "new", "factor", "effective_on", "chain")
PHASE_COLUMNS = (
    "part", "phase", "from_on", "until_on", "expected", "buy_50", "buy_90", "buy_95", "unit",
)  # fmt: skip
PHASES = [
    each for each in LifeCycle.Phase.choices if each[0] != LifeCycle.Phase.SERIES.value
]  # a part in series needs no word


def _day(label: Any, *, required: bool = True) -> forms.DateField:
    return forms.DateField(
        label=label, required=required, widget=forms.DateInput(attrs={"type": "date"})
    )


class SuccessionForm(forms.Form):
    """One part that follows another."""

    old = forms.CharField(label=gettext_lazy("Old part number"), max_length=40)
    new = forms.CharField(label=gettext_lazy("New part number"), max_length=40)
    factor = forms.DecimalField(
        label=gettext_lazy("New pieces for one old"), initial=1, max_digits=12, decimal_places=6
    )
    effective_on = _day(gettext_lazy("From"))


class PhaseForm(forms.Form):
    """Where a part is in its life."""

    part_number = forms.CharField(label=gettext_lazy("Part number"), max_length=40)
    phase = forms.ChoiceField(label=gettext_lazy("Phase"), choices=PHASES)
    from_on = _day(gettext_lazy("From"))
    until_on = _day(gettext_lazy("Until (running out)"), required=False)
    volume = forms.DecimalField(
        label=gettext_lazy("Vehicles a month (new)"), required=False, min_value=0
    )
    programme = forms.CharField(
        label=gettext_lazy("Programme (new)"),
        max_length=40,
        required=False,
        help_text=gettext_lazy("Its bill of material says how many pieces a vehicle takes."),
    )
    usage = forms.DecimalField(label=gettext_lazy("Pieces per vehicle (new)"), required=False)
    take_rate = forms.DecimalField(
        label=gettext_lazy("Take rate (new)"), required=False, min_value=0, max_value=1
    )

    def told(self) -> dict[str, Any]:
        """Return what was typed as the service takes it; only for a valid form."""
        data = self.cleaned_data
        prior = None
        if data["phase"] == LifeCycle.Phase.NEW and data["volume"] is not None:
            prior = Prior(
                volume=data["volume"],
                programme=data["programme"],
                usage=data["usage"],
                take_rate=data["take_rate"],
            )
        names = ("part_number", "phase", "from_on", "until_on")
        return {**{name: data[name] for name in names}, "prior": prior}


@require_GET
@for_roles()
def lifecycle(request: PageRequest) -> HttpResponse:
    """Show successions and phases."""
    part, phase = request.GET.get("part", "").replace("\0", "").strip()[:40], _phase(request)
    if wanted_form(request):
        if request.GET.get("what") == "phases":
            return export_response(request, "phases", PHASE_COLUMNS, _phase_lines(part, phase))
        return export_response(request, "successions", SUCCESSION_COLUMNS, _lines(part))
    return _shown(request, part=part, phase=phase)


@require_POST
@for_roles(*EDITORS)
def follow(request: PageRequest) -> HttpResponse:
    """Let one part follow another."""
    form = SuccessionForm(request.POST)
    if form.is_valid():
        try:
            row, _is_new = let_follow(**form.cleaned_data)
        except Refused as refused:
            _refuse(form, refused)
        else:
            undo = page_url(request, "forecasting:lifecycle-unfollow", row.pk)
            text = _("Kept; the next forecast joins both histories.")
            return go_to(request, _url(request), toast=text, undo=undo)
    return _shown(request, succession=form, status=422)


@require_POST
@for_roles(*EDITORS)
def end_following(request: PageRequest, key: UUID) -> HttpResponse:
    """Take a succession back."""
    return _removed(request, unfollow, key)


@require_POST
@for_roles(*EDITORS)
def say(request: PageRequest) -> HttpResponse:
    """Say where a part is in its life."""
    form = PhaseForm(request.POST)
    if form.is_valid():
        try:
            row, _is_new = set_phase(**form.told())
        except Refused as refused:
            _refuse(form, refused)
        else:
            undo = page_url(request, "forecasting:lifecycle-forget", row.pk)
            text = _("Kept; the next forecast follows it.")
            return go_to(request, _url(request), toast=text, undo=undo)
    return _shown(request, phase_form=form, status=422)


@require_POST
@for_roles(*EDITORS)
def forget(request: PageRequest, key: UUID) -> HttpResponse:
    """Let a part's history speak for itself again."""
    return _removed(request, forget_phase, key)


def _shown(
    request: PageRequest,
    *,
    part: str = "",
    phase: str = "",
    succession: SuccessionForm | None = None,
    phase_form: PhaseForm | None = None,
    status: int = 200,
) -> HttpResponse:
    today = own_day()
    rows = phases(part=part, phase=phase)
    context = {
        "successions": succession_rows(part=part)[:SHOWN],
        "phases": phase_rows(list(rows.order_by("phase", "part__number")[:SHOWN])),
        "phase_names": PHASES,
        "part": part,
        "phase": phase,
        "succession_form": succession or SuccessionForm(initial={"effective_on": today}),
        "phase_form": phase_form or PhaseForm(initial={"from_on": today}),
        "may_edit": request.membership.role in EDITORS,
    }
    return render(request, "forecasting/lifecycle.html", context, status=status)


def _removed(request: PageRequest, remove: Any, key: UUID) -> HttpResponse:
    try:
        remove(key)
    except ObjectDoesNotExist:
        raise Http404 from None
    except VersionConflict as conflict:
        return go_to(request, _url(request), toast=str(conflict))
    return go_to(request, _url(request), toast=_("Taken back; the next forecast follows."))


def _refuse(form: forms.Form, refused: Refused) -> None:
    text = _("Expected %(expected)s, got “%(value)s”.")
    form.add_error(
        refused.field if refused.field in form.fields else None,
        text % {"expected": refused.expected, "value": refused.value},
    )


def _lines(part: str) -> Any:
    for row in succession_rows(part=part):
        yield [row.old, row.new, row.factor, row.effective_on, " → ".join(row.path)]


def _phase_lines(part: str, phase: str) -> Any:
    for row in phase_rows(list(phases(part=part, phase=phase)[:EXPORTED])):
        buy = row.buy
        figures = [buy.expected, *buy.quantiles, buy.unit] if buy else [None] * 5
        yield [row.part_number, row.phase, row.from_on, row.until_on, *figures]


def _phase(request: PageRequest) -> str:
    asked = request.GET.get("phase", "")
    return asked if asked in LifeCycle.Phase.values else ""


def _url(request: PageRequest) -> str:
    return page_url(request, "forecasting:lifecycle")


routes: list[URLPattern] = [
    path("forecasts/lifecycle/", lifecycle, name="lifecycle"),
    path("forecasts/lifecycle/successions", follow, name="lifecycle-follow"),
    path(
        "forecasts/lifecycle/successions/<uuid:key>/end", end_following, name="lifecycle-unfollow"
    ),
    path("forecasts/lifecycle/phases", say, name="lifecycle-say"),
    path("forecasts/lifecycle/phases/<uuid:key>/end", forget, name="lifecycle-forget"),
]
