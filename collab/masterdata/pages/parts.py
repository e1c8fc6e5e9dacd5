"""The list of parts: search, filter, sort, take away as a file, retire in bulk."""

from typing import Any
from uuid import UUID

from django.db.models import QuerySet
from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django.views.decorators.http import require_GET, require_POST

from collab.integration.exports import TooManyRows, export_response, wanted_form
from collab.integration.lists import paginate
from collab.integration.problems import Problem
from collab.masterdata import services
from collab.masterdata.models import Part
from collab.masterdata.search import PartFilter, filtered_parts
from collab.shell.page import PageRequest, for_roles, go_to, is_fragment, page_url

EDITORS = ("planner", "admin")
SORTS = {
    "number": gettext_lazy("Part number"),
    "name": gettext_lazy("Name"),
    "kind": gettext_lazy("Kind"),
    "base_unit": gettext_lazy("Unit"),
    "-changed_at": gettext_lazy("Last changed"),
}
STATES = {"active": True, "retired": False}
MOST_AT_ONCE = 1_000
RETIRED_KEY = "masterdata.retired"
COLUMNS = ("number", "name", "kind", "base_unit", "gtin", "gross_weight_g", "is_active")


class PageQuery:
    """What ``paginate`` reads of a page's address."""

    def __init__(self, request: PageRequest) -> None:
        self.query_params = request.GET
        self.path = request.path


@require_GET
@for_roles()
def part_list(request: PageRequest) -> HttpResponse:
    """List parts; every filter is in the address, the file holds the same rows."""
    wanted = part_filter(request.GET)
    rows = filtered_parts(wanted)
    sort = request.GET.get("sort", "number")
    if sort.removeprefix("-") not in {each.removeprefix("-") for each in SORTS}:
        sort = "number"
    if wanted_form(request) is not None:
        return _file(request, rows.order_by(sort, "pk"))
    try:
        page = paginate(PageQuery(request), rows, order=sort)  # type: ignore[arg-type]
    except Problem:
        raise Http404 from None
    context = {
        "parts": page.items,
        "next": _address(request, cursor=page.next) if page.next else "",
        "is_first": "cursor" not in request.GET,
        "first": _address(request, cursor=""),
        "total": rows.count(),
        "wanted": wanted,
        "state": request.GET.get("state", ""),
        "kinds": Part.Kind.choices,
        "heads": _heads(request, sort),
        "sort": sort,
        "csv": _address(request, cursor="", export="csv"),
        "xlsx": _address(request, cursor="", export="xlsx"),
        "may_edit": request.membership.role in EDITORS,
    }
    name = "masterdata/_parts.html" if is_fragment(request) else "masterdata/parts.html"
    return render(request, name, context)


@require_POST
@for_roles(*EDITORS)
def retire(request: PageRequest) -> HttpResponse:
    """Retire the chosen parts, or all that the filter lets through; can be undone."""
    if request.POST.get("all"):
        found = filtered_parts(part_filter(request.POST)).filter(is_active=True)
        ids = list(found.order_by("pk").values_list("pk", flat=True)[:MOST_AT_ONCE])
    else:
        ids = _uuids(request.POST.getlist("id"))[:MOST_AT_ONCE]
    retired = services.retire_parts(ids)
    request.session[RETIRED_KEY] = [str(key) for key in retired]
    count = len(retired)
    text = ngettext("%(n)d part retired.", "%(n)d parts retired.", count) % {"n": count}
    undo = page_url(request, "masterdata:parts-bring-back") if retired else ""
    return go_to(request, page_url(request, "masterdata:parts"), toast=text, undo=undo)


@require_POST
@for_roles(*EDITORS)
def bring_back(request: PageRequest) -> HttpResponse:
    """Undo the last retirement of this session."""
    ids = _uuids(request.session.pop(RETIRED_KEY, []))
    for part in Part.objects.filter(pk__in=ids, is_active=False).order_by("pk"):
        services.reactivate_part(part.pk)
    return go_to(request, page_url(request, "masterdata:parts"), toast=_("Brought back."))


def part_filter(params: Any) -> PartFilter:
    """Return the filter that an address or a form describes; what is unknown asks for nothing."""
    kind = params.get("kind", "")
    return PartFilter(
        q=params.get("q", "").replace("\0", "")[:80],
        kind=kind if kind in Part.Kind.values else "",
        is_active=STATES.get(params.get("state", "")),
    )


def _file(request: PageRequest, rows: QuerySet[Part]) -> HttpResponse:
    found = rows.values_list(*COLUMNS).iterator(2_000)
    try:
        return export_response(request, "parts", COLUMNS, found)
    except TooManyRows as error:
        return HttpResponse(str(error), status=422, content_type="text/plain; charset=utf-8")


def _heads(request: PageRequest, sort: str) -> list[dict[str, Any]]:
    heads = []
    for name, label in SORTS.items():
        field = name.removeprefix("-")
        is_current = sort.removeprefix("-") == field
        is_down = is_current and sort.startswith("-")
        following = field if is_down or (not is_current and name == field) else f"-{field}"
        state = "" if not is_current else "descending" if is_down else "ascending"
        href = _address(request, sort=following, cursor="")
        heads.append({"label": label, "href": href, "state": state})
    return heads


def _address(request: PageRequest, **changes: str) -> str:
    query = request.GET.copy()
    for name, value in changes.items():
        query.pop(name, None)
        if value:
            query[name] = value
    encoded = query.urlencode()
    return f"{request.path}?{encoded}" if encoded else request.path


def _uuids(texts: list[str]) -> list[UUID]:
    found = []
    for text in texts:
        try:
            found.append(UUID(text))
        except ValueError:
            continue
    return found
