"""Read points from spreadsheets: the same service as every other door, and an undo."""

from collections.abc import Sequence
from dataclasses import asdict
from typing import Any
from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from collab.integration.epcis.identifiers import to_link
from collab.integration.imports import WHOLE, ImportColumn, ImportKind, Values, Verdict
from collab.masterdata.imports.lookups import differences, given, refusals, undo_conflicts
from collab.masterdata.refusals import VersionConflict
from inventory.models import ReadPoint
from inventory.queries.tracking_queue import ReadPointRow, read_point_rows
from inventory.services.read_points import ReadPointPlan, keep_read_point, remove_read_point

COLUMNS = (
    ImportColumn(
        "identifier", _("Place (GLN or URI)"), is_required=True, longest=250, also_called=("gln",)
    ),
    ImportColumn("name", _("Name"), longest=80),
    ImportColumn("site", _("Site"), longest=20),
    ImportColumn("biz_step", _("Step"), longest=40, also_called=("step",)),
    ImportColumn("direction", _("Direction"), longest=4),
    ImportColumn("counterparty", _("Works for (BPN)"), longest=16, also_called=("bpn",)),
    ImportColumn("reader", _("Reader"), longest=40),
    ImportColumn("antenna", _("Antenna"), form=WHOLE),
    ImportColumn("lane_order", _("Place in the gate, from outside"), form=WHOLE),
    ImportColumn("least_rssi_dbm", _("Weakest signal [dBm]"), form=WHOLE),
    ImportColumn("least_reads", _("Reads at least"), form=WHOLE),
    ImportColumn("window_ms", _("Within [ms]"), form=WHOLE),
)
FIELDS = tuple(column.name for column in COLUMNS)
REFUSALS = {name: name for name in FIELDS}


def prepare(_rows: Sequence[Values]) -> None:
    """Nothing to share between rows."""


def validate_row(values: Values, _context: Any) -> Verdict:
    """Say what the row would do, by doing it and taking it back."""
    standing = _standing(values)
    before = _told(read_point_rows([standing])[0]) if standing else None
    with refusals(REFUSALS):
        after = _tried(_plan(values, before), standing)
    found = differences(before or {}, after)
    if before is None:
        return Verdict("new", found)
    return Verdict("changed" if found else "unchanged", found)


def apply_row(values: Values, _context: Any) -> dict[str, Any]:
    """Keep the read point; return what stood before."""
    standing = _standing(values)
    before = _told(read_point_rows([standing])[0]) if standing else None
    with refusals(REFUSALS), transaction.atomic():
        row = keep_read_point(_plan(values, before), key=standing.pk if standing else None)
    return {"id": str(row.pk), "version": row.version, "before": before}


def undo_row(record: dict[str, Any]) -> None:
    """Remove the read point, or put back what stood before, unless it has changed since."""
    key = UUID(record["id"])
    with undo_conflicts(ReadPoint.DoesNotExist), transaction.atomic():
        row = ReadPoint.objects.select_for_update(of=("self",)).get(pk=key)
        if row.version != record["version"]:
            raise VersionConflict(row.version, record["version"])
        if record["before"] is None:
            remove_read_point(key)
        else:
            keep_read_point(ReadPointPlan(**record["before"]), key=key)


class _TakenBack(Exception):
    """Leaves the block of a trial, so that nothing of it stays."""


def _tried(plan: ReadPointPlan, standing: ReadPoint | None) -> dict[str, Any]:
    told: dict[str, Any] = {}
    try:
        with transaction.atomic():
            row = keep_read_point(plan, key=standing.pk if standing else None)
            told = _told(read_point_rows([row])[0])
            raise _TakenBack
    except _TakenBack:
        return told


def _told(row: ReadPointRow) -> dict[str, Any]:
    found = asdict(row)
    return {name: found["site_code" if name == "site" else name] for name in FIELDS}


def _plan(values: Values, before: dict[str, Any] | None) -> ReadPointPlan:
    """Return the read point that the row means; an empty cell leaves what stands."""
    return ReadPointPlan(**((before or {}) | given(values, FIELDS)))


def _standing(values: Values) -> ReadPoint | None:
    rows = ReadPoint.objects.select_related("site", "counterparty")
    if reader := values.get("reader"):
        return rows.filter(reader=reader, antenna=values.get("antenna")).first()
    text = str(values["identifier"]).strip()
    names = {to_link(text), f"https://id.gs1.org/414/{text}"}
    return rows.filter(identifier__in=names, reader="").first()


READ_POINTS = ImportKind(
    name="read_points",
    title=_("Read points"),
    columns=COLUMNS,
    key=("identifier", "reader", "antenna"),
    prepare=prepare,
    validate_row=validate_row,
    apply_row=apply_row,
    undo_row=undo_row,
    page="inventory:read-points",
)
