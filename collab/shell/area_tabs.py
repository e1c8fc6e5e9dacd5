"""The tabs over the pages of an area: what fits is shown, the rest folds into a menu."""

from collections.abc import Sequence
from typing import Any, NamedTuple

from django.http import HttpRequest
from django.urls import NoReverseMatch, reverse
from django.utils.functional import Promise

TEMPLATE = "partials/area_tabs.html"
SHOWN = 9
"""Tabs beside each other: what stands on a line of 1440 px beside the rail, in any language."""


class Tab(NamedTuple):
    """A tab: its key on the page, the name of its route, its label, who sees it (empty: all)."""

    key: str
    route: str
    label: Promise
    roles: frozenset[str] = frozenset()


def area_tabs(
    request: HttpRequest, label: Promise, tabs: Sequence[Tab], current: str, *args: Any
) -> dict[str, Any]:
    """Return what the template needs: tabs the reader has a use for, with ``current`` marked.

    ``args`` follow the organisation's slug in each address. A tab whose route is not installed
    is left out; a current tab out of the menu gives the menu its name.
    """
    acting: Any = request  # the middleware has put organisation and membership on it
    found = []
    for tab in tabs:
        if tab.roles and acting.membership.role not in tab.roles:
            continue
        try:
            url = reverse(tab.route, args=[acting.organisation.slug, *args])
        except NoReverseMatch:
            continue
        found.append({"label": tab.label, "url": url, "is_current": tab.key == current})
    folded = found[SHOWN:] if len(found) > SHOWN + 1 else []
    return {
        "label": label,
        "tabs": found[: len(found) - len(folded)],
        "folded": folded,
        "here": next((each["label"] for each in folded if each["is_current"]), ""),
    }
