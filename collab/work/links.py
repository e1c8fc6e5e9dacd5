"""Where the thing an alert is about can be looked at: a page per kind of object.

A page takes the organisation's slug and the object's key; only the alert's owner is led there.
"""

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

_pages: dict[str, str] = {}
_labels: dict[str, str | Promise] = {}
USUAL = _("Look at the message")


def link_kind(object_kind: str, page: str, label: str | Promise = USUAL) -> None:
    """Lead from alerts about ``object_kind`` to the page of that URL name by a button."""
    _pages[object_kind] = page
    _labels[object_kind] = label


def label_of(object_kind: str) -> str:
    """Return what the button says."""
    return str(_labels.get(object_kind, USUAL))


def page_of(object_kind: str) -> str:
    """Return the URL name of the page; empty where there is none."""
    return _pages.get(object_kind, "")
