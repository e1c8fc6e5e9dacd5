"""Coverage on open screens: a row, and the figures for charts and the heat grid."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from django.template.loader import render_to_string

from collab.live.topics import Frame, Topic, register
from collab.organisations.context import acting_organisation
from inventory.events import COVERAGE_TOPIC
from inventory.queries.coverage import CoverageRow, coverage_by_key

ROW = "inventory/partials/coverage_row.html"


def render(keys: Sequence[UUID]) -> list[Frame]:
    """Return a frame per visible coverage; what no grant opens is neither in html nor data."""
    tenant = acting_organisation().slug
    return [
        Frame(
            element_id=row.element_id,
            html=render_to_string(ROW, {"row": row, "tenant": tenant}),
            data=_figures(row),
        )
        for row in coverage_by_key(keys)
    ]


def _figures(row: CoverageRow) -> dict[str, Any]:
    seen = row.values
    figures: dict[str, Any] = {"id": str(row.id), "version": row.version, "number": row.number}
    for name in ("days_of_supply", "minimum_days", "on_hand"):
        if seen.get(name) is not None:
            figures[name] = str(seen[name])
    for name in ("is_at_least", "is_short", "level", "site_code", "unit"):
        if name in seen:
            figures[name] = seen[name]
    if row.bin is not None:
        figures["bin"] = row.bin.value
    if row.projection:
        figures["from"] = row.projection[0].on.isoformat()
        figures["days"] = [str(day.days_of_supply) for day in row.projection]
        figures["stock"] = [str(day.stock) for day in row.projection]
    return figures


def register_topics() -> None:
    """Make the topic known; the grants of coverage give its audience."""
    register(Topic(name=COVERAGE_TOPIC, sharing_topic=COVERAGE_TOPIC, render=render))
