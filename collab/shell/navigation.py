"""The navigation: groups of pages by kind of organisation; only what exists is shown."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache

from django.urls import Resolver404, resolve
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

Text = str | Promise


@dataclass(frozen=True, slots=True)
class Entry:
    """A page of the navigation; ``count`` names the badge beside it, ``key`` the shortcut."""

    label: Text
    icon: str
    path: str
    count: str = ""
    key: str = ""


@dataclass(frozen=True, slots=True)
class Group:
    """Pages under one heading."""

    label: Text
    entries: tuple[Entry, ...]


@dataclass(frozen=True, slots=True)
class Link:
    """An entry as drawn: for one organisation, on one page."""

    label: Text
    icon: str
    url: str
    is_current: bool
    count_key: str
    count: int | None
    key: str


@dataclass(frozen=True, slots=True)
class LinkGroup:
    """A heading and its links; ``id`` ties them together for assistive tools."""

    id: str
    label: Text
    links: list[Link]


_EXCEPTIONS = Entry(_("Exceptions"), "alert", "exceptions/", "work.exceptions", "e")
_FORECASTS = Entry(_("Forecasts"), "chart", "forecasts/", key="f")
_RISK = Entry(_("Risk"), "shield", "risk/", key="r")
_NETWORK = Entry(_("Network"), "network", "network/", "sharing.awaiting", "n")
_JOBS = Entry(_("Jobs"), "activity", "jobs/")

WORKSPACE = (
    Group(
        _("Operate"),
        (
            Entry(_("Control tower"), "radar", "", key="t"),
            _EXCEPTIONS,
            Entry(_("Tasks & messages"), "message", "messages/", "work.messages", "m"),
        ),
    ),
    Group(
        _("Plan"),
        (
            _FORECASTS,
            Entry(_("Inventory"), "package", "inventory/", key="i"),
        ),
    ),
    Group(
        _("Move"),
        (
            Entry(_("Transport"), "truck", "transport/", key="s"),
            Entry(_("Sequencing"), "sequence", "sequencing/", key="q"),
            Entry(_("Yard"), "warehouse", "yard/", key="y"),
        ),
    ),
    Group(
        _("Assure"),
        (
            _RISK,
            Entry(_("KPIs"), "gauge", "kpis/", key="k"),
        ),
    ),
    Group(
        _("Connect"),
        (
            _NETWORK,
            Entry(_("Onboarding"), "rocket", "onboarding/"),
            Entry(_("Integrations"), "plug", "integrations/keys/"),
            _JOBS,
            Entry(_("People"), "users", "admin/"),
        ),
    ),
)

PORTAL = (
    Group(
        _("Today"),
        (
            Entry(_("To do"), "check", "", "work.exceptions", "t"),
            replace(_EXCEPTIONS, count=""),
            Entry(_("Messages"), "message", "messages/", "work.messages", "m"),
        ),
    ),
    Group(
        _("Plan"),
        (
            _FORECASTS,
            Entry(_("Stock"), "package", "inventory/", key="i"),
        ),
    ),
    Group(
        _("Deliver"),
        (
            Entry(_("Call-offs"), "list", "sequencing/", key="q"),
            Entry(_("Deliveries"), "truck", "transport/", key="s"),
            Entry(_("Dock slots"), "warehouse", "yard/", key="y"),
        ),
    ),
    Group(
        _("Trust"),
        (
            Entry(_("Scorecard"), "gauge", "kpis/", key="k"),
            _RISK,
        ),
    ),
    Group(
        _("Connect"),
        (
            _NETWORK,
            Entry(_("Setup"), "rocket", "onboarding/"),
            Entry(_("Connections"), "plug", "integrations/keys/"),
            _JOBS,
            Entry(_("People"), "users", "admin/"),
        ),
    ),
)

_PHONE = ("", "exceptions/", "inventory/", "network/", "forecasts/")
_PHONE_ITEMS = 4  # the fifth is "More"


def groups_for(kind: str) -> tuple[Group, ...]:
    """Return the navigation of an organisation of this kind."""
    return WORKSPACE if kind == "oem" else PORTAL


def links(kind: str, slug: str, path: str, counts: Mapping[str, int]) -> list[LinkGroup]:
    """Return the groups with those pages that exist; groups without any are left out."""
    found = []
    for number, group in enumerate(groups_for(kind)):
        drawn = [_link(entry, slug, path, counts) for entry in group.entries if _exists(entry.path)]
        if drawn:
            found.append(LinkGroup(f"nav-{number}", group.label, drawn))
    return found


def phone_tabs(groups: Sequence[LinkGroup], slug: str) -> list[Link]:
    """Return the links of the phone's bottom bar, at most four; "More" opens the rest."""
    by_url = {link.url: link for group in groups for link in group.links}
    wanted = [by_url.get(f"/t/{slug}/{path}") for path in _PHONE]
    return [link for link in wanted if link is not None][:_PHONE_ITEMS]


def _link(entry: Entry, slug: str, path: str, counts: Mapping[str, int]) -> Link:
    url = f"/t/{slug}/{entry.path}"
    # "integrations/keys/" stands for all of "integrations/"
    section = f"/t/{slug}/{entry.path.partition('/')[0]}/"
    is_current = path == url if not entry.path else path.startswith(section)
    count = counts.get(entry.count) if entry.count else None
    return Link(entry.label, entry.icon, url, is_current, entry.count, count, entry.key)


@cache
def _exists(path: str) -> bool:
    try:
        resolve(f"/t/any/{path}")
    except Resolver404:
        return False
    return True
