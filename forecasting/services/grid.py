"""Cells of the planner's grid: good ones are taken, bad ones keep their old value and are told."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.db import transaction
from django.utils import timezone
from uuid_utils.compat import uuid7

from collab.events.bus import publish
from collab.integration.exports import plain_decimal
from collab.masterdata.refusals import Refused
from collab.organisations.context import acting_organisation_id
from forecasting.events import PlanEdited
from forecasting.models import DemandSeries, DemandVersion
from forecasting.services.versions import check_cell, current_version, override, weekly_of
from forecasting.week_figures import Quantity

APPLIED, CONFLICT, REFUSED = "applied", "conflict", "refused"
LINE = "forecast"
MOST_ROWS, MOST_CELLS = 500, 20_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Cell:
    """One changed cell as it was sent."""

    week: date
    quantity: str | None
    reason: str = ""
    line: str = LINE


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """The changed cells of one series; ``version`` numbers the version they were seen at."""

    id: UUID
    version: int
    cells: Sequence[Cell]


@dataclass(slots=True, kw_only=True)
class CellAnswer:
    """What became of a cell: taken, or theirs instead, or the problem with it."""

    week: date
    quantity: Quantity = None
    theirs: Quantity = None
    is_theirs: bool = False
    problem: Refused | None = None
    line: str = LINE


@dataclass(slots=True, kw_only=True)
class RowAnswer:
    """What became of a row: applied, conflict (somebody was faster), or refused."""

    id: UUID
    version: int
    state: str
    cells: list[CellAnswer] = field(default_factory=list)


@transaction.atomic
def apply_cells(
    rows: Sequence[Row],
    *,
    reasons: Mapping[str, str] | None = None,
    as_of: datetime | None = None,
) -> list[RowAnswer]:
    """Take the changed cells of many rows, row by row; each changed cell needs a reason.

    ``reasons`` are the words for codes; another reason is kept as it was written.

    A row that somebody changed since it was seen is a conflict: cells that do not contradict are
    taken, the others answered with both values. A bad cell never stops the good ones. Unknown
    and foreign rows are refused alike.
    """
    now = as_of or timezone.now()
    own = set(
        DemandSeries.objects.filter(
            pk__in=[row.id for row in rows], owner_id=acting_organisation_id()
        ).values_list("pk", flat=True)
    )
    answers = [
        _apply(row, reasons or {}, now)
        if row.id in own
        else RowAnswer(id=row.id, version=0, state=REFUSED)
        for row in rows
    ]
    changed = [each.id for each in answers if each.state != REFUSED]
    if changed:
        keys = [str(key) for key in changed]
        publish(PlanEdited(change_id=str(uuid7()), series_ids=keys))
    return answers


def _apply(row: Row, words: Mapping[str, str], now: datetime) -> RowAnswer:
    DemandSeries.objects.select_for_update(of=("self",)).get(pk=row.id)
    before = current_version(row.id)
    number = before.number if before else 0
    answer = RowAnswer(id=row.id, version=number, state=APPLIED)
    good: dict[date, Quantity] = {}
    reasons: dict[date, str] = {}
    for cell in row.cells:
        told = _checked(cell, now)
        answer.cells.append(told)
        if told.problem is None:
            good[cell.week] = told.quantity
            reasons[cell.week] = words.get(cell.reason, cell.reason)
    if number != row.version:
        _settle_conflict(answer, row.version, before, good)
    if good:
        try:
            made = override(row.id, cells=good, reasons=reasons, as_of=now)
            answer.version = made.number
        except Refused as refused:
            for told in answer.cells:
                told.problem = told.problem or refused
    is_taken = any(told.problem is None for told in answer.cells)
    if answer.state == APPLIED and not is_taken:
        answer.state = REFUSED
    return answer


def _checked(cell: Cell, now: datetime) -> CellAnswer:
    answer = CellAnswer(week=cell.week, line=cell.line)
    if cell.line != LINE:
        answer.problem = Refused("line", "a line that can be changed here", cell.line)
        return answer
    try:
        answer.quantity = check_cell(cell.week, cell.quantity, now=now)
    except Refused as refused:
        answer.problem = refused
    return answer


def _settle_conflict(
    answer: RowAnswer, seen: int, before: DemandVersion | None, good: dict[date, Quantity]
) -> None:
    """Take out of ``good`` what somebody else changed to another value since version ``seen``."""
    old = DemandVersion.objects.filter(series_id=answer.id, number=seen).first()
    now_there = weekly_of(before) if before else None
    then_there = weekly_of(old) if old else None
    for told in answer.cells:
        if told.problem is not None or told.week not in good:
            continue
        theirs = now_there.at(told.week) if now_there else None
        was = then_there.at(told.week) if then_there else None
        if theirs not in {was, told.quantity}:
            told.theirs, told.is_theirs = theirs, True
            answer.state = CONFLICT
            del good[told.week]


def body_of(answer: RowAnswer) -> dict[str, Any]:
    """Return a row's answer as the grid reads it."""
    return {
        "id": str(answer.id),
        "version": answer.version,
        "state": answer.state,
        "cells": [_cell_body(told) for told in answer.cells],
    }


def _cell_body(told: CellAnswer) -> dict[str, Any]:
    body: dict[str, Any] = {
        "week": told.week.isoformat(),
        "line": told.line,
        "quantity": _text(told.quantity),
    }
    if told.is_theirs:
        body["theirs"] = _text(told.theirs)
    if told.problem is not None:
        body["problem"] = {"expected": told.problem.expected, "value": told.problem.value}
    return body


def read_rows(sent: Any) -> list[Row]:
    """Return the rows of a grid's message; raise ``Refused`` for one in another form."""
    rows = sent.get("rows") if isinstance(sent, Mapping) else None
    if not isinstance(rows, list) or not 1 <= len(rows) <= MOST_ROWS:
        raise Refused("rows", f"1 to {MOST_ROWS} rows", type(sent).__name__)
    found = []
    for place, row in enumerate(rows):
        try:
            cells = [
                Cell(
                    week=date.fromisoformat(str(cell["week"])),
                    quantity=None if cell.get("quantity") is None else str(cell["quantity"]),
                    reason=str(cell.get("reason") or "")[:200],
                    line=str(cell.get("line") or LINE)[:20],
                )
                for cell in row["cells"]
            ]
            found.append(Row(id=UUID(str(row["id"])), version=int(row["version"]), cells=cells))
        except (KeyError, TypeError, ValueError, AttributeError):
            raise Refused(f"rows.{place}", "id, version and cells of weeks", str(row)) from None
    if sum(len(row.cells) for row in found) > MOST_CELLS:
        raise Refused("rows", f"at most {MOST_CELLS} cells", "more")
    return found


def _text(quantity: Decimal | None) -> str | None:
    return None if quantity is None else plain_decimal(quantity)
