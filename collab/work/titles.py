"""What an alert is called on screens: a text per type, in the reader's language.

An area gives its types their texts in ``subscriptions.py``. The texts of a type are tried in
order; the first whose values are all visible to the reader is taken.
"""

from collections.abc import Collection, Mapping, Sequence
from datetime import date, datetime
from decimal import Decimal, InvalidOperation
from typing import Any

from django.utils import timezone
from django.utils.formats import date_format, number_format
from django.utils.functional import Promise
from django.utils.translation import gettext as _

from collab.masterdata.unit_words import unit_word

_titles: dict[str, Sequence[str | Promise]] = {}
_figures: dict[str, frozenset[str]] = {}
_moments: dict[str, frozenset[str]] = {}


def name_type(
    type_name: str,
    *texts: str | Promise,
    figures: Collection[str] = (),
    moments: Collection[str] = (),
) -> None:
    """Give an alert type its texts, ``%(name)s`` standing for a value; fullest text first.

    A text from ``ngettext_lazy`` takes its number from a value by name. ``figures`` are the
    values that hold decimals, ``moments`` those that hold days or instants in ISO 8601: they are
    written as the reader's language writes them, instants in the reader's zone.
    """
    _titles[type_name] = texts
    _figures[type_name] = frozenset(figures)
    _moments[type_name] = frozenset(moments)


def known_types() -> list[str]:
    """Return the alert types that have a text."""
    return sorted(_titles)


def title_of(type_name: str, values: Mapping[str, Any]) -> str:
    """Return the title of an alert of a type with those ``values`` the reader may see."""
    shown = dict(values)
    for names, written in (
        (_figures.get(type_name, ()), _figure),
        (_moments.get(type_name, ()), _moment),
    ):
        shown |= {name: written(values[name]) for name in names if name in values}
    if unit := values.get("unit"):
        shown["unit"] = unit_word(unit)
    for text in _titles.get(type_name, ()):
        try:
            return str(text % shown)
        except KeyError:
            continue
    return _("Something needs your attention")


def _figure(value: Any) -> Any:
    """Return a decimal in the reader's notation, without zeros that say nothing."""
    try:
        number = Decimal(str(value))
    except InvalidOperation:
        return value
    is_whole = number == number.to_integral_value()
    return number_format(int(number) if is_whole else number.normalize(), force_grouping=True)


def _moment(value: Any) -> Any:
    """Return a day or an instant in the reader's notation; what is neither as it is."""
    told = str(value)
    try:
        if len(told) == len("2026-11-23"):
            return date_format(date.fromisoformat(told), "SHORT_DATE_FORMAT")
        instant = datetime.fromisoformat(told)
    except ValueError:
        return value
    if timezone.is_naive(instant):
        return value
    return date_format(timezone.localtime(instant), "SHORT_DATETIME_FORMAT")
