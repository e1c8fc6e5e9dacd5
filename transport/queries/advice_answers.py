"""What a customer said to a dispatch advice, for both sides."""

from uuid import UUID

from transport.models import AdviceAnswer
from transport.queries.whole import whole_rows


def answer_of(advice_id: UUID) -> AdviceAnswer | None:
    """Return the customer's answer to a visible advice; ``None`` until there is one."""
    found: AdviceAnswer | None = whole_rows(
        AdviceAnswer.objects.filter(advice_id=advice_id)
    ).first()
    return found
