"""When labels of packs were printed first."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from django.db import transaction

from collab.organisations.context import acting_organisation_id
from transport.models import HandlingUnit


@transaction.atomic
def note_printed(advice_id: UUID, unit_ids: Sequence[UUID] | None, *, at: datetime) -> int:
    """Note when labels were printed, the first time only; ``None`` = all packs of the advice."""
    rows = HandlingUnit.objects.filter(
        owner_id=acting_organisation_id(), advice_id=advice_id, label_printed_at=None
    )
    if unit_ids is not None:
        rows = rows.filter(pk__in=list(unit_ids))
    count: int = rows.update(label_printed_at=at)
    return count
