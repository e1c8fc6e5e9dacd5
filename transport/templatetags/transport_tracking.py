"""Filters of the pages of tracking."""

import json
from datetime import datetime
from typing import Any

from django import template
from django.utils.formats import number_format

from collab.shell.network import network, visible_sites
from collab.shell.tower_panels import map_data

register = template.Library()


@register.simple_tag
def map_sites() -> str:
    """Return our sites and those of active partners as the map island draws them."""
    return json.dumps({"sites": map_data(visible_sites(), network())["sites"], "flows": []})


@register.filter
def instant(text: Any) -> datetime | None:
    """Return the time that an ISO text spells; ``None`` for none."""
    return datetime.fromisoformat(text) if text else None


@register.filter
def minor_units(amount: int | None, currency: str) -> str:
    """Return an amount of minor units (cents) as text with its currency; a dash for none."""
    if amount is None:
        return "–"
    return f"{number_format(amount / 100, decimal_pos=2, use_l10n=True)} {currency}"
