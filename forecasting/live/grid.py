"""Rows of the planner's grid on colleagues' screens: new figures, and who is at work."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from collab.live.topics import Frame, Topic, register
from collab.organisations.context import acting_organisation_id
from forecasting.events import GRID_TOPIC
from forecasting.models import DemandSeries
from forecasting.queries.commit_grid import texts
from forecasting.queries.grid import MOST_WEEKS, GridRow, coming_weeks, grid_rows


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
    return {"id": str(row.id), "version": row.version, "lock": row.lock, "cells": cells}


def register_topics() -> None:
    """Make the topic known; it is for the own organisation alone."""
    register(Topic(name=GRID_TOPIC, sharing_topic=None, render=render))
