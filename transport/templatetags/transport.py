"""The tabs over every transport page."""

from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from django import template
from django.templatetags.tz import do_timezone
from django.utils.dateparse import parse_datetime
from django.utils.formats import date_format, number_format
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from collab.shell.area_tabs import TEMPLATE, Tab, area_tabs

register = template.Library()

TABS = (
    Tab("shipments", "transport:shipments", _("Shipments")),
    Tab("orders", "transport:orders", pgettext_lazy("transport", "Orders")),
    Tab("loads", "transport:loads", _("Loads")),
    Tab("visits", "transport:visits", _("Stops here")),
    Tab("tenders", "transport:tenders", _("Tenders")),
    Tab("milkruns", "transport:milkruns", _("Milk runs")),
    Tab("routes", "transport:routes", _("Fixed routes")),
    Tab("advices", "transport:advices", _("Dispatch advices")),
    Tab("empties", "transport:empties", _("Containers")),
    Tab("areas", "transport:areas", _("Risk areas")),
    Tab("accuracy", "transport:accuracy", _("Arrival accuracy")),
    Tab("tariffs", "transport:tariffs", _("Tariffs")),
    Tab("billing", "transport:billing", _("Freight bills")),
    Tab("premium", "transport:premium", _("Premium freight")),
    Tab("emissions", "transport:emissions", _("Emissions")),
)

OF_SHIPMENT = (
    Tab("overview", "transport:shipment", _("Overview")),
    Tab("tracking", "transport:shipment-tracking", _("Tracking")),
    Tab("documents", "transport:shipment-documents", _("Documents")),
    Tab("emissions", "transport:shipment-emissions", _("Emissions")),
)


@register.inclusion_tag(TEMPLATE, takes_context=True)
def transport_tabs(context: dict[str, Any], current: str) -> dict[str, Any]:
    """Return the tabs of the acting organisation with ``current`` marked."""
    return area_tabs(context["request"], _("Transport"), TABS, current)


@register.inclusion_tag(TEMPLATE, takes_context=True)
def shipment_tabs(context: dict[str, Any], shipment: UUID, current: str) -> dict[str, Any]:
    """Return the tabs of one shipment with ``current`` marked."""
    return area_tabs(context["request"], _("Shipment"), OF_SHIPMENT, current, shipment)


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
def at_place(at: datetime | None, place: Mapping[str, Any] | None) -> datetime | None:
    """Return an instant by the clock of a place; by the reader's where the place is hidden."""
    zone = (place or {}).get("timezone")
    return do_timezone(at, zone) if at is not None and zone else at


@register.filter
def instant(text: str, zone: str) -> str:
    """Return an ISO instant as the clock at a place shows it, with the day."""
    at: datetime | None = parse_datetime(text)
    if at is None:
        return text
    return date_format(at.astimezone(ZoneInfo(zone)), "SHORT_DATETIME_FORMAT")
