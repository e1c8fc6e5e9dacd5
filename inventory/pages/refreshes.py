"""Figures of partners: what is wanted, what each night came to, and what partners ask (IN-11)."""

from collections.abc import Callable, Collection
from typing import Final
from uuid import UUID

from django.http import Http404, HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.urls import URLPattern, path
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext_lazy
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from collab.integration.exports import export_response, wanted_form
from collab.masterdata.refusals import Refused
from collab.organisations.models import Organisation
from collab.shell.asking import chosen_keys, of_page, paging, tabs, text_of
from collab.shell.page import WRITERS, PageRequest, back, for_roles, go_to, is_fragment, page_url
from inventory.models import PartnerRefresh
from inventory.queries.refreshes import (
    SORTS,
    VIEWS,
    RefreshFilter,
    night_rows,
    refresh_list,
    refreshes,
)
from inventory.refresh_forms import WantForm
from inventory.services.refresh_asked import partner_behind
from inventory.services.refresh_night import start_night
from inventory.services.refreshes import ask_now, pause, remove, resume

SHOWN, EXPORTED = 50, 100_000
VIEW_LABELS: Final = {
    "ours": gettext_lazy("Wanted by us"),
    "failed": gettext_lazy("Without an answer"),
    "asked": gettext_lazy("Asked of us"),
    "stopped": gettext_lazy("Stopped"),
    "all": gettext_lazy("All"),
}
SORT_LABELS: Final = {
    "newest": gettext_lazy("Latest first"),
    "part": gettext_lazy("Part"),
    "oldest": gettext_lazy("Oldest figures"),
    "missed": gettext_lazy("Longest without an answer"),
}
Step = Callable[[Collection[UUID]], int]
STEPS: Final[dict[str, tuple[Step, str | Promise]]] = {
    "ask": (ask_now, ngettext_lazy("%(n)s refresh asked.", "%(n)s refreshes asked.", "n")),
    "pause": (pause, ngettext_lazy("%(n)s refresh paused.", "%(n)s refreshes paused.", "n")),
    "resume": (resume, ngettext_lazy("%(n)s refresh goes on.", "%(n)s refreshes go on.", "n")),
    "remove": (remove, ngettext_lazy("%(n)s refresh removed.", "%(n)s refreshes removed.", "n")),
}


@require_http_methods(["GET", "POST"])
@for_roles()
def refresh_page(request: PageRequest) -> HttpResponse:
    """List the refreshes of both directions; want a new one."""
    may_write = request.membership.role in WRITERS
    form = WantForm(request.POST if request.method == "POST" and may_write else None)
    if form.is_bound and form.is_valid():
        try:
            form.save()
        except Refused as refused:
            form.refuse(refused)
        else:
            return go_to(request, page_url(request, "inventory:refreshes"), toast=_("Asked."))
    wanted = _filter(request.GET)
    if wanted_form(request):
        return _export(request, wanted)
    page = of_page(request.GET)
    rows = refresh_list(wanted, limit=SHOWN + 1, offset=(page - 1) * SHOWN)
    counts = {
        view: refreshes(RefreshFilter(view=view)).count() for view in ("ours", "failed", "asked")
    }
    context = {
        "rows": rows[:SHOWN],
        "total": refreshes(wanted).count(),
        "nights": night_rows() if not is_fragment(request) else [],
        "views": tabs(request, VIEW_LABELS, wanted.view, counts),
        "sorts": SORT_LABELS.items(),
        "kinds": PartnerRefresh.Kind.choices,
        "wanted": wanted,
        "is_filtered": bool(wanted.kind or wanted.part or wanted.partner_bpn),
        "form": form,
        "may_write": may_write,
        **paging(request, page, found=len(rows), shown=SHOWN),
        "tenant": request.organisation.slug,
    }
    name = "inventory/refreshes_list.html" if is_fragment(request) else "inventory/refreshes.html"
    return render(request, name, context, status=422 if form.errors else 200)


@require_POST
@for_roles(*WRITERS)
def do(request: PageRequest) -> HttpResponse:
    """Ask, pause, resume or remove the chosen refreshes of one's own."""
    step, words = STEPS.get(request.POST.get("do", ""), (None, ""))
    if step is None:
        raise Http404
    count = step(chosen_keys(request.POST))
    url = back(request, page_url(request, "inventory:refreshes"))
    return go_to(request, url, toast=str(words % {"n": count}))


@require_POST
@for_roles(*WRITERS)
def ask_all(request: PageRequest) -> HttpResponse:
    """Do the nightly refresh now, as a job."""
    job = start_night()
    url = page_url(request, "jobs:job", job.pk)
    return go_to(request, url, toast=_("Started; each partner's result stands on its page."))


@require_GET
@for_roles()
def asked(request: PageRequest, key: UUID) -> HttpResponse:
    """Lead from the task of answering a partner to what it asks."""
    partner: Organisation | None = partner_behind(key)
    if partner is None:
        raise Http404
    return redirect(page_url(request, "inventory:refreshes", view="asked", partner=partner.bpn))


def _filter(asked: QueryDict) -> RefreshFilter:
    view, sort, kind = asked.get("view", ""), asked.get("sort", ""), asked.get("kind", "")
    return RefreshFilter(
        view=view if view in VIEWS else "ours",
        kind=kind if kind in PartnerRefresh.Kind.values else "",
        part=text_of(asked, "part", 40),
        partner_bpn=text_of(asked, "partner", 16),
        sort=sort if sort in SORTS else "newest",
    )


def _export(request: PageRequest, wanted: RefreshFilter) -> HttpResponse:
    columns = [
        _("Asking"), _("Asked of"), _("Part"), _("Partner's part"), _("Figures"), _("Goods"),
        _("State"), _("Result"), _("Newest figure"), _("Last asked"), _("Nights without an answer"),
        _("Stops, if unused"),
    ]  # fmt: skip
    cells = (
        [
            row.asker.bpn, row.partner.bpn, row.part_number, row.partner_part_number,
            row.kind_label, row.direction_label, row.state_label, row.result_label,
            row.figure_at, row.asked_at, row.missed, row.stops_at,
        ]
        for row in refresh_list(wanted, limit=EXPORTED)
    )  # fmt: skip
    return export_response(request, "figures-of-partners", columns, cells)


routes: list[URLPattern] = [
    path("inventory/figures/", refresh_page, name="refreshes"),
    path("inventory/figures/do", do, name="refreshes-do"),
    path("inventory/figures/all", ask_all, name="refreshes-all"),
    path("inventory/figures/of/<uuid:key>/", asked, name="refresh-asked"),
]
