"""What pages read from their address and forms: pages, filters, chosen rows."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any
from uuid import UUID

from django.http import QueryDict

from collab.shell.page import PageRequest, PastTheEnd

if TYPE_CHECKING:
    from django_stubs_ext import StrOrPromise


def address(request: PageRequest, **changes: str) -> str:
    """Return the page's own address with some of its query changed; empty takes one away."""
    kept = request.GET.copy()
    kept.pop("export", None)
    for name, value in changes.items():
        kept.pop(name, None)
        if value:
            kept[name] = value
    return f"{request.path}?{kept.urlencode()}"


def of_page(asked: QueryDict) -> int:
    """Return the number of the page asked for, 1 for anything else."""
    text = asked.get("page", "1")
    is_number = text.isascii() and text.isdecimal() and len(text) <= 5
    return max(1, int(text)) if is_number else 1


def paging(request: PageRequest, page: int, *, found: int = 0, shown: int = 0) -> dict[str, str]:
    """Return what every list links to: the pages beside this one, and the same rows as files.

    ``found`` rows were read from the start of the page on, one more than the ``shown`` ones if
    there are more. Raises ``PastTheEnd`` where a later page has none: ``for_roles`` answers it.
    """
    if page > 1 and shown and found <= 0:
        raise PastTheEnd(page, address(request, page=""))
    return {
        "next": address(request, page=str(page + 1)) if found > shown else "",
        "previous": address(request, page=str(page - 1)) if page > 1 else "",
        "csv": address(request, export="csv", page=""),
        "xlsx": address(request, export="xlsx", page=""),
        "query": request.GET.urlencode(),
    }


def tabs(
    request: PageRequest,
    labels: "Mapping[str, StrOrPromise]",
    current: str,
    counts: Mapping[str, int] | None = None,
) -> list[dict[str, Any]]:
    """Return the views of a list for ``<c-views>``; those without a count show none."""
    told = counts or {}
    return [
        {
            "label": label,
            "href": address(request, view=key, page=""),
            "current": key == current,
            "count": told.get(key, 0),
        }
        for key, label in labels.items()
    ]


def text_of(asked: QueryDict, name: str, longest: int) -> str:
    """Return a filter's text without what a database cannot hold."""
    return asked.get(name, "").replace("\0", "").strip()[:longest]


def chosen_keys(posted: QueryDict, name: str = "id") -> list[UUID]:
    """Return the keys that a form names, without what is none."""
    return [key for key in map(key_of, posted.getlist(name)) if key is not None]


def key_of(text: str) -> UUID | None:
    """Return the key that ``text`` spells, or none."""
    try:
        return UUID(text)
    except ValueError:
        return None
