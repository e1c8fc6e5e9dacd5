"""The tabs over every transport page."""

from typing import Any

from django import template
from django.urls import NoReverseMatch, reverse
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

register = template.Library()

TABS: tuple[tuple[str, str, Promise], ...] = (
    ("shipments", "transport:shipments", _("Shipments")),
    ("orders", "transport:orders", _("Orders")),
    ("loads", "transport:loads", _("Loads")),
    ("visits", "transport:visits", _("Stops here")),
    ("tenders", "transport:tenders", _("Tenders")),
    ("milkruns", "transport:milkruns", _("Milk runs")),
    ("routes", "transport:routes", _("Fixed routes")),
    ("advices", "transport:advices", _("Dispatch advices")),
    ("empties", "transport:empties", _("Containers")),
    ("tariffs", "transport:tariffs", _("Tariffs")),
    ("premium", "transport:premium", _("Premium freight")),
    ("emissions", "transport:emissions", _("Emissions")),
)


@register.inclusion_tag("transport/tabs.html", takes_context=True)
def transport_tabs(context: dict[str, Any], current: str) -> dict[str, Any]:
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
