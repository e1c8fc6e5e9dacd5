"""Where the thing an alert is about can be looked at: a page per kind of object.

A page takes the organisation's slug and the object's key; only the alert's owner is led there.
"""

_pages: dict[str, str] = {}


def link_kind(object_kind: str, page: str) -> None:
    """Lead from alerts about ``object_kind`` to the page of that URL name."""
    _pages[object_kind] = page


def page_of(object_kind: str) -> str:
    """Return the URL name of the page; empty where there is none."""
    return _pages.get(object_kind, "")
