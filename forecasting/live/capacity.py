"""Capacity groups on open screens: the row of the list, and the figures for their grid."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from django.template.loader import render_to_string

from collab.live.joining import join
from collab.live.topics import Frame
from collab.organisations.context import acting_organisation
from forecasting.events import CAPACITY_TOPIC
from forecasting.models import CapacityGroup
from forecasting.queries.capacity import GroupRow, group_rows
from forecasting.queries.commit_grid import texts

ROW = "forecasting/partials/capacity_row.html"
LINES = (("capacity", "actual"), ("maximum", "maximum"), ("forecast", "demand"))


def render_groups(keys: Sequence[UUID]) -> list[Frame]:
    """Return a frame per visible group; what no grant opens is neither in html nor data."""
    tenant = acting_organisation().slug
    return [
        Frame(
            element_id=row.element_id,
            html=render_to_string(ROW, {"row": row, "tenant": tenant}),
            data={"rows": [_figures(row)]},
        )
        for row in group_rows(CapacityGroup.objects.filter(pk__in=list(keys)))
    ]


def _figures(row: GroupRow) -> dict[str, Any]:
    cells = [
        {"week": week.isoformat(), "line": line, "quantity": quantity}
        for line, name in LINES
        for week, quantity in zip(row.weeks, texts(row.values.get(name) or ()), strict=False)
    ]
    found: dict[str, Any] = {"id": str(row.id), "version": row.version, "cells": cells}
    return found


def register_topics() -> None:
    """Draw groups on their topic."""
    join(CAPACITY_TOPIC, render_groups)
