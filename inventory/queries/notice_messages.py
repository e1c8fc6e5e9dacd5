"""A disruption notice as the Catena-X notification that partners' systems read."""

from collections.abc import Sequence
from typing import Final

from collab.integration.catenax import documents, reading
from collab.organisations.context import acting_organisation_id
from collab.organisations.models import Site
from collab.sharing.models import Partnership
from inventory.messages.notification import NoticeMessage, aspect_of
from inventory.queries.messages import Written
from inventory.queries.notices import NoticeRow

KIND: Final = "catenax:demand_and_capacity_notification"


def write_notice(row: NoticeRow) -> Written:
    """Return an own notice as a notification 3.0.0; always the same bytes for one version."""
    aspect = aspect_of(notice_message(row))
    return Written(KIND, documents.dumps(reading.write(aspect)))


def notice_message(row: NoticeRow) -> NoticeMessage:
    """Return an own notice as every version of the aspect means it."""
    own = acting_organisation_id()
    is_customer = customer_of(row.recipient_id) == own
    pairs = zip(row.parts, row.partner_parts, strict=True)
    return NoticeMessage(
        key=row.id,
        source_id=row.source_id,
        related_id=row.related_id,
        cause=row.cause,
        effect=row.effect,
        is_resolved=not row.is_open,
        starts_at=row.starts_at,
        ends_at=row.ends_at,
        changed_at=row.changed_at,
        text=row.text,
        resolution=row.resolution,
        sites=_bpns(own, row.sites),
        partner_sites=_bpns(row.recipient_id, row.partner_sites),
        materials=tuple((mine, theirs) if is_customer else (theirs, mine)
                        for mine, theirs in pairs),
    )  # fmt: skip


def customer_of(partner_id: int) -> int:
    """Return which of us and a partner is the customer; us where neither is."""
    own = acting_organisation_id()
    is_supplier = Partnership.objects.filter(customer_id=partner_id, supplier_id=own).exists()
    return partner_id if is_supplier else own


def _bpns(owner_id: int, codes: Sequence[str]) -> tuple[str, ...]:
    """Return the BPNS of sites by code; sites without one cannot be said and are left out."""
    rows = Site.visible.filter(owner_id=owner_id, code__in=codes).exclude(bpn="")
    known = dict(rows.values_list("code", "bpn"))
    return tuple(known[code] for code in codes if code in known)
