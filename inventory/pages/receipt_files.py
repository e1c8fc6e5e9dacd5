"""A receipt as a message for its supplier's system: to save, or to send."""

from typing import Final
from uuid import UUID

from django.http import Http404, HttpResponse
from django.urls import URLPattern, path
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from collab.masterdata.refusals import Refused
from collab.shell.page import WRITERS, PageRequest, for_roles, go_to, page_url
from inventory.models import GoodsReceipt
from inventory.queries.messages import RECEIPT_KINDS, write_receipt
from inventory.queries.receipts import receipts_by_key
from inventory.services.messages import queue_receipt

FORMS: Final = (("recadv", "RECADV D.97A"), ("x12", "X12 861"))
ENDINGS: Final = {"recadv": "edi", "x12": "x12"}


@require_GET
@for_roles()
def message(request: PageRequest, key: UUID, form: str) -> HttpResponse:
    """Hand an own receipt out as a file."""
    row = next(iter(receipts_by_key([key])), None)
    if row is None or not row.is_own or form not in RECEIPT_KINDS:
        raise Http404
    written = write_receipt(row, form)
    response = HttpResponse(written.raw, content_type="application/octet-stream")
    safe = "".join(sign if sign.isascii() and sign.isalnum() else "-" for sign in row.number)
    response["Content-Disposition"] = f'attachment; filename="receipt-{safe}.{ENDINGS[form]}"'
    return response


@require_POST
@for_roles(*WRITERS)
def send_message(request: PageRequest, key: UUID) -> HttpResponse:
    """Queue a receipt for the supplier's system."""
    try:
        made = queue_receipt(key, form=request.POST.get("form", ""))
    except (GoodsReceipt.DoesNotExist, Refused):
        raise Http404 from None
    url = page_url(request, "integration:outgoing-message", made.pk)
    return go_to(request, url, toast=_("It waits for the supplier's system."))


routes: list[URLPattern] = [
    path("inventory/receipts/<uuid:key>/file/<slug:form>", message, name="receipt-file"),
    path("inventory/receipts/<uuid:key>/message", send_message, name="receipt-message"),
]
