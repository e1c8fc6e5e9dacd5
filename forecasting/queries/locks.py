"""Who of the own organisation is at which rows of a grid right now."""

from collections.abc import Collection
from datetime import datetime
from uuid import UUID

from django.db.models import Q
from django.utils import timezone

from collab.organisations.context import acting_organisation_id
from forecasting.models import CapacityGroup, DemandSeries, RowLock


def locks_of(
    keys: Collection[UUID], person_id: int | None = None, *, as_of: datetime | None = None
) -> dict[UUID, dict[str, str]]:
    """Return who works on these rows, without ``person_id``; by row, as the grid reads it."""
    rows = RowLock.objects.filter(object_id__in=keys, until__gt=as_of or timezone.now())
    return {
        row.object_id: {
            "initials": row.initials,
            "name": row.name,
            "person": str(row.person_id),
            "until": row.until.isoformat(),
        }
        for row in rows
        if person_id is None or row.person_id != person_id
    }


def own_rows(keys: Collection[UUID]) -> list[UUID]:
    """Return those of ``keys`` that the acting organisation plans itself in some grid.

    A demand series is planned by its customer and committed by its supplier; a capacity group is
    its owner's.
    """
    us = acting_organisation_id()
    sides = Q(owner_id=us) | Q(counterparty_id=us)
    series = DemandSeries.objects.filter(sides, pk__in=keys).values_list("pk", flat=True)
    groups = CapacityGroup.objects.filter(owner_id=us, pk__in=keys).values_list("pk", flat=True)
    return [*series, *groups]
