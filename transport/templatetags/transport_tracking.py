"""Filters of the pages of tracking."""

from datetime import datetime
from typing import Any

from django import template
from django.utils.formats import number_format

register = template.Library()


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
