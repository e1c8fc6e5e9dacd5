"""The tabs over every transport page."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from django import template
from django.urls import NoReverseMatch, reverse
from django.utils.dateparse import parse_datetime
from django.utils.formats import date_format, number_format
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

register = template.Library()

TABS: tuple[tuple[str, str, Promise], ...] = (
    ("shipments", "transport:shipments", _("Shipments")),
    ("orders", "transport:orders", pgettext_lazy("transport", "Orders")),
    ("loads", "transport:loads", _("Loads")),
    ("visits", "transport:visits", _("Stops here")),
    ("tenders", "transport:tenders", _("Tenders")),
    ("milkruns", "transport:milkruns", _("Milk runs")),
    ("routes", "transport:routes", _("Fixed routes")),
    ("advices", "transport:advices", _("Dispatch advices")),
    ("empties", "transport:empties", _("Containers")),
    ("tariffs", "transport:tariffs", _("Tariffs")),
    ("billing", "transport:billing", _("Freight bills")),
    ("premium", "transport:premium", _("Premium freight")),
    ("emissions", "transport:emissions", _("Emissions")),
)

OF_SHIPMENT: tuple[tuple[str, str, Promise], ...] = (
    ("overview", "transport:shipment", _("Overview")),
    ("tracking", "transport:shipment-tracking", _("Tracking")),
    ("documents", "transport:shipment-documents", _("Documents")),
    ("emissions", "transport:shipment-emissions", _("Emissions")),
)


@register.inclusion_tag("transport/tabs.html", takes_context=True)
def transport_tabs(context: dict[str, Any], current: str) -> dict[str, Any]:
    """Return the tabs of the acting organisation with ``current`` marked."""
    return {"label": _("Transport"), "tabs": _tabs(context, TABS, current)}


@register.inclusion_tag("transport/tabs.html", takes_context=True)
def shipment_tabs(context: dict[str, Any], shipment: UUID, current: str) -> dict[str, Any]:
    """Return the tabs of one shipment with ``current`` marked."""
    return {"label": _("Shipment"), "tabs": _tabs(context, OF_SHIPMENT, current, shipment)}


def _tabs(
    context: Mapping[str, Any], tabs: Sequence[tuple[str, str, Promise]], current: str, *args: Any
) -> list[dict[str, Any]]:
    slug = context["request"].organisation.slug
    found = []
    for key, name, label in tabs:
        try:
            url = reverse(name, args=[slug, *args])
        except NoReverseMatch:
            continue
        found.append({"label": label, "url": url, "is_current": key == current})
    return found


@register.filter
def cents(amount: int | str) -> str:
    """Return minor units in the main unit with two decimals, as the reader writes numbers."""
    return number_format(
        Decimal(str(amount)) / 100, decimal_pos=2, use_l10n=True, force_grouping=True
    )


@register.filter
def named(words: Mapping[str, Any], code: str) -> str:
    """Return a code in words, or the code itself if it has none."""
    return str(words.get(code, code))


@register.filter
def instant(text: str, zone: str) -> str:
    """Return an ISO instant as the clock at a place shows it, with the day."""
    at: datetime | None = parse_datetime(text)
    if at is None:
        return text
    return date_format(at.astimezone(ZoneInfo(zone)), "SHORT_DATETIME_FORMAT")
