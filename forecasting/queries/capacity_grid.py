"""Capacity groups as the planning grid shows them: demand as forecast line, actual and maximum."""

from collections.abc import Sequence
from datetime import date
from typing import Any

from collab.masterdata.unit_words import unit_word
from forecasting.axis import Quantities, aligned
from forecasting.queries.capacity import GroupRow
from forecasting.queries.commit_grid import texts
from forecasting.queries.locks import locks_of

LINES = {"forecast": "demand", "capacity": "actual", "maximum": "maximum"}
EDITABLE = {"capacity": "actual", "maximum": "maximum"}


def capacity_rows(
    found: Sequence[GroupRow],
    weeks: Sequence[date],
    *,
    tenant: str,
    may_edit: bool,
    person_id: int | None = None,
) -> list[dict[str, Any]]:
    """Return the grid's rows of groups; the owner may edit the actual capacity."""
    locks = locks_of([row.id for row in found], person_id)
    rows = []
    for row in found:
        first = row.first_week
        lines = {
            line: texts(_figures(first, row.values.get(name), weeks))
            for line, name in LINES.items()
            if name in row.values
        }
        status = aligned_words(row, weeks)
        rows.append(
            {
                "id": str(row.id),
                "part": row.name or "",
                "name": "",
                "partner": row.partner.short,
                "site": "",
                "unit": unit_word(row.unit) if row.unit else "",
                "version": row.version,
                "href": f"/t/{tenant}/forecasts/capacity/{row.id}/",
                "lock": locks.get(row.id),
                "lines": lines,
                "status": status,
                "editable": "capacity" if row.is_own and may_edit else None,
            }
        )
    return rows


def _figures(first: date | None, values: Any, weeks: Sequence[date]) -> Quantities:
    return aligned(first, values, weeks) if first else [None] * len(weeks)


def aligned_words(row: GroupRow, weeks: Sequence[date]) -> list[str]:
    """Return the status per week, ``none`` where nothing is known."""
    known = dict(zip(row.weeks, row.status or (), strict=False))
    return [known.get(week, "none") for week in weeks]
