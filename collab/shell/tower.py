"""The control tower of a car maker and the to-do page of everybody else."""

from dataclasses import dataclass
from typing import Any

from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.template.loader import render_to_string
from django.utils.safestring import SafeString
from django.views.decorators.http import require_GET

from collab.shell import panels
from collab.shell.page import PageRequest, for_roles

OEM = "oem"
MOST_FIGURES = 6


@dataclass(frozen=True, slots=True)
class Card:
    """A panel with its body drawn."""

    panel: panels.Panel
    body: SafeString


@require_GET
@for_roles()
def home(request: PageRequest) -> HttpResponse:
    """Show the tower, or the to-do list where the organisation is no car maker."""
    is_tower = request.organisation.kind == OEM
    context = {
        **_figures(request),
        "cards": [_card(request, each) for each in panels.panels(_setting(request, "PANELS"))],
    }
    return render(request, "tower/tower.html" if is_tower else "tower/portal.html", context)


@require_GET
@for_roles()
def panel(request: PageRequest, key: str) -> HttpResponse:
    """Return one panel's card anew, after a live frame touched it."""
    found = panels.panel_named(_setting(request, "PANELS"), key)
    if found is None:
        raise Http404
    return render(request, "tower/panel.html", {"card": _card(request, found)})


@require_GET
@for_roles()
def key_figures(request: PageRequest) -> HttpResponse:
    """Return the strip of key figures anew."""
    return render(request, "tower/figures.html", _figures(request))


def _card(request: PageRequest, found: panels.Panel) -> Card:
    context = {**found.context, "panel": found}
    return Card(found, render_to_string(found.template, context, request))


def _figures(request: PageRequest) -> dict[str, Any]:
    found = panels.figures(_setting(request, "FIGURES"))[:MOST_FIGURES]
    topics = sorted({topic for figure in found for topic in figure.topics})
    return {"figures": found, "topics": topics}


def _setting(request: PageRequest, kind: str) -> str:
    return f"TOWER_{kind}" if request.organisation.kind == OEM else f"PORTAL_{kind}"
