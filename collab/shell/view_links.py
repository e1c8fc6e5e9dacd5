"""Saved views as people meet them: links, files to take away, and for whom they are."""

from dataclasses import dataclass
from uuid import UUID

from django.utils.translation import gettext as _

from collab.masterdata.refusals import Refused
from collab.organisations.models import Membership
from collab.shell.models import SavedView
from collab.shell.saved_views import (
    UNFILTERED,
    Audience,
    Reader,
    clean_query,
    list_pages,
    may_change,
    path_of,
    visible,
)


@dataclass(frozen=True, slots=True)
class ViewLink:
    """One saved view: where it leads, its rows as files, and what the reader may do with it."""

    id: UUID
    page: str
    name: str
    query: str
    audience: str
    role: str
    whose: str
    is_default: bool
    version: int
    url: str
    csv: str
    xlsx: str
    is_current: bool
    may_change: bool


@dataclass(frozen=True, slots=True)
class ViewBar:
    """What a list shows about saved views: those of the list, and the filter at hand."""

    page: str
    query: str
    links: list[ViewLink]
    audiences: list[tuple[str, str]]
    roles: list[tuple[str, str]]


def link_of(view: SavedView, reader: Reader, current: str | None = None) -> ViewLink:
    """Return a view as drawn; ``current`` is the canonical filter of the page at hand, if any."""
    address = f"{path_of(view.page)}?{view.query or UNFILTERED}"
    return ViewLink(
        id=view.pk,
        page=view.page,
        name=view.name,
        query=view.query,
        audience=view.audience,
        role=view.role,
        whose=_whose(view, reader),
        is_default=view.is_default,
        version=view.version,
        url=address,
        csv=f"{address}&export=csv",
        xlsx=f"{address}&export=xlsx",
        is_current=current == view.query,
        may_change=may_change(reader, view),
    )


def links(reader: Reader, page: str = "") -> list[ViewLink]:
    """Return the views a reader may open, of one list or of all that exist."""
    pages = list_pages()
    return [
        link_of(view, reader)
        for view in visible(reader)
        if view.page in pages and page in {"", view.page}
    ]


def bar(reader: Reader, page: str, query: str) -> ViewBar | None:
    """Return what the list ``page`` shows about its views; ``None`` for another page."""
    if page not in list_pages():
        return None
    try:
        current = clean_query(query)
    except Refused:  # an address nobody can save
        current = ""
    views = [view for view in visible(reader) if view.page == page]
    shared = reader.may_share
    return ViewBar(
        page=page,
        query=current,
        links=[link_of(view, reader, current) for view in views],
        audiences=[(str(key), str(label)) for key, label in Audience.choices] if shared else [],
        roles=[(str(key), str(label)) for key, label in Membership.Role.choices],
    )


def _whose(view: SavedView, reader: Reader) -> str:
    if view.audience == Audience.TEAM and reader.may_share:
        return _("Team: %(role)s") % {"role": view.get_role_display()}
    return str(view.get_audience_display())
