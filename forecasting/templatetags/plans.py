"""Figures of a week in templates."""

from datetime import date
from decimal import Decimal
from typing import Any

from django import template
from django.utils.translation import gettext as _

from forecasting.queries.positions import AUTO, Position
from forecasting.services.commits import REASONS

register = template.Library()


@register.filter
def commit_of(position: Position, week: date) -> Decimal | None:
    """Return what is committed for a week, None where nothing is."""
    place = position.places.get(week)
    return None if place is None else position.committed[place]


@register.filter
def minus(one: Decimal | None, other: Decimal | None) -> Decimal | None:
    """Return the difference of two figures, None where one is missing."""
    return None if one is None or other is None else one - other


@register.filter
def reason_text(code: str) -> str:
    """Return what a reason code means in the reader's language."""
    if code == AUTO:
        return _("Automatic, nobody answered")
    return str(REASONS.get(code, code)) or "–"


@register.filter
def figures(week: dict[str, Any]) -> list[Decimal | None]:
    """Return the figures of a capacity group's week in the order of its table."""
    names = ("demand", "actual", "maximum", "agreed", "delta", "cumulative_gap")
    return [week[name] for name in names]


@register.filter
def forecast_of(position: Position, week: date) -> Decimal | None:
    """Return what is asked for in a week, None where nothing is."""
    place = position.places.get(week)
    return None if place is None else position.forecast[place]
