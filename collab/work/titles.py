"""What an alert is called on screens: a text per type, in the reader's language.

An area gives its types their texts in ``subscriptions.py``. The texts of a type are tried in
order; the first whose values are all visible to the reader is taken.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext as _

_titles: dict[str, Sequence[str | Promise]] = {}


def name_type(type_name: str, *texts: str | Promise) -> None:
    """Give an alert type its texts, ``%(name)s`` standing for a value; fullest text first."""
    _titles[type_name] = texts


def known_types() -> list[str]:
    """Return the alert types that have a text."""
    return sorted(_titles)


def title_of(type_name: str, values: Mapping[str, Any]) -> str:
    """Return the title of an alert of a type with those ``values`` the reader may see."""
    for text in _titles.get(type_name, ()):
        try:
            return str(text) % values
        except KeyError:
            continue
    return _("Something needs your attention")
