"""Own thresholds on changes of demand and capacity, and the planning data that waits."""

from typing import Any
from uuid import UUID

from django import forms
from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.urls import URLPattern, path
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_POST

from collab.masterdata.refusals import Refused
from collab.shell.page import WRITERS, PageRequest, for_roles, go_to, page_url
from forecasting.models import PlanWatch
from forecasting.queries.todos import demand_without_capacity, series_without_demand
from forecasting.services.watches import WatchInput, remove_watch, set_watch

UNITS = (("share", gettext_lazy("% of the old figure")), ("quantity", gettext_lazy("Quantity")))


class WatchForm(forms.Form):
    """A new threshold."""

    name = forms.CharField(label=gettext_lazy("Name"), max_length=80)
    scope = forms.ChoiceField(
        label=gettext_lazy("Watches"),
        choices=[each for each in PlanWatch.Scope.choices if each[0] != "chosen"],
    )
    limit = forms.DecimalField(
        label=gettext_lazy("Change"),
        max_digits=12,
        decimal_places=4,
        help_text=gettext_lazy("A negative figure watches falls."),
    )
    unit = forms.ChoiceField(label=gettext_lazy("Counted in"), choices=UNITS)

    def watch(self) -> WatchInput:
        """Return what the form asks for."""
        said = self.cleaned_data
        is_relative = said["unit"] == "share"
        limit = said["limit"] / 100 if is_relative else said["limit"]
        return WatchInput(
            name=said["name"], scope=said["scope"], limit=limit, is_relative=is_relative
        )


@require_http_methods(["GET", "POST"])
@for_roles()
def watches(request: PageRequest) -> HttpResponse:
    """Show one's own thresholds and to-dos, and take a new threshold."""
    may_write = request.membership.role in WRITERS
    form = WatchForm(request.POST if request.method == "POST" and may_write else None)
    if form.is_bound and form.is_valid():
        try:
            set_watch(form.watch())
        except Refused as refused:
            field = refused.field if refused.field in form.fields else None
            form.add_error(field, _("Expected %(expected)s.") % {"expected": refused.expected})
        else:
            return go_to(request, page_url(request, "forecasting:watches"), toast=_("Added."))
    context: dict[str, Any] = {
        "rows": [
            {"row": row, "percent": row.limit * 100 if row.is_relative else None}
            for row in PlanWatch.objects.order_by("name", "pk")
        ],
        "form": form,
        "without_demand": series_without_demand(),
        "without_capacity": demand_without_capacity(),
        "may_write": may_write,
        "tenant": request.organisation.slug,
    }
    status = 422 if form.errors else 200
    return render(request, "forecasting/watches.html", context, status=status)


@require_POST
@for_roles(*WRITERS)
def remove(request: PageRequest, key: UUID) -> HttpResponse:
    """Take a threshold away with the exceptions it raised."""
    try:
        remove_watch(key)
    except PlanWatch.DoesNotExist:
        raise Http404 from None
    return go_to(request, page_url(request, "forecasting:watches"), toast=_("Removed."))


routes: list[URLPattern] = [
    path("forecasts/thresholds/", watches, name="watches"),
    path("forecasts/thresholds/<uuid:key>/remove", remove, name="watch-remove"),
]
