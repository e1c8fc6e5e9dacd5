"""Which firm calls an acting supplier has still to send and announce, delivery by delivery."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from uuid import UUID

from collab.organisations.context import acting_organisation_id
from collab.organisations.names import NOBODY, Name, names_of
from forecasting.queries.advised import advised_on_calls
from forecasting.queries.calls import CallFilter, CallRow, open_calls
from transport.models import DispatchDraft
from transport.services.consignments import excluded_customers

HORIZON = timedelta(days=7)  # what is due later is not to be announced yet


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenCall:
    """A firm call with how much of it is on the road already [unit of the call]."""

    call: CallRow
    customer: Name
    advised: Decimal

    @property
    def id(self) -> UUID:
        """The key of the line."""
        return self.call.line_id

    @property
    def open(self) -> Decimal:
        """What is still to be sent, above 0."""
        return self.call.quantity - self.advised

    @property
    def number(self) -> str:
        """The supplier's own number of the part, else the customer's."""
        return self.call.supplier_part_number or self.call.part_number


@dataclass(frozen=True, slots=True, kw_only=True)
class Delivery:
    """Calls of one customer for one of its sites that are due on the same day."""

    customer: Name
    site_code: str
    due: date
    calls: tuple[OpenCall, ...]
    is_overdue: bool


def calls_to_announce(
    *, as_of: date, partner_bpn: str = "", until: date | None = None
) -> list[OpenCall]:
    """Return the firm calls that are not wholly on the road, by day, part and site.

    ``until`` is the last day they may begin to be due on, a week from ``as_of`` if it is ``None``.
    Customers whose profile excludes dispatch advices are left out.
    """
    found = open_calls(
        CallFilter(supplier_id=acting_organisation_id(), until=until or as_of + HORIZON)
    )
    excluded = excluded_customers()
    calls = [call for call in found if call.customer_id not in excluded]
    names = names_of({call.customer_id for call in calls})
    sent = advised_on_calls(calls)
    rows = (
        OpenCall(
            call=call,
            customer=names.get(call.customer_id, NOBODY),
            advised=sent[call.line_id],
        )
        for call in calls
    )
    return [
        row for row in rows if row.open > 0 and partner_bpn in {"", row.customer.bpn}
    ]  # fmt: skip


def deliveries(calls: Iterable[OpenCall], *, as_of: date) -> list[Delivery]:
    """Return calls gathered to deliveries, the earliest due first."""
    groups: dict[tuple[date, str, str], list[OpenCall]] = {}
    for row in calls:
        key = (row.call.due_from, row.customer.bpn, row.call.site_code)
        groups.setdefault(key, []).append(row)
    return [
        Delivery(
            customer=rows[0].customer,
            site_code=site,
            due=due,
            calls=tuple(rows),
            is_overdue=max(row.call.due_until for row in rows) < as_of,
        )
        for (due, _bpn, site), rows in sorted(groups.items(), key=lambda item: item[0])
    ]


def open_drafts() -> list[DispatchDraft]:
    """Return the drafts that were not sent, the newest first."""
    return list(DispatchDraft.objects.filter(advice_id=None).order_by("-changed_at")[:20])
