"""Commits on open screens: the row of the list, and the figures for grids."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from django.template.loader import render_to_string
from django.utils import timezone

from collab.live.joining import join
from collab.live.topics import Frame
from collab.organisations.context import acting_organisation
from forecasting.events import COMMIT_TOPIC
from forecasting.models import Commit, CommitTask
from forecasting.queries.commit_grid import texts
from forecasting.queries.commits import TaskRow, open_task_count, task_rows_by_key

ROW = "forecasting/partials/commit_row.html"
COUNT = "forecasting.commits"


def render_commits(keys: Sequence[UUID]) -> list[Frame]:
    """Return a frame per commit that the viewer sees; hidden figures are in neither part."""
    schedules = Commit.objects.filter(pk__in=list(keys)).values_list("schedule_id", flat=True)
    tasks = CommitTask.objects.filter(schedule_id__in=list(schedules))
    rows = task_rows_by_key(list(tasks.values_list("pk", flat=True)))
    tenant = acting_organisation().slug
    counts = {COUNT: open_task_count()} if any(row.is_ours for row in rows) else {}
    return [
        Frame(
            element_id=row.element_id,
            html=render_to_string(ROW, {"row": row, "tenant": tenant, "today": timezone.now()}),
            data={"rows": [_figures(row)]} if row.position else {},
            counts=counts,
        )
        for row in rows
    ]


def _figures(row: TaskRow) -> dict[str, Any]:
    """Return the series' commit and consensus as the grid takes them."""
    position = row.position
    if position is None:
        return {}
    lines = {"commit": texts(position.committed), "consensus": texts(position.consensus)}
    return {
        "id": str(position.series_id),
        "version": position.version,
        "cells": [
            {"week": week.isoformat(), "line": line, "quantity": figures[place]}
            for place, week in enumerate(position.weeks)
            for line, figures in lines.items()
        ],
    }


def register_topics() -> None:
    """Draw commits on their topic."""
    join(COMMIT_TOPIC, render_commits)
