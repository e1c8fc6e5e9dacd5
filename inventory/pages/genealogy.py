"""Lot trace: where a lot went and what it is made of, and holding it back."""

from typing import Any
from uuid import UUID

from django import forms
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import URLPattern, path
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from collab.integration.exports import export_response, wanted_form
from collab.masterdata.refusals import Refused, VersionConflict
from collab.organisations.names import NOBODY, names_of
from collab.shell.asking import of_page, paging, tabs, text_of
from collab.shell.page import WRITERS, PageRequest, for_roles, go_to, is_fragment, page_url
from inventory.forms import RefusableForm
from inventory.models import LotHold
from inventory.models.genealogy import LONGEST_REASON
from inventory.models.tracking import LINK
from inventory.queries.held import (
    VIEWS,
    HoldRow,
    blocked_stock,
    held_names,
    hold_by_key,
    hold_rows,
    partners_told,
)
from inventory.queries.held_things import followed
from inventory.queries.lot_things import is_known, named_like, places_of, searched, sightings
from inventory.queries.lot_trace import cells, columns, lot_trace
from inventory.queries.tracking_words import short
from inventory.services.hold_passing import onward_of, pass_on, passed_on
from inventory.services.lot_holds import Reach, hold_lot, reach_of, release_lot

SHOWN, NAMED, EXPORTED = 50, 200, 50_000
VIEW_LABELS = {
    "standing": gettext_lazy("Standing holds"),
    "released": gettext_lazy("Released holds"),
    "all": gettext_lazy("All"),
}


class HoldForm(RefusableForm):
    """Why a lot is held, and how much of what was made from it."""

    lot = forms.CharField(max_length=LINK, widget=forms.HiddenInput)
    scope = forms.ChoiceField(
        label=gettext_lazy("What is held"),
        choices=LotHold.Scope.choices,
        initial=LotHold.Scope.MADE.value,
    )
    reason = forms.CharField(
        label=gettext_lazy("Reason"),
        max_length=LONGEST_REASON,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text=gettext_lazy("Everybody concerned reads it: name no third party."),
    )


class PassOnForm(RefusableForm):
    """What further partners are told of a hold that is passed on."""

    reason = forms.CharField(
        label=gettext_lazy("Reason"),
        max_length=LONGEST_REASON,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text=gettext_lazy("Everybody concerned reads it: name no third party."),
    )


class ReleaseForm(RefusableForm):
    """Why a lot is released."""

    reason = forms.CharField(
        label=gettext_lazy("Reason"), max_length=LONGEST_REASON, required=False
    )
    version = forms.IntegerField(widget=forms.HiddenInput, required=False)


@require_GET
@for_roles()
def lot(request: PageRequest) -> HttpResponse:
    """Show the trace of a thing; without one, the holds, and what a search found."""
    asked = text_of(request.GET, "q", LINK)
    thing = text_of(request.GET, "thing", LINK)
    if asked and not thing:
        found = _searched(asked)
        if len(found) == 1:
            return redirect(page_url(request, "inventory:trace", thing=found[0]))
        return _start(request, asked=asked, found=found)
    return _trace(request, thing) if thing else _start(request, asked="", found=[])


@require_http_methods(["GET", "POST"])
@for_roles(*WRITERS)
def hold(request: PageRequest) -> HttpResponse:
    """Show what holding a lot would hit, and hold it."""
    thing = text_of(request.GET, "thing", LINK)
    chosen = request.POST.get("scope") or request.GET.get("scope") or LotHold.Scope.MADE.value
    form = HoldForm(request.POST or None, initial={"lot": thing, "scope": chosen})
    if request.method == "POST" and form.is_valid():
        data = form.cleaned_data
        try:
            rows = hold_lot(data["lot"], reason=data["reason"], scope=data["scope"])
        except Refused as refused:
            form.refuse(refused)
        else:
            return _held(request, rows)
    name = form["lot"].value() or ""
    try:
        hit = reach_of(name, chosen if chosen in LotHold.Scope.values else "made")
    except Refused:
        raise Http404 from None
    context = {"form": form, "thing": name, "label": short(name), **_preview(hit)}
    context["tenant"] = request.organisation.slug
    status = 422 if form.errors else 200
    template = "hold_preview" if is_fragment(request) else "hold_form"
    return render(request, f"inventory/trace/{template}.html", context, status=status)


@require_GET
@for_roles()
def one_hold(request: PageRequest, key: UUID) -> HttpResponse:
    """Show one hold: what it names, where own stock is blocked, whom it was told."""
    return _hold_page(request, key)


@require_POST
@for_roles(*WRITERS)
def release(request: PageRequest, key: UUID) -> HttpResponse:
    """Release an own hold everywhere."""
    form = ReleaseForm(request.POST)
    if form.is_valid():
        data = form.cleaned_data
        try:
            rows = release_lot(key, reason=data["reason"], version=data["version"])
        except LotHold.DoesNotExist:
            raise Http404 from None
        except VersionConflict:
            form.add_error(None, _("Somebody changed this hold meanwhile."))
        except Refused as refused:
            form.refuse(refused)
        else:
            url = page_url(request, "inventory:lot-hold", rows[0].pk)
            return go_to(request, url, toast=_("Released everywhere."))
    return _hold_page(request, key, form=form)


@require_POST
@for_roles(*WRITERS)
def pass_hold_on(request: PageRequest, key: UUID) -> HttpResponse:
    """Pass a partner's hold on to the partners whom it concerns further on."""
    form = PassOnForm(request.POST)
    if form.is_valid():
        try:
            rows = pass_on(key, reason=form.cleaned_data["reason"])
        except LotHold.DoesNotExist:
            raise Http404 from None
        except Refused as refused:
            form.refuse(refused)
        else:
            return _held(request, rows)
    return _hold_page(request, key, pass_form=form)


def _held(request: PageRequest, rows: list[LotHold]) -> HttpResponse:
    """Go to the own one of a hold's rows, the first, and say how many were told."""
    text = ngettext(
        "Held; %(n)d partner was told in the same moment.",
        "Held; %(n)d partners were told in the same moment.",
        len(rows) - 1,
    )
    url = page_url(request, "inventory:lot-hold", rows[0].pk)
    undo = page_url(request, "inventory:lot-release", rows[0].pk)
    return go_to(request, url, toast=text % {"n": len(rows) - 1}, undo=undo)


def _searched(asked: str) -> list[str]:
    """Return the thing that was asked for, else those that end with what was asked for."""
    thing = searched(asked)
    return [thing] if is_known(thing) else named_like(asked, limit=20)


def _start(request: PageRequest, *, asked: str, found: list[str]) -> HttpResponse:
    view = request.GET.get("view", "standing")
    view = view if view in VIEWS else "standing"
    page = of_page(request.GET)
    rows = hold_rows(view, limit=SHOWN + 1, offset=(page - 1) * SHOWN)
    context = {
        "asked": asked,
        "found": [(name, short(name)) for name in found],
        "rows": rows[:SHOWN],
        "view": view,
        "views": tabs(request, VIEW_LABELS, view),
        **paging(request, page, found=len(rows), shown=SHOWN),
        "tenant": request.organisation.slug,
    }
    name = (
        "inventory/trace/holds_list.html" if is_fragment(request) else "inventory/trace/start.html"
    )
    return render(request, name, context)


def _trace(request: PageRequest, thing: str) -> HttpResponse:
    found = lot_trace(searched(thing))
    if wanted_form(request):
        only = request.GET.get("only") == "vehicles"
        name = "affected-vehicles" if only else "lot-trace"
        return export_response(request, name, columns(), cells(found, only_vehicles=only))
    is_alone = not found.into.others and not found.made_of.others
    context: dict[str, Any] = {
        "trace": found,
        "row": found.root,
        "is_unknown": is_alone and not is_known(found.root.thing),
        "is_alone": is_alone,
        "ways": (
            ("into", _("What was made from it"), found.into),
            ("from", _("What it is made of"), found.made_of),
        ),
        "named": NAMED,
        "blocked": sum(found.blocked.values()),
        **paging(request, 1),
        "may_hold": request.membership.role in WRITERS,
        "tenant": request.organisation.slug,
    }
    name = "inventory/trace/lot_body.html" if is_fragment(request) else "inventory/trace/lot.html"
    return render(request, name, context)


def _preview(hit: Reach) -> dict[str, Any]:
    """Return what a hold would hit, in words and numbers."""
    names = names_of(hit.told)
    places = places_of(sightings(hit.things))
    sites: dict[str, list[Any]] = {}
    for told in places.values():
        for place, _amount in told:
            sites.setdefault(place.code, [place, 0])[1] += 1
    return {
        "hit": hit,
        "count": len(hit.things),
        "partners": [(names.get(key, NOBODY), len(told)) for key, told in hit.told.items()],
        "sites": sorted(sites.values(), key=lambda each: -each[1]),
    }


def _hold_page(
    request: PageRequest,
    key: UUID,
    *,
    form: ReleaseForm | None = None,
    pass_form: PassOnForm | None = None,
) -> HttpResponse:
    row = hold_by_key(key)
    if row is None:
        raise Http404
    names = held_names(row.id, limit=NAMED)
    also = sorted(followed(row.id) - set(names))[:NAMED] if not row.is_own else []
    blocked = blocked_stock([*names, *also])
    is_writer = request.membership.role in WRITERS
    may_release = is_writer and row.is_own and row.is_standing
    context = {
        "row": row,
        "things": [(name, short(name), blocked.get(name)) for name in names],
        "also": [(name, short(name), blocked.get(name)) for name in also],
        "left_out": max(0, row.things - len(names)),
        "partners": partners_told(row.id) if row.is_own else [],
        "form": (form or ReleaseForm(initial={"version": row.version})) if may_release else None,
        **_onward(row, pass_form, is_writer=is_writer),
        "tenant": request.organisation.slug,
    }
    name = "inventory/trace/hold_body.html" if is_fragment(request) else "inventory/trace/hold.html"
    is_wrong = any(each is not None and each.errors for each in (form, pass_form))
    return render(request, name, context, status=422 if is_wrong else 200)


def _onward(row: HoldRow, form: PassOnForm | None, *, is_writer: bool) -> dict[str, Any]:
    """Return whom a partner's standing hold concerns further on, or how it was passed on."""
    hold = LotHold.objects.get(pk=row.id)
    if row.is_own:
        return {"origin": hold.follows}
    if not row.is_standing:
        return {}
    follower = passed_on(hold.pk)
    if follower is not None:
        return {"passed": follower.pk}
    told = onward_of(hold)
    names = names_of(told)
    return {
        "onward": [(names.get(key, NOBODY), len(things)) for key, things in told.items()],
        "pass_form": (form or PassOnForm(initial={"reason": hold.reason})) if is_writer else None,
    }


routes: list[URLPattern] = [
    path("inventory/trace/", lot, name="trace"),
    path("inventory/trace/hold/", hold, name="hold-new"),
    path("inventory/trace/holds/<uuid:key>/", one_hold, name="lot-hold"),
    path("inventory/trace/holds/<uuid:key>/release", release, name="lot-release"),
    path("inventory/trace/holds/<uuid:key>/pass-on", pass_hold_on, name="lot-pass-on"),
]
