"""The chain: what customers' releases ask of the own suppliers, pegged, and how it is planned."""

from decimal import Decimal, InvalidOperation
from uuid import UUID

from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.urls import URLPattern, path
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_GET, require_POST

from collab.integration.exports import export_response, wanted_form
from collab.masterdata.queries import part_by_id
from collab.organisations.clock import own_day
from collab.shell.page import PageRequest, for_roles, go_to, page_url
from forecasting.queries.chain import ChainRow, chain_rows, made_parts, own_series
from forecasting.services.propagation import plan_part, plan_series, propagate_demand

EDITORS = ("planner", "admin")
LONGEST_LEAD = 250
COLUMNS = ("part", "supplier", "unit", "need", "customer", "customer_part", "caused", "share")


@require_GET
@for_roles()
def chain(request: PageRequest) -> HttpResponse:
    """Show each bought part with the customers' parts that cause its need."""
    part = request.GET.get("part", "").strip()[:40]
    rows = chain_rows(today=own_day(), part=part)
    if wanted_form(request):
        return export_response(request, "chain", COLUMNS, _lines(rows))
    context = {
        "rows": rows,
        "made": made_parts(),
        "part": part,
        "weeks": len(rows[0].quantities) if rows else 0,
        "may_edit": request.membership.role in EDITORS,
    }
    return render(request, "forecasting/chain.html", context)


@require_POST
@for_roles(*EDITORS)
def propagate(request: PageRequest) -> HttpResponse:
    """Explode the customers' releases now, and say what came of it."""
    done = propagate_demand()
    count = done.series_changed
    text = ngettext("%(n)d need has changed.", "%(n)d needs have changed.", count) % {"n": count}
    if done.unresolved:
        names = ", ".join(done.unresolved[:5])
        text += " " + _("Unknown here: %(numbers)s.") % {"numbers": names}
    return go_to(request, page_url(request, "forecasting:chain"), toast=text)


@require_POST
@for_roles(*EDITORS)
def plan(request: PageRequest, key: UUID) -> HttpResponse:
    """Set the share of a supplier, and whether its releases go out unasked."""
    if own_series(key) is None:
        raise Http404
    share = _share(request.POST.get("share", ""))
    url = page_url(request, "forecasting:chain")
    if share is not None and not 0 <= share <= 1:
        text = _("Expected a share from 0 to 100 %%, got “%(value)s”.")
        return go_to(request, url, toast=text % {"value": request.POST.get("share", "")})
    plan_series(series_id=key, share=share, is_released_alone=bool(request.POST.get("alone")))
    return go_to(request, url, toast=_("Saved. It counts from the next release on."))


@require_POST
@for_roles(*EDITORS)
def lead_time(request: PageRequest, key: UUID) -> HttpResponse:
    """Set how many working days an own part takes."""
    text = request.POST.get("days", "")
    url = page_url(request, "forecasting:chain")
    if part_by_id(key) is None:
        raise Http404
    if not (text.isascii() and text.isdecimal() and int(text[:6]) <= LONGEST_LEAD):
        wrong = _("Expected 0 to %(most)s working days, got “%(value)s”.")
        return go_to(request, url, toast=wrong % {"most": LONGEST_LEAD, "value": text[:20]})
    plan_part(part_id=key, lead_time_days=int(text))
    return go_to(request, url, toast=_("Saved. It counts from the next release on."))


def _share(text: str) -> Decimal | None:
    """Return a share of 1 typed in %, ``None`` where nothing is typed, -1 for what is no number."""
    typed = text.strip().removesuffix("%").replace(",", ".").strip()
    if not typed:
        return None
    try:
        return Decimal(typed) / 100
    except InvalidOperation:
        return Decimal(-1)


def _lines(rows: list[ChainRow]) -> list[tuple[object, ...]]:
    return [
        (
            row.part_number, row.supplier, row.unit, row.total, cause.customer,
            cause.part_number, cause.total, row.share,
        )
        for row in rows
        for cause in row.causes
    ]  # fmt: skip


routes: list[URLPattern] = [
    path("forecasts/chain/", chain, name="chain"),
    path("forecasts/chain/propagate", propagate, name="chain-propagate"),
    path("forecasts/chain/series/<uuid:key>", plan, name="chain-series"),
    path("forecasts/chain/part/<uuid:key>", lead_time, name="chain-part"),
]
