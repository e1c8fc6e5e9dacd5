"""Requests for data: those that wait for our answer, those we made, and what came of them."""

from collections.abc import Callable
from datetime import datetime
from typing import Any, TypeVar
from uuid import UUID

from django.http import Http404, HttpResponse, QueryDict
from django.shortcuts import render
from django.urls import URLPattern, path
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from collab.integration.exports import export_response, wanted_form
from collab.masterdata.refusals import Refused
from collab.shell.asking import of_page, paging, tabs, text_of
from collab.shell.page import WRITERS, PageRequest, for_roles, go_to, is_fragment, page_url
from inventory.models import Criticality, DataAnswer, DataRequest, DisruptionNotice
from inventory.queries.data_requests import (
    SORTS,
    VIEWS,
    Figure,
    RequestFilter,
    RequestRow,
    count_requests,
    figure_shown,
    figures_shown,
    own_answer,
    request_by_key,
    request_list,
    requests_for,
)
from inventory.queries.notices import NoticeRow, notice_by_key
from inventory.queries.request_tree import tree_of
from inventory.request_forms import AskForm
from inventory.rules.data_request import Step
from inventory.services.data_answers import (
    Leaving,
    answers_to,
    approve_request,
    decline_request,
    leaving,
)
from inventory.services.data_requests import forward_request, request_data, withdraw_request

Done = TypeVar("Done")
SHOWN, EXPORTED = 50, 100_000
VIEW_LABELS = {
    "answer": gettext_lazy("To answer"),
    "received": gettext_lazy("Received"),
    "sent": gettext_lazy("Sent"),
    "ended": gettext_lazy("Ended"),
    "all": gettext_lazy("All"),
}
SORT_LABELS = {
    "due": gettext_lazy("Answer by"),
    "newest": gettext_lazy("Latest first"),
    "criticality": gettext_lazy("Criticality"),
    "end": gettext_lazy("End"),
}


@require_GET
@for_roles()
def requests(request: PageRequest) -> HttpResponse:
    """List the requests of both directions; those that wait for us come first."""
    wanted = _filter(request.GET)
    if wanted_form(request):
        return _export(request, wanted)
    page = of_page(request.GET)
    rows = request_list(wanted, limit=SHOWN + 1, offset=(page - 1) * SHOWN)
    context = {
        "rows": rows[:SHOWN],
        "total": count_requests(wanted),
        "views": tabs(
            request, VIEW_LABELS, wanted.view, {"answer": count_requests(RequestFilter())}
        ),
        "sorts": SORT_LABELS.items(),
        "criticalities": Criticality.choices,
        "wanted": wanted,
        "n_sent": 0 if rows else count_requests(RequestFilter(view="sent")),
        "is_filtered": bool(wanted.criticality or wanted.part or wanted.partner_bpn),
        **paging(request, page, found=len(rows), shown=SHOWN),
        "tenant": request.organisation.slug,
    }
    name = "inventory/requests_list.html" if is_fragment(request) else "inventory/requests.html"
    return render(request, name, context)


@require_GET
@for_roles()
def one(request: PageRequest, key: UUID) -> HttpResponse:
    """Show one request: to the asked side what is asked and what would leave, else the answer."""
    row = request_by_key(key)
    if row is None:
        return _ended(request, key)
    may_write = request.membership.role in WRITERS
    context: dict[str, Any] = {
        "row": row,
        "steps": row.steps if may_write else frozenset(),
        "may_withdraw": may_write and row.is_own and row.is_live,
        "parts": list(zip(row.our_parts, _other_numbers(row), strict=True)),
        "below": requests_for(received_id=key) if not row.is_own else [],
        "tenant": request.organisation.slug,
        **(_asked(row) if row.is_own else _to_answer(row)),
    }
    name = "inventory/request_body.html" if is_fragment(request) else "inventory/request.html"
    return render(request, name, context)


@require_POST
@for_roles(*WRITERS)
def approve(request: PageRequest, key: UUID) -> HttpResponse:
    """Send one's figures to the side that asked."""
    return _stepped(request, key, lambda: approve_request(key), _("Your figures are told."))


@require_POST
@for_roles(*WRITERS)
def decline(request: PageRequest, key: UUID) -> HttpResponse:
    """Tell nothing, for good."""
    return _stepped(request, key, lambda: decline_request(key), _("Declined; nothing is told."))


@require_POST
@for_roles(*WRITERS)
def withdraw(request: PageRequest, key: UUID) -> HttpResponse:
    """Take an own request back."""
    return _stepped(request, key, lambda: withdraw_request(key), _("Taken back."))


@require_http_methods(["GET", "POST"])
@for_roles(*WRITERS)
def forward(request: PageRequest, key: UUID) -> HttpResponse:
    """Pass a received request on to own suppliers."""
    row = request_by_key(key)
    if row is None or Step.FORWARD.value not in row.steps:
        raise Http404
    form = AskForm(request.POST or None, without=row.asker.bpn, latest=row.ends_at)
    if request.method == "POST" and form.is_valid():
        ask = form.ask()
        if (made := _tried(form, lambda: forward_request(key, ask))) is not None:
            url = page_url(request, "inventory:request", key)
            return go_to(request, url, toast=_asked_text(made))
    back = page_url(request, "inventory:request", key)
    return _form_page(request, form, back=back, name=row.name, received=row)


@require_http_methods(["GET", "POST"])
@for_roles(*WRITERS)
def ask(request: PageRequest, key: UUID) -> HttpResponse:
    """Ask own suppliers because of an open notice."""
    notice = _notice(key)
    if not notice.is_open:
        raise Http404
    initial = {"parts": "\n".join(number for number, _other in notice.named_parts)}
    form = AskForm(request.POST or None, latest=notice.ends_at, initial=initial)
    if request.method == "POST" and form.is_valid():
        told = form.ask()
        if (made := _tried(form, lambda: request_data(key, told))) is not None:
            url = page_url(request, "inventory:notice-answers", key)
            return go_to(request, url, toast=_asked_text(made))
    back = page_url(request, "inventory:notice", key)
    return _form_page(request, form, back=back, name=notice.name, received=None)


@require_GET
@for_roles()
def answers(request: PageRequest, key: UUID) -> HttpResponse:
    """Show the tree of answers to all requests that we made for a notice."""
    notice = _notice(key)
    context = {
        "notice": notice,
        "tree": tree_of(notice_id=key),
        "rows": requests_for(notice_id=key),
        "may_ask": request.membership.role in WRITERS and notice.is_open,
        "tenant": request.organisation.slug,
    }
    if wanted_form(request):
        return _export_tree(request, context)
    is_part = is_fragment(request)
    name = "inventory/request_tree_body.html" if is_part else "inventory/request_tree.html"
    return render(request, name, context)


def _asked(row: RequestRow) -> dict[str, Any]:
    """Return what an own request was answered."""
    found = next(iter(answers_to([row.id])), None)
    if found is None or found.decision != DataAnswer.Decision.APPROVED:
        return {"figures": [], "as_of": None}
    return {
        "figures": figures_shown(found.figures, row.parts),
        "as_of": found.as_of,
        "further": len({each["key"] for each in found.nodes}),
        "gaps": sum(found.gaps.values()),
    }


def _to_answer(row: RequestRow) -> dict[str, Any]:
    """Return what an approval of ours would send now, and what we told so far."""
    context: dict[str, Any] = {"told": _told(own_answer(row.id), row.our_parts)}
    if Step.APPROVE.value in row.steps:
        found: Leaving = leaving(row.id)
        context["leaving"] = figures_shown(found.figures, row.our_parts)
        context["leaving_below"] = [
            (node.tier, node.key, [figure_shown(each, each["part"]) for each in node.figures])
            for node in found.nodes
        ]
        context["leaving_gaps"] = sum(found.gaps.values())
    return context


def _told(answer: DataAnswer | None, parts: list[str]) -> dict[str, Any] | None:
    if answer is None or not answer.figures:
        return None
    names = parts if len(parts) == len(answer.figures) else ["–"] * len(answer.figures)
    return {"as_of": answer.as_of, "figures": figures_shown(answer.figures, names)}


def _other_numbers(row: RequestRow) -> list[str]:
    return list(row.partner_parts) if row.is_own else list(row.parts)


def _ended(request: PageRequest, key: UUID) -> HttpResponse:
    """Show what we told to a request that is open to us no more."""
    answer = own_answer(key)
    if answer is None:
        raise Http404
    context = {
        "answer": answer,
        "told": _told(answer, []),
        "tenant": request.organisation.slug,
    }
    if is_fragment(request):
        return render(request, "inventory/request_ended_body.html", context)
    return render(request, "inventory/request_ended.html", context)


def _notice(key: UUID) -> NoticeRow:
    """Return a notice that we are an end of."""
    row = notice_by_key(key)
    if row is None or not (row.is_own or row.is_ours):
        raise Http404
    return row


def _stepped(
    request: PageRequest, key: UUID, act: Callable[[], object], text: str
) -> HttpResponse:  # fmt: skip
    try:
        act()
    except DataRequest.DoesNotExist:
        raise Http404 from None
    except Refused:
        text = _("It was declined already.")
    return go_to(request, page_url(request, "inventory:request", key), toast=text)


def _tried(form: AskForm, act: Callable[[], Done]) -> Done | None:
    """Return what ``act`` returns; ``None`` where the form says why not."""
    try:
        return act()
    except (DataRequest.DoesNotExist, DisruptionNotice.DoesNotExist):
        raise Http404 from None
    except Refused as refused:
        form.refuse(refused)
    return None


def _asked_text(made: list[DataRequest]) -> str:
    text = ngettext("%(n)d supplier is asked.", "%(n)d suppliers are asked.", len(made))
    return text % {"n": len(made)}


def _form_page(
    request: PageRequest, form: AskForm, *, back: str, name: str, received: RequestRow | None
) -> HttpResponse:
    context = {
        "form": form,
        "back_url": back,
        "back_name": name,
        "received": received,
        "tenant": request.organisation.slug,
    }
    status = 422 if form.errors else 200
    return render(request, "inventory/request_form.html", context, status=status)


def _export(request: PageRequest, wanted: RequestFilter) -> HttpResponse:
    columns = [
        _("Request"), _("Asked by"), _("Asked"), _("Criticality"), _("Cause"), _("Effect"),
        _("Parts"), _("Asked about, from"), _("Asked about, until"), _("Answer by"), _("State"),
        _("Note"),
    ]  # fmt: skip
    rows = (
        [
            row.name, row.asker.bpn, row.asked.bpn, row.criticality_label, row.cause_label,
            row.effect_label, ", ".join(row.our_parts), row.starts_at, row.ends_at, row.due_at,
            row.label, row.text,
        ]
        for row in request_list(wanted, limit=EXPORTED)
    )  # fmt: skip
    return export_response(request, "data-requests", columns, rows)


def _export_tree(request: PageRequest, context: dict[str, Any]) -> HttpResponse:
    columns = [
        _("Tier"), _("Party"), _("Part"), _("On hand"), _("Unit"), _("Days of supply"),
        _("Lowest stock"), _("Short from"), _("As of"),
    ]  # fmt: skip
    rows = (
        [tier.number, node.key, *_cells(figure)]
        for tier in context["tree"].tiers
        for node in tier.nodes
        for figure in node.figures
    )
    return export_response(request, f"answers-{context['notice'].name}", columns, rows)


def _cells(figure: Figure) -> list[object]:
    observed: datetime | None = figure.observed_at
    return [
        figure.part, figure.on_hand, figure.unit, figure.days_text, figure.lowest,
        figure.short_from, observed,
    ]  # fmt: skip


def _filter(asked: QueryDict) -> RequestFilter:
    view, sort = asked.get("view", "answer"), asked.get("sort", "due")
    criticality = asked.get("criticality", "")
    return RequestFilter(
        view=view if view in VIEWS else "answer",
        criticality=criticality if criticality in Criticality.values else "",
        part=text_of(asked, "part", 40),
        partner_bpn=text_of(asked, "partner", 16),
        sort=sort if sort in SORTS else "due",
    )


routes: list[URLPattern] = [
    path("inventory/requests/", requests, name="requests"),
    path("inventory/requests/<uuid:key>/", one, name="request"),
    path("inventory/requests/<uuid:key>/approve", approve, name="request-approve"),
    path("inventory/requests/<uuid:key>/decline", decline, name="request-decline"),
    path("inventory/requests/<uuid:key>/withdraw", withdraw, name="request-withdraw"),
    path("inventory/requests/<uuid:key>/forward/", forward, name="request-forward"),
    path("inventory/notices/<uuid:key>/ask/", ask, name="notice-ask"),
    path("inventory/notices/<uuid:key>/answers/", answers, name="notice-answers"),
]
