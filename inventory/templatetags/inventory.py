"""The tabs over every inventory page."""

from collections.abc import Mapping
from typing import Any, Final

from django import template
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from collab.shell.area_tabs import TEMPLATE, Tab, area_tabs
from collab.shell.templatetags.charts import tier_geometry

register = template.Library()
DRAWN_WIDTH: Final = 760.0
LETTER_WIDTH: Final = 7.4  # of the picture's type, with the space around it

EDITORS = frozenset({"planner", "clerk", "admin"})


TABS = (
    Tab("coverage", "inventory:coverage", _("Days of supply")),
    Tab("stock", "inventory:stock", _("Stock")),
    Tab("map", "inventory:map", _("Map")),
    Tab("receipts", "inventory:receipts", pgettext_lazy("inventory", "Receipts")),
    Tab("cumulative", "inventory:cumulative", _("Cumulative")),
    Tab("tracking", "inventory:tracking", pgettext_lazy("inventory", "Tracking")),
    Tab("trace", "inventory:trace", _("Lot trace")),
    Tab("ledger", "inventory:ledger", _("Ledger")),
    Tab("targets", "inventory:targets", _("Targets")),
    Tab("buffers", "inventory:buffers", _("Safety stock")),
    Tab("plan", "inventory:plan", _("Planned output"), EDITORS),
    Tab("movements", "inventory:movements", _("Movements"), EDITORS),
    Tab("report", "inventory:report", _("Report stock"), EDITORS),
    Tab("vmi", "inventory:vmi", _("VMI")),
    Tab("sources", "inventory:sources", _("Quoted")),
    Tab("refreshes", "inventory:refreshes", _("Figures of partners")),
    Tab("notices", "inventory:notices", pgettext_lazy("inventory", "Notices")),
    Tab("requests", "inventory:requests", pgettext_lazy("inventory", "Requests")),
    Tab("devices", "inventory:devices", pgettext_lazy("inventory", "Devices")),
    Tab("seals", "inventory:seals", pgettext_lazy("inventory", "Seals")),
)


@register.inclusion_tag(TEMPLATE, takes_context=True)
def inventory_tabs(context: dict[str, Any], current: str) -> dict[str, Any]:
    """Return the tabs the reader's role has a use for, with ``current`` marked."""
    return area_tabs(context["request"], _("Inventory"), TABS, current)


@register.inclusion_tag("inventory/trace/network.html")
def trace_network(picture: Mapping[str, Any], tenant: str, root: str) -> dict[str, Any]:
    """Draw what a thing was made of and went into; ``picture`` is that of ``LotTrace``."""
    drawn = tier_geometry(picture["nodes"], picture["edges"], width=DRAWN_WIDTH)
    for box in drawn["boxes"]:
        box["short"] = _shortened(box["label"], int(box["width"] / LETTER_WIDTH))
    return {**drawn, "tenant": tenant, "root": root}


def _shortened(text: str, longest: int) -> str:
    """Return the end of a text, where names of things differ."""
    return text if len(text) <= longest else f"…{text[1 - longest :]}"
