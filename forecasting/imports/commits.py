"""Commits from spreadsheets: one series a row, one week a column."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from collab.integration.exports import plain_decimal
from collab.integration.imports import (
    CellError,
    ImportColumn,
    ImportKind,
    RowRefused,
    UndoConflict,
    Values,
    Verdict,
    register_import,
)
from collab.organisations.clock import own_day
from collab.organisations.context import acting_organisation_id
from collab.organisations.names import NOBODY, names_of
from forecasting.axis import iso_week, monday_of
from forecasting.imports.weeks import WeekColumns, figures_of
from forecasting.models import Commit, DeliverySchedule
from forecasting.queries.positions import Position, position_of, positions_of
from forecasting.services.commits import (
    REASONS,
    CellProblem,
    CommitAnswer,
    CommitCell,
    commit_many,
    composed,
)

Key = tuple[str, str, str]  # customer, part number, site


@dataclass(frozen=True, slots=True)
class Context:
    """What a chunk of rows shares: where each series stands, found by either number."""

    now: datetime
    stands: dict[Key, Position]


def prepare(rows: Sequence[Values]) -> Context:
    """Read the positions of all series that the rows name."""
    numbers = {str(row.get(name) or "") for row in rows for name in PART_COLUMNS} - {""}
    found = positions_of(
        DeliverySchedule.objects.filter(
            Q(part_number__in=numbers) | Q(supplier_part_number__in=numbers),
            counterparty_id=acting_organisation_id(),
            is_current=True,
        )
    )
    names = names_of({each.customer_id for each in found})
    stands: dict[Key, Position] = {}
    for each in found:
        bpn = names.get(each.customer_id, NOBODY).bpn
        for number in {each.part_number, each.supplier_part_number} - {""}:
            stands[bpn, number, each.site_code] = each
    return Context(timezone.now(), stands)


def validate_row(values: Values, context: Context) -> Verdict:
    """Say week by week what the row would change; raise ``RowRefused`` with the reason."""
    position = _position(values, context)
    answer = _answer(values, position, context)
    draft = composed(position, answer, today=own_day(context.now))
    if draft.problems:
        raise RowRefused([_error(each) for each in draft.problems])
    changes = {
        iso_week(week): (_text(before), _text(after))
        for week, before, after in zip(
            position.weeks, position.committed, draft.committed, strict=True
        )
        if before != after
    }
    if not changes:
        return Verdict("unchanged")
    return Verdict("new" if position.commit is None else "changed", changes)


def apply_row(values: Values, context: Context) -> dict[str, Any]:
    """Write the commit; return its series and what was committed for these weeks before."""
    position = _position(values, context)
    answer = _answer(values, position, context)
    (result,) = commit_many([answer], origin=Commit.Origin.FILE.value, as_of=context.now)
    if result.state == "refused":
        raise RowRefused([_error(each) for each in result.problems])
    made = result.position.commit if result.position else None
    before = dict(zip(position.weeks, position.committed, strict=True))
    return {
        "series": str(position.series_id),
        "state": result.state,
        "commit": str(made.pk) if made else "",
        "cells": [
            [
                cell.week.isoformat(),
                _text(before.get(cell.week)),
                position.reasons.get(cell.week.isoformat(), ""),
            ]
            for cell in answer.cells
        ],
    }


def undo_row(applied: dict[str, Any]) -> None:
    """Commit anew what was committed before, as the customer has seen the import's commit.

    Weeks that have passed stay. Raises ``UndoConflict`` if the series has moved on since.
    """
    if applied.get("state") != "applied":
        return
    now = timezone.now()
    position = position_of(UUID(applied["series"]))
    made = position.commit if position else None
    if position is None or made is None or str(made.pk) != applied.get("commit"):
        raise UndoConflict("the series has another commit or release since")
    cells = [
        CommitCell(week=date.fromisoformat(week), quantity=quantity or None, reason=reason)
        for week, quantity, reason in applied["cells"]
        if date.fromisoformat(week) >= monday_of(own_day(now))
    ]
    answer = CommitAnswer(series_id=position.series_id, cells=cells)
    (result,) = commit_many([answer], origin=Commit.Origin.FILE.value, as_of=now)
    if result.state == "refused":
        raise UndoConflict(f"expected {result.problems[0].expected} to go back to")


def _position(values: Values, context: Context) -> Position:
    customer, site = str(values["customer"]).strip(), str(values.get("site") or "").strip()
    for name in PART_COLUMNS:
        number = str(values.get(name) or "").strip()
        if number and (found := context.stands.get((customer, number, site))):
            return found
    read = str(values.get("part_number") or values.get("customer_part_number") or "")
    raise RowRefused([CellError("part_number", read, "a series of that customer with a release")])


def _answer(values: Values, position: Position, context: Context) -> CommitAnswer:
    """Return the row as an answer; weeks past or without a forecast are left as they are."""
    first = monday_of(own_day(context.now))
    reason = str(values.get("reason") or "")
    cells = [
        CommitCell(week=week, quantity=quantity, reason=reason)
        for week, quantity in figures_of(values).items()
        if week >= first and _is_asked(position, week)
    ]
    return CommitAnswer(series_id=position.series_id, cells=cells)


def _is_asked(position: Position, week: date) -> bool:
    place = position.places.get(week)
    return place is not None and position.forecast[place] is not None


def _error(problem: CellProblem) -> CellError:
    try:
        column = iso_week(date.fromisoformat(problem.field))
    except ValueError:
        column = problem.field
    if "a reason among" in problem.expected:
        column = "reason"
    return CellError(column, problem.value, problem.expected)


def _text(quantity: Any) -> str:
    return "" if quantity is None else plain_decimal(quantity)


PART_COLUMNS = ("part_number", "customer_part_number")
COLUMNS = WeekColumns(
    (
        ImportColumn("customer", _("Customer (BPN)"), is_required=True, longest=16),
        ImportColumn("part_number", _("Part number"), longest=40),
        ImportColumn("customer_part_number", _("Customer's part number"), longest=40),
        ImportColumn("site", _("Site"), longest=20),
        ImportColumn("reason", _("Reason"), choices=tuple(REASONS), example="capacity"),
    )
)
KIND = ImportKind(
    name="forecast_commits",
    title=_("Commits"),
    columns=COLUMNS,
    key=("customer", "part_number", "customer_part_number", "site"),
    prepare=prepare,
    validate_row=validate_row,
    apply_row=apply_row,
    undo_row=undo_row,
    page="forecasting:commits",
    roles=("planner", "clerk", "admin"),
)


def register() -> None:
    """Make the import known."""
    register_import(KIND)
