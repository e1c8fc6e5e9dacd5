"""Rows of the grids on colleagues' screens: new figures of the plan, and who is at work where."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from collab.live.topics import Frame, Topic, register
from collab.organisations.context import acting_organisation_id
from forecasting.events import EDITING_TOPIC, GRID_TOPIC
from forecasting.models import DemandSeries
from forecasting.queries.commit_grid import texts
from forecasting.queries.grid import MOST_WEEKS, GridRow, coming_weeks, grid_rows
from forecasting.queries.locks import locks_of, own_rows


def render(keys: Sequence[UUID]) -> list[Frame]:
    """Return one frame with all rows among ``keys`` that are the recipient's own."""
    weeks = coming_weeks(MOST_WEEKS)
    own = DemandSeries.objects.filter(pk__in=list(keys), owner_id=acting_organisation_id())
    found = [_body(row, [week.isoformat() for week in weeks]) for row in grid_rows(own, weeks)]
    return [Frame(data={"rows": found})] if found else []


def _body(row: GridRow, weeks: Sequence[str]) -> dict[str, Any]:
    cells = [
        {"week": week, "line": "forecast", "quantity": quantity}
        for week, quantity in zip(weeks, texts(row.forecast), strict=True)
        if quantity is not None
    ]
    return {"id": str(row.id), "version": row.version, "cells": cells}


def render_editing(keys: Sequence[UUID]) -> list[Frame]:
    """Return one frame with who is at each row; it says nothing of figures, so it fits any grid."""
    locks = locks_of(keys)
    rows = [{"id": str(key), "lock": locks.get(key)} for key in own_rows(keys)]
    return [Frame(data={"rows": rows})] if rows else []


def register_topics() -> None:
    """Make the topics known; they are for the own organisation alone."""
    register(Topic(name=GRID_TOPIC, sharing_topic=None, render=render))
    register(Topic(name=EDITING_TOPIC, sharing_topic=None, render=render_editing))
