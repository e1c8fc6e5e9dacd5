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
    """For whom one may save: value of the form (``team:planner``) and words; empty for oneself."""


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


def links(reader: Reader) -> list[ViewLink]:
    """Return all views a reader may open, by name."""
    return [link_of(view, reader) for view in visible(reader)]


def bar(reader: Reader, page: str, query: str) -> ViewBar | None:
    """Return what the list ``page`` shows about its views; ``None`` for another page."""
    if page not in list_pages():
        return None
    try:
        current = clean_query(query)
    except Refused:  # an address nobody can save
        current = ""
    views = [view for view in visible(reader) if view.page == page]
    return ViewBar(
        page=page,
        query=current,
        links=[link_of(view, reader, current) for view in views],
        audiences=_audiences() if reader.may_share else [],
    )


def _audiences() -> list[tuple[str, str]]:
    return [
        (Audience.PRIVATE.value, str(Audience.PRIVATE.label)),
        *((f"{Audience.TEAM}:{role}", _team(role.label)) for role in Membership.Role),
        (Audience.TENANT.value, str(Audience.TENANT.label)),
    ]


def _team(role: object) -> str:
    return _("Team: %(role)s") % {"role": role}


def _whose(view: SavedView, reader: Reader) -> str:
    if view.audience == Audience.TEAM and reader.may_share:
        return _team(view.get_role_display())
    return str(view.get_audience_display())
