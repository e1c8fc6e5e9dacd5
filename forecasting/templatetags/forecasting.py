"""The tabs over every forecasting page."""

from typing import Any

from django import template
from django.utils.translation import gettext_lazy as _

from collab.shell.area_tabs import TEMPLATE, Tab, area_tabs

register = template.Library()

TABS = (
    Tab("grid", "forecasting:grid", _("Plan")),
    Tab("releases", "forecasting:releases", _("Releases")),
    Tab("commits", "forecasting:commits", _("Commits")),
    Tab("capacity", "forecasting:capacity", _("Capacity")),
    Tab("orders", "forecasting:orders", _("Orders")),
    Tab("signals", "forecasting:signals", _("Signals")),
    Tab("scenarios", "forecasting:scenarios", _("Scenarios")),
    Tab("accuracy", "forecasting:accuracy", _("Accuracy")),
    Tab("chain", "forecasting:chain", _("Chain")),
    Tab("lifecycle", "forecasting:lifecycle", _("Life cycle")),
    Tab("terms", "forecasting:terms", _("Terms")),
    Tab("watches", "forecasting:watches", _("Thresholds")),
    Tab("runs", "forecasting:runs", _("Runs")),
)


@register.inclusion_tag(TEMPLATE, takes_context=True)
def forecasting_tabs(context: dict[str, Any], current: str) -> dict[str, Any]:
    """Return the tabs of the acting organisation with ``current`` marked."""
    return area_tabs(context["request"], _("Forecasts"), TABS, current)
