"""Measures in templates: shares as percent, with their sign where it matters."""

from django import template
from django.utils.formats import localize

register = template.Library()


@register.filter
def percent(share: float | None, digits: int = 0) -> str:
    """Return a share in percent; "–" where there is none."""
    if share is None:
        return "–"
    value = round(share * 100, digits)
    return f"{localize(value if digits else int(value))} %"


@register.filter
def signed_percent(share: float | None) -> str:
    """Return a share in percent with its sign; "–" where there is none."""
    if share is None:
        return "–"
    value = round(share * 100)
    return f"{'+' if value > 0 else '−' if value < 0 else '±'}{localize(abs(value))} %"


@register.filter
def figure(value: float | None) -> str:
    """Return a measure with three digits that count; "–" where there is none."""
    if value is None:
        return "–"
    digits = 3 if abs(value) < 1 else 2 if abs(value) < 100 else 0
    return str(localize(round(value, digits)))
