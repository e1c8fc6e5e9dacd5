"""The tabs over every forecasting page."""

from typing import Any

from django import template
from django.urls import NoReverseMatch, reverse
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

register = template.Library()

TABS: tuple[tuple[str, str, Promise], ...] = (
    ("grid", "forecasting:grid", _("Plan")),
    ("releases", "forecasting:releases", _("Releases")),
    ("commits", "forecasting:commits", _("Commits")),
    ("capacity", "forecasting:capacity", _("Capacity")),
    ("orders", "forecasting:orders", _("Orders")),
    ("signals", "forecasting:signals", _("Signals")),
    ("scenarios", "forecasting:scenarios", _("Scenarios")),
    ("accuracy", "forecasting:accuracy", _("Accuracy")),
    ("chain", "forecasting:chain", _("Chain")),
    ("lifecycle", "forecasting:lifecycle", _("Life cycle")),
    ("terms", "forecasting:terms", _("Terms")),
    ("watches", "forecasting:watches", _("Thresholds")),
    ("runs", "forecasting:runs", _("Runs")),
)


@register.inclusion_tag("forecasting/tabs.html", takes_context=True)
def forecasting_tabs(context: dict[str, Any], current: str) -> dict[str, Any]:
    """Return the tabs of the acting organisation with ``current`` marked."""
    slug = context["request"].organisation.slug
    found = []
    for key, name, label in TABS:
        try:
            url = reverse(name, args=[slug])
        except NoReverseMatch:
            continue
        found.append({"label": label, "url": url, "is_current": key == current})
    return {"tabs": found}
