"""Disruption notices: what we told and were told, and what comes of it."""

from collections.abc import Callable
from typing import Any, TypeVar
from uuid import UUID

from django.http import Http404, HttpResponse, QueryDict
from django.shortcuts import render
from django.urls import URLPattern, path
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from collab.integration.exports import export_response, wanted_form
from collab.masterdata.refusals import Refused, VersionConflict
from collab.shell.asking import of_page, paging, tabs, text_of
from collab.shell.page import WRITERS, PageRequest, for_roles, go_to, is_fragment, page_url
from inventory.forms import RefusableForm
from inventory.models import Cause, DisruptionNotice, Effect
from inventory.notice_forms import FactsForm, ForwardForm, ResolveForm, StateForm, facts_of
from inventory.queries.data_requests import requests_for
from inventory.queries.notice_messages import write_notice
from inventory.queries.notices import (
    SORTS,
    VIEWS,
    NoticeFilter,
    NoticeRow,
    chain_of,
    count_notices,
    notice_by_key,
    notice_list,
    versions_of,
)
from inventory.services.notice_messages import queue_notice
from inventory.services.notices import (
    Forward,
    Notice,
    accept_notice,
    change_notice,
    forward_notice,
    resolve_notice,
    state_notice,
)

Done = TypeVar("Done")
SHOWN, EXPORTED = 50, 100_000
VIEW_LABELS = {
    "open": gettext_lazy("Open"),
    "received": gettext_lazy("Received"),
    "sent": gettext_lazy("Sent"),
    "resolved": gettext_lazy("Resolved"),
    "all": gettext_lazy("All"),
}
SORT_LABELS = {
    "newest": gettext_lazy("Latest first"),
    "start": gettext_lazy("Start"),
    "end": gettext_lazy("Expected end"),
    "cause": gettext_lazy("Cause"),
}


@require_GET
@for_roles()
def notices(request: PageRequest) -> HttpResponse:
    """List the notices of both directions."""
    wanted = _filter(request.GET)
    if wanted_form(request):
        return _export(request, wanted)
    page = of_page(request.GET)
    rows = notice_list(wanted, limit=SHOWN + 1, offset=(page - 1) * SHOWN)
    context = {
        "rows": rows[:SHOWN],
        "total": count_notices(wanted),
        "views": tabs(
            request, VIEW_LABELS, wanted.view, {"open": count_notices(NoticeFilter(view="open"))}
        ),
        "sorts": SORT_LABELS.items(),
        "causes": Cause.choices,
        "effects": Effect.choices,
        "wanted": wanted,
        "is_filtered": bool(wanted.cause or wanted.effect or wanted.part or wanted.partner_bpn),
        **paging(request, page, found=len(rows), shown=SHOWN),
        "may_write": request.membership.role in WRITERS,
        "tenant": request.organisation.slug,
    }
    name = "inventory/notices_list.html" if is_fragment(request) else "inventory/notices.html"
    return render(request, name, context)


@require_http_methods(["GET", "POST"])
@for_roles(*WRITERS)
def create(request: PageRequest) -> HttpResponse:
    """Tell partners of an effect."""
    form = StateForm(request.POST or None, initial={"parts": text_of(request.GET, "part", 40)})
    if request.method == "POST" and form.is_valid():
        data = form.cleaned_data
        told = Notice(
            partners=data["partners"],
            cause=data["cause"],
            effect=data["effect"],
            facts=form.facts(),
        )
        if (made := _tried(form, lambda: state_notice(told))) is not None:
            return _told(request, made)
    return _form_page(request, form, row=None, is_forward=False)


@require_http_methods(["GET", "POST"])
@for_roles(*WRITERS)
def change(request: PageRequest, key: UUID) -> HttpResponse:
    """Say an own open notice anew."""
    row = _row(key)
    if not (row.is_own and row.is_open):
        raise Http404
    form = FactsForm(request.POST or None, initial=facts_of(row))
    if request.method == "POST" and form.is_valid():
        version = form.cleaned_data["version"]
        facts = form.facts()
        if _tried(form, lambda: change_notice(key, facts, version=version)) is not None:
            url = page_url(request, "inventory:notice", key)
            return go_to(request, url, toast=_("Changed; the recipient sees it."))
    return _form_page(request, form, row=row, is_forward=False)


@require_http_methods(["GET", "POST"])
@for_roles(*WRITERS)
def forward(request: PageRequest, key: UUID) -> HttpResponse:
    """Pass a received notice on to own partners."""
    row = _row(key)
    if not (row.is_ours and row.is_open):
        raise Http404
    form = ForwardForm(row, request.POST or None)
    if request.method == "POST" and form.is_valid():
        data = form.cleaned_data
        told = Forward(
            partners=data["partners"],
            facts=form.facts(),
            is_source_hidden=data["is_source_hidden"],
        )
        if (made := _tried(form, lambda: forward_notice(key, told))) is not None:
            return _told(request, made)
    return _form_page(request, form, row=row, is_forward=True)


@require_GET
@for_roles()
def notice(request: PageRequest, key: UUID) -> HttpResponse:
    """Show one notice, its chain of forwards, and what it said before."""
    return _object(request, key)


@require_POST
@for_roles(*WRITERS)
def resolve(request: PageRequest, key: UUID) -> HttpResponse:
    """End an own notice."""
    form = ResolveForm(request.POST)
    if form.is_valid():
        data = form.cleaned_data
        done = _tried(
            form, lambda: resolve_notice(key, data["resolution"], version=data["version"])
        )
        if done is not None:
            url = page_url(request, "inventory:notice", key)
            return go_to(request, url, toast=_("Resolved; its exception is closed for everybody."))
    return _object(request, key, resolve_form=form)


@require_POST
@for_roles(*WRITERS)
def accept(request: PageRequest, key: UUID) -> HttpResponse:
    """Let a received notice mark the projections of its parts, or take that back."""
    is_accepted = request.POST.get("accept") == "yes"
    try:
        accept_notice(key, is_accepted=is_accepted)
    except DisruptionNotice.DoesNotExist:
        raise Http404 from None
    except Refused:
        text = _("It is resolved already.")
    else:
        text = _("It marks your projections now.") if is_accepted else _("The mark is gone.")
    return go_to(request, page_url(request, "inventory:notice", key), toast=text)


@require_GET
@for_roles()
def message(request: PageRequest, key: UUID) -> HttpResponse:
    """Hand an own notice out as a Catena-X notification."""
    row = _row(key)
    if not row.is_own:
        raise Http404
    response = HttpResponse(write_notice(row).raw, content_type="application/json")
    response["Content-Disposition"] = f'attachment; filename="notice-{row.number}.json"'
    return response


@require_POST
@for_roles(*WRITERS)
def send_message(request: PageRequest, key: UUID) -> HttpResponse:
    """Queue an own notice for its recipient's system."""
    try:
        made = queue_notice(key)
    except DisruptionNotice.DoesNotExist:
        raise Http404 from None
    url = page_url(request, "integration:outgoing-message", made.pk)
    return go_to(request, url, toast=_("It waits for the partner's system."))


def _tried(form: RefusableForm, act: Callable[[], Done]) -> Done | None:
    """Return what ``act`` returns; ``None`` where the form says why not."""
    try:
        return act()
    except DisruptionNotice.DoesNotExist:
        raise Http404 from None
    except VersionConflict:
        form.add_error(None, _("Somebody changed this notice meanwhile."))
    except Refused as refused:
        form.refuse(refused)
    return None


def _told(request: PageRequest, made: list[DisruptionNotice]) -> HttpResponse:
    """Go to what was sent: the notice, or the list of several."""
    text = ngettext("%(n)d partner was told.", "%(n)d partners were told.", len(made))
    url = page_url(request, "inventory:notices", view="sent")
    if len(made) == 1:
        url = page_url(request, "inventory:notice", made[0].pk)
    return go_to(request, url, toast=text % {"n": len(made)})


def _row(key: UUID) -> NoticeRow:
    row = notice_by_key(key)
    if row is None:
        raise Http404
    return row


def _form_page(
    request: PageRequest, form: FactsForm, *, row: NoticeRow | None, is_forward: bool
) -> HttpResponse:
    context = {
        "form": form,
        "row": row,
        "is_forward": is_forward,
        "tenant": request.organisation.slug,
    }
    status = 422 if form.errors else 200
    return render(request, "inventory/notice_form.html", context, status=status)


def _object(
    request: PageRequest, key: UUID, *, resolve_form: ResolveForm | None = None
) -> HttpResponse:
    row = _row(key)
    may_write = request.membership.role in WRITERS
    may_change = may_write and row.is_own and row.is_open
    form = resolve_form or ResolveForm(initial={"version": row.version})
    context: dict[str, Any] = {
        "row": row,
        "chain": chain_of(row),
        "versions": versions_of(key),
        "resolve_form": form if may_change else None,
        "may_change": may_change,
        "may_send": may_write and row.is_own,
        "asked": len(requests_for(notice_id=key)),
        "may_ask": may_write and row.is_open and (row.is_own or row.is_ours),
        "may_answer": may_write and row.is_ours and row.is_open,
        "tenant": request.organisation.slug,
    }
    has_errors = resolve_form is not None and resolve_form.errors
    name = "inventory/notice_body.html" if is_fragment(request) else "inventory/notice.html"
    return render(request, name, context, status=422 if has_errors else 200)


def _export(request: PageRequest, wanted: NoticeFilter) -> HttpResponse:
    columns = [
        _("Notice"), _("Sender"), _("Recipient"), _("Cause"), _("Effect"), _("State"),
        _("Effect starts"), _("Expected end"), _("Parts"), _("Partner's parts"), _("Sites"),
        _("What happens"), _("What resolved it"), _("Changed at"),
    ]  # fmt: skip
    rows = (
        [
            row.name, row.sender.bpn, row.recipient.bpn, row.cause_label, row.effect_label,
            row.state_label, row.starts_at, row.ends_at, ", ".join(row.parts),
            ", ".join(filter(None, row.partner_parts)), ", ".join(row.sites), row.text,
            row.resolution, row.changed_at,
        ]
        for row in notice_list(wanted, limit=EXPORTED)
    )  # fmt: skip
    return export_response(request, "disruption-notices", columns, rows)


def _filter(asked: QueryDict) -> NoticeFilter:
    view, sort = asked.get("view", "open"), asked.get("sort", "newest")
    cause, effect = asked.get("cause", ""), asked.get("effect", "")
    return NoticeFilter(
        view=view if view in VIEWS else "open",
        cause=cause if cause in Cause.values else "",
        effect=effect if effect in Effect.values else "",
        part=text_of(asked, "part", 40),
        partner_bpn=text_of(asked, "partner", 16),
        sort=sort if sort in SORTS else "newest",
    )


routes: list[URLPattern] = [
    path("inventory/notices/", notices, name="notices"),
    path("inventory/notices/new/", create, name="notice-new"),
    path("inventory/notices/<uuid:key>/", notice, name="notice"),
    path("inventory/notices/<uuid:key>/change/", change, name="notice-change"),
    path("inventory/notices/<uuid:key>/forward/", forward, name="notice-forward"),
    path("inventory/notices/<uuid:key>/resolve", resolve, name="notice-resolve"),
    path("inventory/notices/<uuid:key>/accept", accept, name="notice-accept"),
    path("inventory/notices/<uuid:key>/file", message, name="notice-file"),
    path("inventory/notices/<uuid:key>/message", send_message, name="notice-message"),
]
