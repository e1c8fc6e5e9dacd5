"""From open calls to a sent advice in four steps: lines, packing, labels, sending (TR-16)."""

from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.http import Http404, HttpResponse, QueryDict
from django.shortcuts import render
from django.urls import URLPattern, path
from django.utils import timezone
from django.utils.dateparse import parse_date, parse_datetime
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from collab.masterdata.refusals import Refused, VersionConflict
from collab.organisations.clock import own_day
from collab.organisations.names import NOBODY, names_of
from collab.shell.asking import key_of, text_of
from collab.shell.page import WRITERS, PageRequest, for_roles, go_to, page_url
from transport.labels.pdf import labels_pdf
from transport.labels.svg import label_svg
from transport.models import DispatchDraft
from transport.pages.advices import PREVIEWED
from transport.pages.base import refusal_text
from transport.pages.label_files import pdf_of, size_of, svg_of, wanted_part
from transport.queries.draft_labels import labels_of_draft
from transport.queries.labels import left_out, part_of, parts_of, unprintable
from transport.queries.to_announce import calls_to_announce, deliveries, open_drafts
from transport.rules.handling_units import contents_within, kinds_of, plain
from transport.rules.label import Size
from transport.services.advices import LATE_AFTER
from transport.services.consignments import Consignment, NotSendable, problems_of
from transport.services.drafts import (
    TRANSPORT,
    consignment_of,
    discard_draft,
    label_draft,
    open_draft,
    pack_draft,
    send_draft,
    state_transport,
    units_of_document,
)

STEP_LABELS = (
    ("lines", gettext_lazy("Lines")),
    ("pack", gettext_lazy("Packing")),
    ("labels", gettext_lazy("Labels")),
    ("send", gettext_lazy("Send")),
)
TIMES = ("despatched_at", "expected_at")


@dataclass(frozen=True, slots=True)
class PackRow:
    """One pack of a draft as its page shows it."""

    key: str
    depth: int
    kind: str
    pack_type: str
    plate: str
    contents: str
    gross_kg: Decimal | None


@require_http_methods(["GET", "POST"])
@for_roles(*WRITERS)
def pick(request: PageRequest) -> HttpResponse:
    """Pick open calls of one customer and site; those of the first delivery are chosen."""
    error = ""
    if request.method == "POST":
        try:
            draft = open_draft(_chosen(request.POST), as_of=timezone.now())
        except Refused as refused:
            error = refusal_text(refused)
        else:
            return go_to(request, page_url(request, "transport:advice-pack", draft.pk))
    today = own_day()
    partner = text_of(request.GET, "partner", 16)
    until = parse_until(request.GET.get("until", ""))
    found = deliveries(
        calls_to_announce(as_of=today, partner_bpn=partner, until=until), as_of=today
    )
    site = text_of(request.GET, "site", 20)
    first = next((each for each in found if site in {"", each.site_code}), None)
    posted = set(request.POST.getlist("id"))
    chosen = posted or {str(row.id) for row in (first.calls if first else ())}
    context = {
        "deliveries": found,
        "chosen": chosen,
        "drafts": _unsent(request),
        "later": (today + timedelta(days=28)).isoformat(),
        "partner": partner,
        "until": until,
        "error": error,
        "steps": _steps("lines"),
        "tenant": request.organisation.slug,
    }
    return render(request, "transport/advice_new.html", context, status=422 if error else 200)


@require_http_methods(["GET", "POST"])
@for_roles(*WRITERS)
def pack(request: PageRequest, key: UUID) -> HttpResponse:
    """Show the suggested packs; quantities per box and boxes on a pallet can be changed."""
    draft = _draft(key)
    error = ""
    if request.method == "POST":
        told = {
            line["position"]: (
                request.POST.get(f"per-{line['position']}", line["per_pack"]),
                request.POST.get(f"boxes-{line['position']}", str(line["packs_per_load_unit"])),
            )
            for line in draft.document["lines"]
        }
        is_changed = _is_changed(draft, told, mix=bool(request.POST.get("mix")))
        try:
            if is_changed or request.POST.get("do") == "pack":
                draft = pack_draft(draft.pk, told, mix_rests=bool(request.POST.get("mix")))
            if request.POST.get("do") == "labels":
                label_draft(draft.pk)
                return go_to(request, page_url(request, "transport:advice-print", draft.pk))
        except Refused as refused:
            error = refusal_text(refused)
    return _page(request, draft, "pack", error)


@require_GET
@for_roles(*WRITERS)
def labels(request: PageRequest, key: UUID) -> HttpResponse:
    """Show the labels before they are printed."""
    draft = _draft(key)
    found = labels_of_draft(draft)
    more = {
        "previews": [label.plate for label in found[:PREVIEWED]],
        "parts": parts_of(len(found)),
        "sizes": list(Size),
        "size": size_of(request),
        "unprintable": unprintable(found),
        "left_out": left_out(found),
        "count": len(found),
    }
    return _page(request, draft, "labels", more=more)


@require_http_methods(["GET", "POST"])
@for_roles(*WRITERS)
def send(request: PageRequest, key: UUID) -> HttpResponse:
    """State weights, times and vehicle; say every error before sending; send."""
    draft = DispatchDraft.objects.filter(pk=key).first()
    if draft is not None and draft.advice_id is not None:
        return go_to(request, page_url(request, "transport:advice", draft.advice_id))
    draft = _draft(key)
    error = ""
    if request.method == "POST":
        try:
            draft = state_transport(draft.pk, _transport(request.POST))
            if request.POST.get("do") == "send":
                made = send_draft(draft.pk).advice
                url = page_url(request, "transport:advice", made.pk)
                text = _("%(number)s is sent; the customer sees it now.")
                return go_to(request, url, toast=text % {"number": made.number})
        except NotSendable:
            error = ""  # all reasons are listed beside the button
        except VersionConflict:
            error = _("Somebody changed this draft meanwhile.")
        except Refused as refused:
            error = refusal_text(refused)
    consignment, problems = _checked(draft)
    more = {
        "told": _shown(draft),
        "problems": [refusal_text(each) for each in problems],
        "consignment": consignment,
        "is_late": consignment is not None
        and timezone.now() - consignment.despatched_at > LATE_AFTER,
    }
    return _page(request, draft, "send", error, more=more)


@require_http_methods(["GET", "POST"])
@for_roles(*WRITERS)
def labels_file(request: PageRequest, key: UUID) -> HttpResponse:
    """Hand out the labels of a draft as PDF."""
    draft = _draft(key)
    found = part_of(labels_of_draft(draft), wanted_part(request))
    if not found:
        raise Http404
    number = draft.document["transport"]["number"]
    return pdf_of(labels_pdf(found, size_of(request), title=number), f"labels-{number}")


@require_GET
@for_roles(*WRITERS)
def label(request: PageRequest, key: UUID, plate: str) -> HttpResponse:
    """Show one label of a draft."""
    found = [each for each in labels_of_draft(_draft(key)) if each.plate == plate]
    if not found:
        raise Http404
    return svg_of(label_svg(found[0], size_of(request)))


@require_POST
@for_roles(*WRITERS)
def discard(request: PageRequest, key: UUID) -> HttpResponse:
    """Forget a draft."""
    _draft(key)
    discard_draft(key)
    return go_to(request, page_url(request, "transport:advices"), toast=_("Draft discarded."))


def parse_until(text: str) -> date | None:
    """Return a day, none for anything else."""
    try:
        return parse_date(text)
    except ValueError:
        return None


def _chosen(posted: QueryDict) -> dict[UUID, Decimal | None]:
    """Return the chosen calls with the quantity typed beside each, if it was changed."""
    found: dict[UUID, Decimal | None] = {}
    for text in posted.getlist("id"):
        key = key_of(text)
        if key is None:
            continue
        typed = posted.get(f"quantity-{key}", "").strip().replace(",", ".")
        try:
            found[key] = Decimal(typed) if typed else None
        except ArithmeticError:
            raise Refused("quantity", "a number", typed) from None
    return found


def _unsent(request: PageRequest) -> list[dict[str, Any]]:
    """Return the drafts that wait, each with the page where it stands."""
    drafts = open_drafts()
    names = names_of({draft.partner_id for draft in drafts})
    return [
        {
            "draft": draft,
            "customer": names.get(draft.partner_id, NOBODY).short,
            "href": page_url(request, f"transport:advice-{_page_of(draft)}", draft.pk),
        }
        for draft in drafts
    ]


def _draft(key: UUID) -> DispatchDraft:
    draft: DispatchDraft | None = DispatchDraft.objects.filter(pk=key, advice_id=None).first()
    if draft is None:
        raise Http404
    return draft


def _page_of(draft: DispatchDraft) -> str:
    return {"labels": "print", "send": "send"}.get(draft.step, "pack")


def _is_changed(draft: DispatchDraft, told: dict[int, tuple[str, str]], *, mix: bool) -> bool:
    document = draft.document
    known = {
        line["position"]: (line["per_pack"], str(line["packs_per_load_unit"]))
        for line in document["lines"]
    }
    return told != known or mix != document["mix_rests"]


def _page(
    request: PageRequest,
    draft: DispatchDraft,
    step: str,
    error: str = "",
    *,
    more: dict[str, Any] | None = None,
) -> HttpResponse:
    rows = _packs(draft)
    context = {
        "draft": draft,
        "document": draft.document,
        "customer": names_of({draft.partner_id}).get(draft.partner_id, NOBODY),
        "packs": rows,
        "roots": sum(1 for row in rows if not row.depth),
        "step": step,
        "steps": _steps(step),
        "error": error,
        "tenant": request.organisation.slug,
        **(more or {}),
    }
    status = 422 if error else 200
    return render(request, f"transport/advice_{step}.html", context, status=status)


def _packs(draft: DispatchDraft) -> list[PackRow]:
    units = units_of_document(draft.document)
    kinds, inside = kinds_of(units), contents_within(units)
    numbers = {line["position"]: line for line in draft.document["lines"]}
    depths: dict[str, int] = {}
    for unit in units:
        depths[unit.key] = depths[unit.parent] + 1 if unit.parent in depths else 0
    return [
        PackRow(
            key=unit.key,
            depth=depths[unit.key],
            kind=kinds[unit.key].value,
            pack_type=unit.pack_type,
            plate=unit.plate,
            contents=", ".join(
                f"{numbers[line]['part_number']}: {plain(quantity)}"
                for line, quantity in inside[unit.key].items()
            ),
            gross_kg=unit.gross_kg,
        )
        for unit in units
    ]


def _steps(current: str) -> list[dict[str, Any]]:
    """Return the steps for ``<c-steps>``."""
    order = [name for name, _label in STEP_LABELS]
    here = order.index(current)
    states = ("done" if place < here else "current" if place == here else "" for place in range(4))
    return [
        {"label": label_text, "state": state}
        for (_name, label_text), state in zip(STEP_LABELS, states, strict=True)
    ]


def _transport(posted: QueryDict) -> dict[str, str]:
    """Return what the form states; times are those of one's own clock."""
    told = {name: str(posted[name]) for name in TRANSPORT if name in posted}
    for name in TIMES:
        if name not in told:
            continue
        try:
            found = parse_datetime(told[name])
        except ValueError:
            found = None
        if found is None:
            raise Refused(name, "a day and a time", told[name])
        told[name] = (timezone.make_aware(found) if timezone.is_naive(found) else found).isoformat()
    return told


def _shown(draft: DispatchDraft) -> dict[str, str]:
    """Return the values of the form; times in the form that its fields take."""
    told = dict(draft.document["transport"])
    for name in TIMES:
        moment = parse_datetime(told[name])
        told[name] = timezone.localtime(moment).strftime("%Y-%m-%dT%H:%M") if moment else told[name]
    return told


def _checked(draft: DispatchDraft) -> tuple[Consignment | None, list[Refused]]:
    """Return what would be sent and everything that speaks against it."""
    try:
        consignment = consignment_of(draft)
    except Refused as refused:
        return None, [refused]
    return consignment, problems_of(consignment)


routes: list[URLPattern] = [
    path("transport/advices/new/", pick, name="advice-lines"),
    path("transport/advices/drafts/<uuid:key>/pack/", pack, name="advice-pack"),
    path("transport/advices/drafts/<uuid:key>/labels/", labels, name="advice-print"),
    path("transport/advices/drafts/<uuid:key>/labels/file", labels_file, name="advice-print-file"),
    path(
        "transport/advices/drafts/<uuid:key>/labels/<str:plate>", label, name="advice-print-label"
    ),
    path("transport/advices/drafts/<uuid:key>/send/", send, name="advice-send"),
    path("transport/advices/drafts/<uuid:key>/discard", discard, name="advice-discard"),
]
