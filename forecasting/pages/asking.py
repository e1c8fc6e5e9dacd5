"""What pages read from their address and forms: pages, filters, chosen rows."""

from uuid import UUID

from django.http import QueryDict

from collab.shell.page import PageRequest


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


def text_of(asked: QueryDict, name: str, longest: int) -> str:
    """Return a filter's text without what a database cannot hold."""
    return asked.get(name, "").replace("\0", "").strip()[:longest]


def chosen_keys(posted: QueryDict, name: str = "id") -> list[UUID]:
    """Return the keys that a form names, without what is none."""
    found = []
    for text in posted.getlist(name):
        try:
            found.append(UUID(text))
        except ValueError:
            continue
    return found
