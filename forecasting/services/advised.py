"""Keep what dispatch advices announce, so that releases and orders show it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from uuid import UUID

from django.db import transaction

from collab.organisations.context import acting_organisation_id
from forecasting.models import Advised


@dataclass(frozen=True, slots=True, kw_only=True)
class AdvisedLine:
    """One line of an advice; quantity > 0 in ``unit``."""

    part_number: str
    site_code: str
    quantity: Decimal
    unit: str
    order_number: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class AdvisedGoods:
    """An advice of the acting organisation to a customer as it stands now.

    ``counts`` is false for one that was replaced or cancelled.
    """

    advice_id: UUID
    customer_id: int
    number: str
    lines: Sequence[AdvisedLine]
    despatched_at: datetime
    expected_at: datetime
    counts: bool = True
    received_at: datetime | None = None


@transaction.atomic
def note_advised(told: AdvisedGoods) -> int:
    """Replace what is kept of an advice; the same again changes nothing. Returns its lines."""
    own = acting_organisation_id()
    Advised.objects.filter(owner_id=own, advice_id=told.advice_id).delete()
    if not told.counts:
        return 0
    made = Advised.objects.bulk_create(
        Advised(
            owner_id=own,
            counterparty_id=told.customer_id,
            advice_id=told.advice_id,
            number=told.number,
            position=position,
            part_number=line.part_number,
            site_code=line.site_code,
            order_number=line.order_number,
            quantity=line.quantity,
            unit=line.unit,
            despatched_at=told.despatched_at,
            expected_at=told.expected_at,
            received_at=told.received_at,
        )
        for position, line in enumerate(told.lines, start=1)
    )
    return len(made)
