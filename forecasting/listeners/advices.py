"""Dispatch advices reach releases and orders (FC-21): what is sent already need not be sent."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from uuid import UUID

from forecasting.services.advised import AdvisedGoods, AdvisedLine, note_advised

GONE = frozenset({"replaced", "cancelled"})


def follow_advice(
    *,
    advice_id: str,
    customer_id: int,
    number: str,
    state: str,
    despatched_at: str,
    expected_at: str,
    received_at: str,
    lines: Sequence[Mapping[str, str]],
) -> None:
    """Keep what an advice of the acting organisation tells, in the words of its event."""
    note_advised(
        AdvisedGoods(
            advice_id=UUID(advice_id),
            customer_id=customer_id,
            number=number,
            lines=[
                AdvisedLine(
                    part_number=line["part_number"],
                    site_code=line["site_code"],
                    quantity=Decimal(line["quantity"]),
                    unit=line["unit"],
                    order_number=line.get("order_number", ""),
                )
                for line in lines
            ],
            despatched_at=datetime.fromisoformat(despatched_at),
            expected_at=datetime.fromisoformat(expected_at),
            counts=state not in GONE,
            received_at=datetime.fromisoformat(received_at) if received_at else None,
        )
    )
