"""Capacity from spreadsheets: one figure of a group a row, one week a column."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Any
from uuid import UUID

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
from collab.masterdata.refusals import Refused, VersionConflict
from collab.organisations.context import acting_organisation_id
from forecasting.axis import by_week, iso_week
from forecasting.imports.weeks import WeekColumns, figures_of
from forecasting.models import CapacityGroup
from forecasting.services.capacity import COLUMNS, WeekFigure, set_figures

DEMAND = "demand"  # stands in the export beside the figures, and is never taken back


@dataclass(slots=True)
class Context:
    """The groups of a chunk of rows, all figures of each, and which are written already."""

    groups: dict[str, CapacityGroup]
    figures: dict[UUID, list[WeekFigure]] = field(default_factory=dict)
    done: set[UUID] = field(default_factory=set)


def prepare(rows: Sequence[Values]) -> Context:
    """Read the groups that the rows name, by key or name, and gather their figures.

    All figures of a group are written together: actual and maximum may move past each other.
    """
    own = CapacityGroup.objects.filter(owner_id=acting_organisation_id())
    by_name: dict[str, list[CapacityGroup]] = defaultdict(list)
    groups: dict[str, CapacityGroup] = {}
    for each in own:
        groups[str(each.pk)] = each
        by_name[each.name.casefold()].append(each)
    groups |= {name: same[0] for name, same in by_name.items() if len(same) == 1}
    context = Context(groups)
    for row in rows:
        group = _found(row, context)
        if group is not None and row.get("figure") in COLUMNS:
            context.figures.setdefault(group.pk, []).extend(_figures(row))
    return context


def validate_row(values: Values, context: Context) -> Verdict:
    """Say week by week what the row would change; raise ``RowRefused`` with the reason."""
    group, name = _group(values, context), str(values["figure"])
    if name == DEMAND:
        return Verdict("unchanged")
    known = by_week(group.first_week, getattr(group, name) or ())
    high = {each.week: each.quantity for each in context.figures.get(group.pk, ())
            if each.column == "maximum"}  # fmt: skip
    changes: dict[str, tuple[str, str]] = {}
    most = by_week(group.first_week, group.maximum)
    for figure in _figures(values):
        after: Any = figure.quantity
        limit: Any = high.get(figure.week, most.get(figure.week))
        if name == "actual" and limit is not None and after > limit:
            expected = f"at most the maximum {plain_decimal(limit)}"
            raise RowRefused([CellError(iso_week(figure.week), str(after), expected)])
        if known.get(figure.week) != after:
            before = known.get(figure.week)
            text = "" if before is None else plain_decimal(before)
            changes[iso_week(figure.week)] = (text, plain_decimal(after))
    return Verdict("changed", changes) if changes else Verdict("unchanged")


def apply_row(values: Values, context: Context) -> dict[str, Any]:
    """Write all figures of the row's group with the first of its rows; return what they were."""
    group = _group(values, context)
    applied: dict[str, Any] = {"group": str(group.pk), "figures": []}
    if group.pk not in context.done:
        figures = context.figures.get(group.pk, [])
        try:
            made = set_figures(group.pk, figures)
        except Refused as refused:
            column = refused.field
            if column.count("-") == 2:
                column = iso_week(date.fromisoformat(column))
            raise RowRefused([CellError(column, refused.value, refused.expected)]) from None
        context.done.add(group.pk)
        applied |= {"version": made.version, "figures": _before(group, figures)}
    return applied


def undo_row(applied: dict[str, Any]) -> None:
    """State the figures of before the import again, as the customer has seen the import's.

    Raises ``UndoConflict`` if the group has been changed since.
    """
    if "figures" not in applied:
        raise UndoConflict("an import of an earlier version of Collab")
    if not applied["figures"]:
        return  # written with another row of the group
    figures = [
        WeekFigure(date.fromisoformat(week), column, None if text == "" else Decimal(text))
        for week, column, text in applied["figures"]
    ]
    try:
        set_figures(UUID(applied["group"]), figures, version=applied["version"])
    except VersionConflict:
        raise UndoConflict("the group has been changed since") from None
    except CapacityGroup.DoesNotExist:
        raise UndoConflict("the group is gone") from None
    except Refused as refused:
        raise UndoConflict(f"expected {refused.expected} to go back to") from None


def _before(group: CapacityGroup, figures: Sequence[WeekFigure]) -> list[list[str]]:
    """Return week, column and quantity of these figures as the group stands, empty = none."""
    known = {name: by_week(group.first_week, getattr(group, name) or ()) for name in COLUMNS}
    found = []
    for each in figures:
        quantity = known[each.column].get(each.week)
        text = "" if quantity is None else plain_decimal(quantity)
        found.append([each.week.isoformat(), each.column, text])
    return found


def _group(values: Values, context: Context) -> CapacityGroup:
    group = _found(values, context)
    if group is None:
        read = str(values.get("group_id") or values.get("group") or "")
        raise RowRefused([CellError("group", read, "a capacity group of yours, named once")])
    return group


def _found(values: Values, context: Context) -> CapacityGroup | None:
    key = str(values.get("group_id") or "").strip()
    name = str(values.get("group") or "").strip().casefold()
    return context.groups.get(key) if key else context.groups.get(name)


def _figures(values: Values) -> list[WeekFigure]:
    name = str(values["figure"])
    return [WeekFigure(week, name, quantity) for week, quantity in figures_of(values).items()]


COLUMN_LIST = WeekColumns(
    (
        ImportColumn("group_id", _("Group id"), longest=40),
        ImportColumn("group", _("Group"), longest=120),
        ImportColumn(
            "figure", _("Figure"), is_required=True, choices=(*COLUMNS, DEMAND), example="actual"
        ),
    )
)
KIND = ImportKind(
    name="capacity_figures",
    title=_("Capacity figures"),
    columns=COLUMN_LIST,
    key=("group_id", "group", "figure"),
    prepare=prepare,
    validate_row=validate_row,
    apply_row=apply_row,
    undo_row=undo_row,
    page="forecasting:capacity",
    roles=("planner", "clerk", "admin"),
)


def register() -> None:
    """Make the import known."""
    register_import(KIND)
