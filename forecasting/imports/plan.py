"""The plan from a spreadsheet: what the grid exports comes back, compared before it is applied."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from collab.integration.exports import plain_decimal
from collab.integration.imports import (
    DAY,
    NUMBER,
    CellError,
    ImportColumn,
    ImportKind,
    RowRefused,
    UndoConflict,
    Values,
    Verdict,
    register_import,
)
from collab.masterdata.refusals import Refused
from collab.organisations.context import acting_organisation_id
from forecasting.models import Category, DemandSeries, DemandVersion
from forecasting.services.versions import check_cell, current_version, override, weekly_of
from forecasting.week_figures import Quantity

REASON = "import"
COLUMNS = (
    ImportColumn("supplier", _("Supplier (BPN)"), is_required=True, longest=16),
    ImportColumn("part_number", _("Part number"), is_required=True, longest=40),
    ImportColumn("site", _("Site"), longest=20),
    ImportColumn("category", _("Category"), longest=4, choices=tuple(Category.values)),
    ImportColumn("week", _("Week"), form=DAY, is_required=True, example="2026-11-23"),
    ImportColumn("quantity", _("Quantity"), form=NUMBER, is_required=False),
    ImportColumn("reason", _("Reason"), longest=200),
)
Key = tuple[str, str, str, str]


@dataclass(slots=True)
class Context:
    """What a chunk of rows shares: its series with their plans, and the cells of each series."""

    now: datetime
    series: dict[Key, UUID]
    plans: dict[UUID, DemandVersion]
    cells: dict[UUID, dict[date, Quantity]] = field(default_factory=lambda: defaultdict(dict))
    reasons: dict[UUID, dict[date, str]] = field(default_factory=lambda: defaultdict(dict))
    made: dict[UUID, tuple[int, DemandVersion]] = field(default_factory=dict)


def prepare(rows: Sequence[Values]) -> Context:
    """Read the series of the chunk with their plans in two queries, and gather their cells."""
    keys = {_key(row) for row in rows}
    found = DemandSeries.objects.filter(
        owner_id=acting_organisation_id(),
        counterparty__bpn__in={key[0] for key in keys},
        part_number__in={key[1] for key in keys},
    ).values_list("counterparty__bpn", "part_number", "site_code", "category", "pk")
    series = {(bpn, part, site, category): pk for bpn, part, site, category, pk in found}
    plans = {
        each.series_id: each
        for each in DemandVersion.objects.filter(
            series_id__in=list(series.values()), is_current=True
        )
    }
    context = Context(timezone.now(), series, plans)
    for row in rows:
        try:
            series_id, week, quantity = _cell(row, context)
        except RowRefused:
            continue  # told when the row itself is looked at
        context.cells[series_id][week] = quantity
        context.reasons[series_id][week] = row.get("reason") or REASON
    return context


def validate_row(values: Values, context: Context) -> Verdict:
    """Say what the cell would change; raise ``RowRefused`` with the reason."""
    series_id, week, quantity = _cell(values, context)
    plan = context.plans.get(series_id)
    before = weekly_of(plan).at(week) if plan else None
    if before == quantity:
        return Verdict("unchanged")
    outcome = "new" if before is None else "changed"
    return Verdict(outcome, {"quantity": (_text(before), _text(quantity))})


def apply_row(values: Values, context: Context) -> dict[str, Any]:
    """Put the cell into the plan: all cells of a series in a chunk become one version."""
    series_id, _week, _quantity = _cell(values, context)
    if series_id not in context.made:
        before = context.plans.get(series_id)
        try:
            version = override(
                series_id,
                cells=context.cells[series_id],
                reasons=context.reasons[series_id],
                as_of=context.now,
            )
        except Refused as refused:
            raise RowRefused([CellError("quantity", refused.value, refused.expected)]) from None
        context.made[series_id] = (before.number if before else 0, version)
    seen, version = context.made[series_id]
    return {"series": str(series_id), "seen": seen, "made": version.number}


def undo_row(applied: dict[str, Any]) -> None:
    """Bring back the plan from before the import; raise ``UndoConflict`` if it has moved on."""
    series_id = UUID(applied["series"])
    current = current_version(series_id)
    if current is None or applied["seen"] == applied["made"]:
        return
    if current.note == _undone(applied):
        return  # by another row of the same series
    if current.number != applied["made"]:
        raise UndoConflict("the plan has been changed since")
    old = DemandVersion.objects.filter(series_id=series_id, number=applied["seen"]).first()
    past = dict(weekly_of(old).items()) if old else {}
    back = {week: past.get(week) for week in weekly_of(current).weeks()}
    now = timezone.now()
    ahead = {week: quantity for week, quantity in back.items() if _is_ahead(week, now)}
    override(
        series_id,
        cells=ahead,
        reasons=dict.fromkeys(ahead, REASON),
        note=_undone(applied),
        as_of=now,
    )


def _undone(applied: dict[str, Any]) -> str:
    return f"undo {applied['made']}"


def _is_ahead(week: date, now: datetime) -> bool:
    try:
        check_cell(week, None, now=now)
    except Refused:
        return False
    return True


def _key(values: Values) -> Key:
    return (
        str(values.get("supplier") or "").strip(),
        str(values.get("part_number") or "").strip(),
        str(values.get("site") or "").strip(),
        str(values.get("category") or Category.DEFAULT.value),
    )


def _cell(values: Values, context: Context) -> tuple[UUID, date, Quantity]:
    series_id = context.series.get(_key(values))
    if series_id is None:
        expected = "a part with a demand series for this supplier and site"
        raise RowRefused([CellError("part_number", str(values.get("part_number")), expected)])
    week: date = values["week"]
    quantity: Decimal | None = values.get("quantity")
    try:
        return series_id, week, check_cell(week, quantity, now=context.now)
    except Refused as refused:
        is_week = "week" in refused.expected
        column = "week" if is_week else "quantity"
        raise RowRefused([CellError(column, refused.value, refused.expected)]) from None


def _text(quantity: Quantity) -> str:
    return "" if quantity is None else plain_decimal(quantity)


KIND = ImportKind(
    name="plan",
    title=_("Plan by week"),
    columns=COLUMNS,
    key=("supplier", "part_number", "site", "category", "week"),
    prepare=prepare,
    validate_row=validate_row,
    apply_row=apply_row,
    undo_row=undo_row,
    page="forecasting:grid",
)


def register() -> None:
    """Make the import known."""
    register_import(KIND)
