"""Market signals: what is known, what is proposed, and what it did to the plan."""

from typing import Any
from uuid import UUID

from django import forms
from django.core.exceptions import ObjectDoesNotExist
from django.http import Http404, HttpResponse, QueryDict
from django.shortcuts import render
from django.urls import URLPattern, path
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from collab.integration.exports import export_response, wanted_form
from collab.masterdata.refusals import Refused, VersionConflict
from collab.organisations.clock import own_day
from collab.shell.asking import of_page, paging
from collab.shell.page import PageRequest, for_roles, go_to, is_fragment, page_url
from forecasting.models import MarketSignal
from forecasting.queries.market import SORTS, SignalFilter, filtered_signals, signal_row
from forecasting.services.market import (
    Signal,
    accept_signal,
    propose_signal,
    reject_signal,
    take_back_signal,
)

EDITORS = ("planner", "admin")
SHOWN, EXPORTED = 50, 10_000
COLUMNS = (
    "kind", "title", "source", "observed_on", "programme", "region", "effect_low", "effect_likely",
    "effect_high", "valid_from", "valid_to", "is_in_baseline", "state", "series_changed", "note",
)  # fmt: skip
STATES: dict[str, Any] = {"": gettext_lazy("All"), **dict(MarketSignal.State.choices)}


class SignalForm(forms.Form):
    """A signal as somebody types it."""

    kind = forms.ChoiceField(label=gettext_lazy("Kind"), choices=MarketSignal.Kind.choices)
    title = forms.CharField(label=gettext_lazy("What is known"), max_length=120)
    source = forms.CharField(label=gettext_lazy("Source"), max_length=200)
    observed_on = forms.DateField(label=gettext_lazy("Observed on"), widget=forms.DateInput)
    effect_low = forms.DecimalField(label=gettext_lazy("Effect, low [%]"))
    effect_likely = forms.DecimalField(label=gettext_lazy("Effect, likely [%]"))
    effect_high = forms.DecimalField(label=gettext_lazy("Effect, high [%]"))
    valid_from = forms.DateField(label=gettext_lazy("Valid from"))
    valid_to = forms.DateField(label=gettext_lazy("Valid until"))
    programme = forms.CharField(
        label=gettext_lazy("Programme or assembly"),
        max_length=40,
        required=False,
        help_text=gettext_lazy("A part number; all parts below it are meant. Empty: everything."),
    )
    region = forms.CharField(label=gettext_lazy("Country or site"), max_length=40, required=False)
    part_numbers = forms.CharField(
        label=gettext_lazy("Part numbers"),
        required=False,
        help_text=gettext_lazy("Separated by blanks or commas. Empty: no limit."),
    )
    is_in_baseline = forms.BooleanField(
        label=gettext_lazy("The plan already contains it"), required=False
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        """Let the browser show its own day picker."""
        super().__init__(*args, **kwargs)
        for name in ("observed_on", "valid_from", "valid_to"):
            self.fields[name].widget = forms.DateInput(attrs={"type": "date"})

    def signal(self) -> Signal:
        """Return what was typed; only for a valid form."""
        told = dict(self.cleaned_data)
        told["part_numbers"] = told["part_numbers"].replace(",", " ").split()
        return Signal(**told)


@require_GET
@for_roles()
def signals(request: PageRequest) -> HttpResponse:
    """List the signals with their effect and what became of them."""
    wanted, sort = _filter(request.GET), request.GET.get("sort", SORTS[0])
    rows = filtered_signals(wanted).order_by(sort if sort in SORTS else SORTS[0], "-pk")
    if wanted_form(request):
        found = ([getattr(each, name) for name in COLUMNS] for each in rows[:EXPORTED])
        return export_response(request, "market-signals", COLUMNS, found)
    page = of_page(request.GET)
    shown = list(rows[(page - 1) * SHOWN : page * SHOWN + 1])
    context = {
        "rows": [signal_row(each) for each in shown[:SHOWN]],
        "total": rows.count(),
        "wanted": wanted,
        "states": STATES.items(),
        "kinds": MarketSignal.Kind.choices,
        **paging(request, page, found=len(shown), shown=SHOWN),
        "may_edit": request.membership.role in EDITORS,
    }
    name = "forecasting/signals_list.html" if is_fragment(request) else "forecasting/signals.html"
    return render(request, name, context)


@require_http_methods(["GET", "POST"])
@for_roles(*EDITORS)
def propose(request: PageRequest) -> HttpResponse:
    """Enter a signal by hand."""
    today = own_day()
    form = SignalForm(request.POST or None, initial={"observed_on": today, "valid_from": today})
    if request.method == "POST" and form.is_valid():
        try:
            propose_signal(form.signal())
        except Refused as refused:
            field = refused.field if refused.field in form.fields else None
            form.add_error(
                field,
                _("Expected %(expected)s, got “%(value)s”.")
                % {"expected": refused.expected, "value": refused.value},
            )
        else:
            return go_to(
                request, page_url(request, "forecasting:signals"), toast=_("The signal is kept.")
            )
    status = 422 if form.is_bound else 200
    return render(request, "forecasting/signal_new.html", {"form": form}, status=status)


@require_POST
@for_roles(*EDITORS)
def decide(request: PageRequest, key: UUID) -> HttpResponse:
    """Accept a signal into the plan, turn it down, or take the decision back."""
    action = request.POST.get("do", "")
    url = page_url(request, "forecasting:signals")
    undo = page_url(request, "forecasting:signal-undo", key)
    try:
        if action == "accept":
            return go_to(request, url, toast=_accepted(accept_signal(key)), undo=undo)
        if action == "reject":
            note = request.POST.get("note", "").strip() or _("Turned down")
            reject_signal(key, note=note)
            return go_to(request, url, toast=_("Turned down."), undo=undo)
    except ObjectDoesNotExist:
        raise Http404 from None
    except (Refused, VersionConflict) as refused:
        return go_to(request, url, toast=str(refused))
    raise Http404


@require_POST
@for_roles(*EDITORS)
def undo(request: PageRequest, key: UUID) -> HttpResponse:
    """Make a decided signal proposed again; the plan gets its figures back."""
    try:
        take_back_signal(key)
    except ObjectDoesNotExist:
        raise Http404 from None
    url = page_url(request, "forecasting:signals")
    return go_to(request, url, toast=_("The signal is proposed again."))


def _accepted(signal: MarketSignal) -> str:
    if signal.is_in_baseline:
        return _("Accepted; the plan contains it already.")
    count = signal.series_changed
    return ngettext(
        "Accepted: %(n)d plan has a new version.",
        "Accepted: %(n)d plans have a new version.",
        count,
    ) % {"n": count}


def _filter(asked: QueryDict) -> SignalFilter:
    state, kind = asked.get("state", ""), asked.get("kind", "")
    return SignalFilter(
        q=asked.get("q", "").replace("\0", "").strip()[:80],
        state=state if state in MarketSignal.State.values else "",
        kind=kind if kind in MarketSignal.Kind.values else "",
    )


routes: list[URLPattern] = [
    path("forecasts/signals/", signals, name="signals"),
    path("forecasts/signals/new", propose, name="signal-new"),
    path("forecasts/signals/<uuid:key>/decide", decide, name="signal-decide"),
    path("forecasts/signals/<uuid:key>/undo", undo, name="signal-undo"),
]
