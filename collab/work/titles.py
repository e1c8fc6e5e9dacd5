"""What an alert is called on screens: a text per type, in the reader's language.

An area gives its types their texts in ``subscriptions.py``. The texts of a type are tried in
order; the first whose values are all visible to the reader is taken.
"""

from collections.abc import Collection, Mapping, Sequence
from decimal import Decimal, InvalidOperation
from typing import Any

from django.utils.formats import number_format
from django.utils.functional import Promise
from django.utils.translation import gettext as _

from collab.masterdata.unit_words import unit_word

_titles: dict[str, Sequence[str | Promise]] = {}
_figures: dict[str, frozenset[str]] = {}


def name_type(type_name: str, *texts: str | Promise, figures: Collection[str] = ()) -> None:
    """Give an alert type its texts, ``%(name)s`` standing for a value; fullest text first.

    A text from ``ngettext_lazy`` takes its number from a value by name. ``figures`` are the
    values that hold decimals: they are written as the reader's language writes them.
    """
    _titles[type_name] = texts
    _figures[type_name] = frozenset(figures)


def known_types() -> list[str]:
    """Return the alert types that have a text."""
    return sorted(_titles)


def title_of(type_name: str, values: Mapping[str, Any]) -> str:
    """Return the title of an alert of a type with those ``values`` the reader may see."""
    figures = _figures.get(type_name, frozenset())
    shown = {name: _figure(each) if name in figures else each for name, each in values.items()}
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
