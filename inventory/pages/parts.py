"""The page of a part: everything the viewer may know about its stock, tab by tab."""

from collections.abc import Callable
from datetime import date
from typing import Any

from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.urls import URLPattern, path
from django.utils.dateparse import parse_date
from django.utils.translation import pgettext_lazy
from django.views.decorators.http import require_GET

from collab.organisations.clock import own_day
from collab.shell.asking import address
from collab.shell.page import PageRequest, for_roles
from collab.work import queries as work
from inventory.charts import ProjectionChart, projection_chart
from inventory.queries import CoverageRow, count_history, part_picture
from inventory.queries.coverage_filter import BINS
from inventory.queries.coverage_grid import grid_lines
from inventory.queries.deliveries import deliveries
from inventory.queries.movements import MovementFilter, level_history, movement_rows, movements
from inventory.queries.notice_hints import hints_of, marked_days
from inventory.queries.part_future import future_of
from inventory.queries.part_partners import partner_rows
from inventory.queries.part_stock import behind_suppliers, stock_by_tier, suppliers_among
from inventory.queries.part_terms import part_terms
from inventory.queries.part_use import part_use
from inventory.queries.parts import PartPicture
from inventory.queries.plans import PlanFilter, plan_rows, planned_outputs
from inventory.queries.stages import stage_labels

SHOWN, PLANNED = 20, 60
TABS = {
    "overview": pgettext_lazy("part", "Projection"),
    "stock": pgettext_lazy("part", "Stock"),
    "supply": pgettext_lazy("part", "Supply"),
    "demand": pgettext_lazy("part", "Demand"),
    "history": pgettext_lazy("part", "History"),
    "terms": pgettext_lazy("part", "Agreed"),
}
OF_OWN_PARTS = ("demand",)


@require_GET
@for_roles()
def part(request: PageRequest, number: str) -> HttpResponse:
    """Show what is known about the stock of one part; the tab and the site are in the address."""
    picture = part_picture(number)
    if picture is None:
        raise Http404
    shown = [name for name in TABS if picture.part or name not in OF_OWN_PARTS]
    tab = request.GET.get("tab", "")
    tab = tab if tab in shown else "overview"
    chosen = _chosen(picture, request.GET.get("coverage", ""))
    context = {
        "picture": picture,
        "chosen": chosen,
        "line": grid_lines([chosen])[0] if chosen else None,
        "sites": _sites(request, picture, chosen),
        "tab": tab,
        "tabs": [
            {
                "label": TABS[name],
                "href": address(request, tab="" if name == "overview" else name, on=""),
                "current": name == tab,
            }
            for name in shown
        ],
        "tenant": request.organisation.slug,
        "body": f"inventory/part/{tab}.html",
        **PANELS[tab](request, picture, chosen),
    }
    return render(request, "inventory/part.html", context)


def _overview(
    request: PageRequest, picture: PartPicture, chosen: CoverageRow | None
) -> dict[str, Any]:
    chart = projection_chart(chosen, future_of(chosen)) if chosen else None
    hints = hints_of(picture.number)
    return {
        "chart": chart,
        "hints": hints,
        "marked": marked_days(hints, chart.labels if chart else ()),
        "asked_day": _day(request.GET.get("on", ""), chart),
        "exceptions": work.exceptions(
            work.QueueFilter(view="all", part=picture.number), limit=SHOWN
        ),
        "tiers": stock_by_tier(picture.number),
    }


def _stock(
    _request: PageRequest, picture: PartPicture, _chosen: CoverageRow | None
) -> dict[str, Any]:
    tiers = stock_by_tier(picture.number)
    return {
        "tiers": tiers,
        "stage_labels": stage_labels(),
        "behind": behind_suppliers(suppliers_among(tiers)),
    }


def _supply(
    _request: PageRequest, picture: PartPicture, _chosen: CoverageRow | None
) -> dict[str, Any]:
    moving = deliveries(number=picture.number)
    tiers = stock_by_tier(picture.number)
    plans = planned_outputs(PlanFilter(number=picture.number, first=own_day()))
    return {
        "moving": moving,
        "plans": [
            row
            for row in plan_rows(plans.order_by("on", "pk")[:PLANNED])
            if row.values.get("on") is not None
        ],
        "partners": partner_rows(
            picture.aliases, [row.stages for row in tiers], picture.coverages, moving
        ),
    }


def _demand(
    _request: PageRequest, picture: PartPicture, _chosen: CoverageRow | None
) -> dict[str, Any]:
    if picture.part is None:
        raise Http404
    return {"use": part_use(picture.part.id, picture.number, today=own_day())}


def _history(
    _request: PageRequest, picture: PartPicture, _chosen: CoverageRow | None
) -> dict[str, Any]:
    found: dict[str, Any] = {"counts": count_history(picture.number)}
    if picture.part is not None:
        rows = movements(MovementFilter(part_id=picture.part.id)).order_by("-moved_at", "-pk")
        found |= {
            "levels": level_history(picture.part.id),
            "entries": movement_rows(rows[:SHOWN]),
        }
    return found


def _terms(
    _request: PageRequest, picture: PartPicture, _chosen: CoverageRow | None
) -> dict[str, Any]:
    return {"terms": part_terms(picture.number)}


PANELS: dict[str, Callable[[PageRequest, PartPicture, CoverageRow | None], dict[str, Any]]] = {
    "overview": _overview,
    "stock": _stock,
    "supply": _supply,
    "demand": _demand,
    "history": _history,
    "terms": _terms,
}


def _chosen(picture: PartPicture, key: str) -> CoverageRow | None:
    """Return the coverage that the address names, else the one that runs out first."""
    named = (row for row in picture.coverages if str(row.id) == key)
    return next(named, None) or picture.worst


def _sites(
    request: PageRequest, picture: PartPicture, chosen: CoverageRow | None
) -> list[dict[str, Any]]:
    return [
        {
            "label": " ".join(filter(None, (row.owner.short, row.site_code))),
            "href": address(request, coverage=str(row.id), on=""),
            "current": row is chosen,
            "row": row,
            "tone": f"h{BINS.index(row.bin)}" if row.bin else "",
        }
        for row in picture.coverages
    ]


def _day(text: str, chart: ProjectionChart | None) -> date | None:
    """Return the day that the address points at, if the chart has it."""
    try:
        day = parse_date(text)
    except ValueError:
        return None
    return day if chart and day in chart.labels else None


routes: list[URLPattern] = [path("inventory/parts/<path:number>/", part, name="part")]
