"""The ledger: movements by hand, the list of all, and what takes one back."""

from typing import Any
from uuid import UUID

from django.http import Http404, HttpResponse, QueryDict
from django.shortcuts import render
from django.urls import URLPattern, path
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from collab.integration.exports import export_response, wanted_form
from collab.masterdata.queries import part_by_number
from collab.masterdata.refusals import Refused
from collab.shell.asking import of_page, paging, text_of
from collab.shell.page import WRITERS, PageRequest, for_roles, go_to, is_fragment, page_url
from inventory.models import StockMovement
from inventory.movement_forms import MovementForm, UndoForm
from inventory.queries.movements import KINDS, MovementFilter, movement_rows, movements
from inventory.services.movements import undo_movement

SHOWN, EXPORTED = 50, 100_000


@require_http_methods(["GET", "POST"])
@for_roles(*WRITERS)
def ledger(request: PageRequest) -> HttpResponse:
    """Book a movement, and list what was booked."""
    asked = {name: request.GET.get(name, "") for name in ("part_number", "site", "kind")}
    form = MovementForm(request.POST or None, initial={k: v for k, v in asked.items() if v})
    if request.method == "POST" and form.is_valid():
        try:
            form.book()
        except Refused as refused:
            form.refuse(refused)
        else:
            url = page_url(request, "inventory:movements", **form.again())
            return go_to(request, url, toast=_("Booked."))
    wanted, is_unknown = _filter(request.GET)
    rows = movements(wanted).order_by("-moved_at", "-pk")
    if is_unknown:
        rows = rows.none()
    if wanted_form(request):
        return _export(request, rows[:EXPORTED])
    page = of_page(request.GET)
    start = (page - 1) * SHOWN
    found = movement_rows(rows[start : start + SHOWN + 1])
    context: dict[str, Any] = {
        "form": form,
        "rows": found[:SHOWN],
        "kinds": StockMovement.Kind.choices,
        "wanted": {**asked, "partner": wanted.partner_bpn},
        "is_filtered": any(asked.values()) or bool(wanted.partner_bpn),
        **paging(request, page, found=len(found), shown=SHOWN),
        "tenant": request.organisation.slug,
    }
    name = "inventory/movements_list.html" if is_fragment(request) else "inventory/movements.html"
    return render(request, name, context, status=422 if form.errors else 200)


@require_POST
@for_roles(*WRITERS)
def undo(request: PageRequest, key: UUID) -> HttpResponse:
    """Take a movement back by a counter-entry."""
    form = UndoForm(request.POST)
    toast = _("Say why it is taken back.")
    if form.is_valid():
        try:
            undo_movement(key, reason=form.cleaned_data["reason"])
        except StockMovement.DoesNotExist:
            raise Http404 from None
        except Refused as refused:
            toast = _("Not taken back: expected %(expected)s.") % {"expected": refused.expected}
        else:
            toast = _("Taken back by a counter-entry.")
    return go_to(request, page_url(request, "inventory:movements"), toast=toast)


def _export(request: PageRequest, rows: Any) -> HttpResponse:
    columns = [
        _("When"), _("What happened"), _("Part"), _("Site"), _("Partner"), _("Kind of stock"),
        _("Quantity"), _("Unit"), _("Reason"), _("Document"), _("Recorded"),
    ]  # fmt: skip
    cells = (
        [
            row.moved_at, row.kind_label, row.part_number, row.site_code, row.partner.bpn,
            row.stock_label, row.quantity, row.unit, row.reason, row.document, row.recorded_at,
        ]
        for row in movement_rows(rows)
    )  # fmt: skip
    return export_response(request, "stock-movements", columns, cells)


def _filter(asked: QueryDict) -> tuple[MovementFilter, bool]:
    """Return the filter, and whether it names a part that is not ours: then nothing matches."""
    number, kind = text_of(asked, "part_number", 40), asked.get("kind", "")
    part = part_by_number(number) if number else None
    wanted = MovementFilter(
        part_id=part.id if part else None,
        site=text_of(asked, "site", 20),
        kind=kind if kind in KINDS else "",
        partner_bpn=text_of(asked, "partner", 16),
    )
    return wanted, bool(number) and part is None


routes: list[URLPattern] = [
    path("inventory/movements/", ledger, name="movements"),
    path("inventory/movements/<uuid:key>/undo", undo, name="movement-undo"),
]
