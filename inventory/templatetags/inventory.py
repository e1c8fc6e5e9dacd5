"""The tabs over every inventory page."""

from typing import Any

from django import template
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from collab.shell.area_tabs import TEMPLATE, Tab, area_tabs

register = template.Library()

EDITORS = frozenset({"planner", "clerk", "admin"})


TABS = (
    Tab("coverage", "inventory:coverage", _("Days of supply")),
    Tab("stock", "inventory:stock", _("Stock")),
    Tab("receipts", "inventory:receipts", pgettext_lazy("inventory", "Receipts")),
    Tab("cumulative", "inventory:cumulative", _("Cumulative")),
    Tab("tracking", "inventory:tracking", pgettext_lazy("inventory", "Tracking")),
    Tab("ledger", "inventory:ledger", _("Ledger")),
    Tab("targets", "inventory:targets", _("Targets")),
    Tab("buffers", "inventory:buffers", _("Safety stock")),
    Tab("plan", "inventory:plan", _("Planned output"), EDITORS),
    Tab("movements", "inventory:movements", _("Movements"), EDITORS),
    Tab("report", "inventory:report", _("Report stock"), EDITORS),
    Tab("vmi", "inventory:vmi", _("VMI")),
    Tab("sources", "inventory:sources", _("Quoted")),
    Tab("notices", "inventory:notices", pgettext_lazy("inventory", "Notices")),
)


@register.inclusion_tag(TEMPLATE, takes_context=True)
def inventory_tabs(context: dict[str, Any], current: str) -> dict[str, Any]:
    """Return the tabs the reader's role has a use for, with ``current`` marked."""
    return area_tabs(context["request"], _("Inventory"), TABS, current)
