"""Units on their way: the list, one unit with its history, corrections, read points."""

from typing import Any
from uuid import UUID

from django import forms
from django.http import Http404, HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.urls import NoReverseMatch, URLPattern, path, reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from collab.integration.exports import export_response, wanted_form
from collab.masterdata.refusals import Refused, VersionConflict
from collab.shell.asking import chosen_keys, key_of, of_page, paging, tabs, text_of
from collab.shell.page import WRITERS, PageRequest, for_roles, go_to, is_fragment, page_url
from inventory.forms import partner_choices, site_choices
from inventory.models import ReadPoint
from inventory.queries.readings import latest_on_unit
from inventory.queries.tracking import (
    SORTS,
    VIEWS,
    UnitFilter,
    UnitRow,
    children_of,
    history_of,
    unit_by_key,
    units,
    units_named,
)
from inventory.queries.tracking_queue import (
    CorrectionFilter,
    corrections,
    read_points,
    waiting_by_reason,
)
from inventory.queries.tracking_words import STEPS
from inventory.rules.unit_names import thing_of
from inventory.services.read_points import ReadPointPlan, keep_read_point, remove_read_point
from inventory.services.tracking_queue import Reason, count_again, settle_corrections
from transport.queries.plates import plate_by_key

SHOWN, EXPORTED, EVENTS_SHOWN, LAST_PAGE = 50, 20_000, 50, 100
VIEW_LABELS = {
    "now": gettext_lazy("Standing"),
    "way": gettext_lazy("On the way"),
    "silent": gettext_lazy("Not seen for two days"),
    "ended": gettext_lazy("Ended"),
    "all": gettext_lazy("All"),
}
SORT_LABELS = {"newest": gettext_lazy("Seen last first"), "unit": gettext_lazy("Unit")}


class ReadPointForm(forms.Form):
    """A read point of one's own."""

    identifier = forms.CharField(
        label=gettext_lazy("Place (GLN or URI)"), max_length=250, help_text="9521321000018"
    )
    name = forms.CharField(label=gettext_lazy("Name"), max_length=80, required=False)
    site = forms.ChoiceField(label=gettext_lazy("Site"), required=False)
    biz_step = forms.ChoiceField(label=gettext_lazy("Step"), required=False)
    direction = forms.ChoiceField(
        label=gettext_lazy("Direction"), choices=ReadPoint.Direction.choices, initial="none"
    )
    counterparty = forms.ChoiceField(label=gettext_lazy("Works for"), required=False)
    reader = forms.CharField(label=gettext_lazy("Reader"), max_length=40, required=False)
    antenna = forms.IntegerField(
        label=gettext_lazy("Antenna"), min_value=0, max_value=255, required=False
    )
    lane_order = forms.IntegerField(
        label=gettext_lazy("Place in the gate, from outside"), min_value=0, max_value=32, initial=0
    )
    least_rssi_dbm = forms.IntegerField(
        label=gettext_lazy("Weakest signal [dBm]"), min_value=-120, max_value=0, initial=-65
    )
    least_reads = forms.IntegerField(
        label=gettext_lazy("Reads at least"), min_value=1, max_value=1000, initial=2
    )
    window_ms = forms.IntegerField(
        label=gettext_lazy("Within [ms]"), min_value=1, max_value=600_000, initial=2000
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        none = [("", "–")]
        steps = [(word, str(label)) for word, label in STEPS.items()]
        for name, choices in (
            ("site", list(site_choices())),
            ("biz_step", sorted(steps, key=lambda each: each[1])),
            ("counterparty", list(partner_choices())),
        ):
            field = self.fields[name]
            if isinstance(field, forms.ChoiceField):
                field.choices = none + [each for each in choices if each[0]]


@require_GET
@for_roles()
def unit_list(request: PageRequest) -> HttpResponse:
    """List units; every filter is in the address."""
    wanted = _filter(request.GET)
    if wanted_form(request):
        return _export(request, units(wanted, limit=EXPORTED))
    page = min(of_page(request.GET), LAST_PAGE)
    rows = units(wanted, limit=SHOWN + 1, offset=(page - 1) * SHOWN)
    read = len(rows) if page < LAST_PAGE else min(len(rows), SHOWN)
    may_edit = request.membership.role in WRITERS
    context = {
        "rows": rows[:SHOWN],
        "views": tabs(request, VIEW_LABELS, wanted.view),
        "sorts": SORT_LABELS.items(),
        "steps": [(word, label) for word, label in STEPS.items()],
        "sites": site_choices(),
        "wanted": wanted,
        "is_filtered": bool(wanted.text or wanted.site or wanted.step or wanted.part),
        **paging(request, page, found=read, shown=SHOWN),
        "waiting": sum(waiting_by_reason().values()) if may_edit else 0,
        "may_edit": may_edit,
        "tenant": request.organisation.slug,
    }
    name = "inventory/tracking_list.html" if is_fragment(request) else "inventory/tracking.html"
    return render(request, name, context)


@require_GET
@for_roles()
def unit(request: PageRequest, key: UUID) -> HttpResponse:
    """Show one unit: where it is by whose events, what is in it, what happened to it."""
    row = unit_by_key(key)
    if row is None:
        raise Http404
    before = key_of(request.GET.get("before", ""))
    events = history_of(row.thing, limit=EVENTS_SHOWN + 1, before=before)
    parents = units_named([row.parent]) if row.parent else []
    shown = events[:EVENTS_SHOWN]
    context = {
        "row": row,
        "others": [each for each in units_named([row.thing]) if each.id != row.id],
        "parent": next(iter(parents), None),
        "children": children_of(row),
        "conditions": latest_on_unit(row.thing),
        "events": [(each, proof_url(request, each.id)) for each in shown],
        "older": str(shown[-1].id) if len(events) > EVENTS_SHOWN else "",
        "tenant": request.organisation.slug,
    }
    name = "inventory/unit_body.html" if is_fragment(request) else "inventory/unit.html"
    return render(request, name, context)


@require_GET
@for_roles()
def advised_unit(request: PageRequest, key: UUID) -> HttpResponse:
    """Lead from a pack of a dispatch advice to the unit, or to a list that has none of it yet."""
    plate = plate_by_key(key)
    if not plate:
        raise Http404
    found = units_named([thing_of(plate)])
    if found:
        return redirect(page_url(request, "inventory:unit", found[0].id))
    return redirect(f"{page_url(request, 'inventory:tracking')}?view=all&text={plate}")


@require_http_methods(["GET", "POST"])
@for_roles(*WRITERS)
def correction_list(request: PageRequest) -> HttpResponse:
    """List what waits for somebody, and settle what is chosen."""
    if request.method == "POST":
        return _settle(request)
    wanted = CorrectionFilter(
        reason=text_of(request.GET, "reason", 10), is_settled=request.GET.get("view") == "settled"
    )
    page = of_page(request.GET)
    rows = corrections(wanted, limit=SHOWN + 1, offset=(page - 1) * SHOWN)
    view = "settled" if wanted.is_settled else "waiting"
    labels = {"waiting": gettext_lazy("Waiting"), "settled": gettext_lazy("Settled")}
    context = {
        "rows": rows[:SHOWN],
        "views": tabs(request, labels, view, {"waiting": sum(waiting_by_reason().values())}),
        "reasons": Reason.choices,
        "wanted": wanted,
        **paging(request, page, found=len(rows), shown=SHOWN),
        "tenant": request.organisation.slug,
    }
    return render(request, "inventory/corrections.html", context)


@require_http_methods(["GET", "POST"])
@for_roles()
def read_point_list(request: PageRequest) -> HttpResponse:
    """List the read points; planners add and change them."""
    chosen = _chosen(request)
    may_edit = request.membership.role in WRITERS
    asked = text_of(request.GET, "identifier", 250)
    form = ReadPointForm(request.POST or None, initial=_initial(chosen, asked))
    if request.method == "POST" and may_edit and form.is_valid():
        try:
            keep_read_point(
                ReadPointPlan(**form.cleaned_data),
                key=chosen.pk if chosen else None,
                version=int(request.POST.get("version") or 0) if chosen else None,
            )
        except VersionConflict:
            form.add_error(None, _("Somebody changed this meanwhile; look again."))
        except Refused as refused:
            field = refused.field if refused.field in form.fields else None
            form.add_error(field, _("Expected %(expected)s.") % {"expected": refused.expected})
        else:
            url = page_url(request, "inventory:read-points")
            return go_to(request, url, toast=_("The read point is kept."))
    context = {
        "rows": read_points(),
        "chosen": chosen,
        "form": form,
        "may_edit": may_edit,
        "tenant": request.organisation.slug,
    }
    status = 422 if form.errors else 200
    return render(request, "inventory/read_points.html", context, status=status)


@require_POST
@for_roles(*WRITERS)
def read_point_remove(request: PageRequest, key: UUID) -> HttpResponse:
    """Take a read point away."""
    if not remove_read_point(key):
        raise Http404
    url = page_url(request, "inventory:read-points")
    return go_to(request, url, toast=_("The read point is removed."))


def proof_url(request: PageRequest, event: UUID) -> str:
    """Return where the proof of an event is found, empty where there is no ledger."""
    try:
        return reverse("inventory:event-proof", args=[request.organisation.slug, event])
    except NoReverseMatch:
        return ""


def _settle(request: PageRequest) -> HttpResponse:
    again = key_of(request.POST.get("again", ""))
    if again is not None:
        done = count_again(again)
        toast = _("Its events are counted again.") if done else _("Nothing was waiting.")
    else:
        count = settle_corrections(chosen_keys(request.POST))
        toast = _("%(count)d settled.") % {"count": count}
    return go_to(request, page_url(request, "inventory:corrections"), toast=toast)


def _chosen(request: PageRequest) -> ReadPoint | None:
    asked = key_of(request.GET.get("point", ""))
    return ReadPoint.objects.filter(pk=asked).select_related("site").first() if asked else None


def _initial(chosen: ReadPoint | None, identifier: str) -> dict[str, Any]:
    if chosen is None:
        return {"identifier": identifier}
    names = (
        "identifier", "name", "biz_step", "direction", "reader", "antenna", "lane_order",
        "least_rssi_dbm", "least_reads", "window_ms",
    )  # fmt: skip
    found = {name: getattr(chosen, name) for name in names}
    found["site"] = chosen.site.code if chosen.site is not None else ""
    found["counterparty"] = chosen.counterparty.bpn if chosen.counterparty is not None else ""
    return found


def _filter(asked: QueryDict) -> UnitFilter:
    view, sort = asked.get("view", "now"), asked.get("sort", "newest")
    return UnitFilter(
        view=view if view in VIEWS else "now",
        text=text_of(asked, "text", 250),
        site=text_of(asked, "site", 20),
        step=text_of(asked, "step", 100),
        part=text_of(asked, "part", 40),
        sort=sort if sort in SORTS else "newest",
    )


def _export(request: PageRequest, rows: list[UnitRow]) -> HttpResponse:
    columns = [
        "unit", "identifier", "site", "read_point", "parent", "step", "disposition", "observed_at",
        "part_number", "recorded_by", "counterparty", "source", "source_grade",
    ]  # fmt: skip
    cells: list[list[Any]] = [
        [
            row.label, row.thing, row.site_code, row.read_point, row.parent, row.biz_step,
            row.disposition, row.observed_at, row.part_number, row.owner.bpn, row.partner.bpn,
            row.source, row.source_grade,
        ]
        for row in rows
    ]  # fmt: skip
    return export_response(request, "units", columns, cells)


routes: list[URLPattern] = [
    path("inventory/tracking/", unit_list, name="tracking"),
    path("inventory/tracking/corrections/", correction_list, name="corrections"),
    path("inventory/tracking/read-points/", read_point_list, name="read-points"),
    path(
        "inventory/tracking/read-points/<uuid:key>/remove",
        read_point_remove,
        name="read-point-remove",
    ),
    path("inventory/tracking/advised/<uuid:key>/", advised_unit, name="advised-unit"),
    path("inventory/tracking/<uuid:key>/", unit, name="unit"),
]
