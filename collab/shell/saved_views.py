"""Saved views of lists: keep a filter under a name, share it, open the list with it."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qsl, urlencode
from uuid import UUID

from django.conf import settings
from django.db import transaction
from django.db.models import Q, QuerySet
from django.urls import NoReverseMatch, reverse
from django.utils.functional import Promise

from collab.masterdata.refusals import Refused, clean_text
from collab.organisations.context import acting, acting_organisation
from collab.organisations.models import Membership
from collab.shell.models import SavedView

Audience = SavedView.Audience
LONGEST_NAME, LONGEST_QUERY, MOST_FIELDS = 60, 1000, 40
MOST_VIEWS = 50
"""How many views a person, a role or the organisation may keep of one list."""
PASSING = frozenset({"cursor", "export", "limit", "v"})
"""What in an address is about one look at the list and no part of its filter."""
UNFILTERED = "v=all"
"""Opens a list as it is, where an address without a query would open its default view."""
TAKEN = "a name that is not in use yet"
_MEMO = "shell.saved_views"


class NotAllowed(PermissionError):
    """Only administrators share views; nobody touches somebody else's."""


class UnknownView(LookupError):
    """No such view, or none of the person's concern; both look the same."""


@dataclass(frozen=True, slots=True)
class Reader:
    """Who looks at lists: the signed-in person and its role, or a machine with neither."""

    person_id: int | None
    role: str

    @property
    def may_share(self) -> bool:
        """Whether views of teams and of everybody are theirs to keep."""
        return self.role == Membership.Role.ADMIN


NOBODY = Reader(None, "")
"""Sees what is there for everybody."""


@dataclass(frozen=True, slots=True)
class ListPage:
    """A list whose filters can be saved."""

    name: str
    label: str
    icon: str


def reader_of(request: Any) -> Reader:
    """Return the reader behind a page's or the API's request."""
    membership: Membership | None = request.membership
    if membership is None:
        return NOBODY
    return Reader(membership.person_id, membership.role)


def list_pages() -> dict[str, ListPage]:
    """Return the lists of ``settings.LIST_PAGES`` by name, those that exist."""
    known: Mapping[str, tuple[str | Promise, str]] = settings.LIST_PAGES
    return {
        name: ListPage(name, str(label), icon)
        for name, (label, icon) in known.items()
        if path_of(name)
    }


def path_of(page: str) -> str:
    """Return the address of a list of the acting organisation; empty if there is none."""
    try:
        return reverse(page, args=[acting_organisation().slug])
    except NoReverseMatch:
        return ""


def clean_query(text: str) -> str:
    """Return the filter in a query string in canonical form: sorted, without empty values.

    Two addresses of the same rows give the same text, whatever page of the list or export they
    name. Raises ``Refused`` for a query that is too long or no query.

    Examples
    --------
    >>> clean_query("?site=MUC&part=&cursor=abc&kind=component")
    'kind=component&site=MUC'
    """
    try:
        pairs = parse_qsl(text.removeprefix("?"), max_num_fields=MOST_FIELDS)
    except ValueError:
        raise Refused("query", f"at most {MOST_FIELDS} fields", text) from None
    kept = sorted((name, value) for name, value in pairs if name not in PASSING)
    return clean_text("query", urlencode(kept), LONGEST_QUERY, required=False)


def views_for(reader: Reader) -> QuerySet[SavedView]:
    """Return the views a reader may open, of lists that exist.

    Administrators also see those of the other teams, as they look after them.
    """
    mine = Q(audience=Audience.TENANT) | Q(audience=Audience.TEAM, role=reader.role)
    if reader.person_id is not None:
        mine |= Q(audience=Audience.PRIVATE, person=reader.person_id)
    if reader.may_share:
        mine |= Q(audience=Audience.TEAM)
    return SavedView.objects.filter(mine, page__in=list_pages())


def visible(reader: Reader) -> list[SavedView]:
    """Return ``views_for`` by name; one query per unit of work."""
    memo = acting().memo
    if (_MEMO, reader) not in memo:
        memo[_MEMO, reader] = list(views_for(reader).order_by("name", "pk"))
    found: list[SavedView] = memo[_MEMO, reader]
    return found


def default_query(reader: Reader, page: str) -> str:
    """Return the filter that ``page`` opens with: one's own default, the team's, everybody's."""
    ranks = list(Audience.values)
    found = [
        view
        for view in visible(reader)
        if view.page == page and view.is_default and view.role in {"", reader.role}
    ]
    best = min(found, key=lambda view: ranks.index(view.audience), default=None)
    return best.query if best else ""


def view_of(reader: Reader, view_id: UUID) -> SavedView:
    """Return a view the reader may open; raise ``UnknownView`` otherwise."""
    for view in visible(reader):
        if view.pk == view_id:
            return view
    raise UnknownView(f"expected a saved view, got {view_id}")


def may_change(reader: Reader, view: SavedView) -> bool:
    """Say whether the reader may rename or remove the view."""
    if view.audience == Audience.PRIVATE:
        return view.person_id == reader.person_id
    return reader.may_share


@transaction.atomic
def save_view(
    *,
    reader: Reader,
    page: str,
    name: str,
    query: str,
    audience: str = Audience.PRIVATE,
    role: str = "",
    is_default: bool = False,
) -> tuple[SavedView, bool]:
    """Keep a filter under a name; return the view and whether it is new.

    A second view of the same name, list and holder replaces the first. ``role`` goes with
    ``team`` (the reader's own if not given).

    Raises
    ------
    NotAllowed
        If the reader may not keep views for others, or is nobody's.
    Refused
        If a value is not as expected, or there are 50 views of this list already.
    """
    if page not in list_pages():
        raise Refused("page", f"one of {', '.join(list_pages())}", page)
    holder = _holder(reader, page, audience, role)
    name = clean_text("name", name, LONGEST_NAME)
    query = clean_query(query)
    others = SavedView.objects.filter(**holder)
    if others.exclude(name=name).count() >= MOST_VIEWS:
        raise Refused("name", f"at most {MOST_VIEWS} views of one list", name)
    if is_default:
        _withdraw_default(holder)
    view, is_new = SavedView.objects.select_for_update(of=("self",)).get_or_create(
        **holder, name=name, defaults={"query": query, "is_default": is_default}
    )
    if not is_new and (view.query, view.is_default) != (query, is_default):
        view.query, view.is_default, view.version = query, is_default, view.version + 1
        view.save(update_fields=["query", "is_default", "version"])
    _forget()
    return view, is_new


@transaction.atomic
def change_view(
    *,
    reader: Reader,
    view_id: UUID,
    name: str | None = None,
    query: str | None = None,
    is_default: bool | None = None,
) -> SavedView:
    """Rename a view, give it another filter, or make it the one its list opens with.

    Raises ``UnknownView``, ``NotAllowed`` if it is not the reader's to change, and ``Refused`` for
    a name that is taken.
    """
    view = _mine(reader, view_id)
    before = (view.name, view.query, view.is_default)
    holder = {"page": view.page, "person_id": view.person_id, "role": view.role}
    if name is not None:
        view.name = clean_text("name", name, LONGEST_NAME)
        taken = SavedView.objects.filter(**holder, name=view.name).exclude(pk=view.pk)
        if taken.exists():
            raise Refused("name", TAKEN, name)
    if query is not None:
        view.query = clean_query(query)
    if is_default is not None:
        if is_default and not view.is_default:
            _withdraw_default(holder)
        view.is_default = is_default
    if (view.name, view.query, view.is_default) != before:
        view.version += 1
        view.save(update_fields=["name", "query", "is_default", "version"])
    _forget()
    return view


@transaction.atomic
def remove_view(*, reader: Reader, view_id: UUID) -> dict[str, Any]:
    """Remove a view; return what ``save_view`` takes to bring it back."""
    view = _mine(reader, view_id)
    kept = {
        name: getattr(view, name)
        for name in ("page", "name", "query", "audience", "role", "is_default")
    }
    view.delete()
    _forget()
    return kept


def _mine(reader: Reader, view_id: UUID) -> SavedView:
    known = view_of(reader, view_id)
    if not may_change(reader, known):
        raise NotAllowed("expected a view of your own, got one that administrators look after")
    view = SavedView.objects.select_for_update(of=("self",)).filter(pk=known.pk).first()
    if view is None:
        raise UnknownView(f"expected a saved view, got {view_id}")
    return view


def _holder(reader: Reader, page: str, audience: str, role: str) -> dict[str, Any]:
    if reader.person_id is None:
        raise NotAllowed("expected a signed-in person, got a machine")
    if audience == Audience.PRIVATE:
        return {"page": page, "audience": audience, "person_id": reader.person_id, "role": ""}
    if audience not in Audience.values:
        raise Refused("audience", f"one of {', '.join(Audience.values)}", audience)
    if not reader.may_share:
        raise NotAllowed("expected an administrator, as others will see the view")
    role = (role or reader.role) if audience == Audience.TEAM else ""
    if role and role not in Membership.Role.values:
        raise Refused("role", f"one of {', '.join(Membership.Role.values)}", role)
    return {"page": page, "audience": audience, "person_id": None, "role": role}


def _withdraw_default(holder: Mapping[str, Any]) -> None:
    for view in SavedView.objects.select_for_update(of=("self",)).filter(**holder, is_default=True):
        view.is_default, view.version = False, view.version + 1
        view.save(update_fields=["is_default", "version"])


def _forget() -> None:
    memo = acting().memo
    for key in [key for key in memo if isinstance(key, tuple) and key[0] == _MEMO]:
        del memo[key]
