"""Risk areas from spreadsheets: a name, what is the matter, a circle or corners, from and to."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from django.utils.dateparse import parse_datetime
from django.utils.translation import gettext_lazy as _

from collab.integration.imports import (
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
from transport.models import RiskArea
from transport.services.risk_areas import checked_shape, remove_area, save_area, take_area

COLUMNS = (
    ImportColumn("name", _("Name"), is_required=True, longest=80),
    ImportColumn("kind", _("Kind"), is_required=True, choices=tuple(RiskArea.Kind.values)),
    ImportColumn("severity", _("Severity"), choices=tuple(RiskArea.Severity.values)),
    ImportColumn("latitude", _("Latitude"), form=NUMBER),
    ImportColumn("longitude", _("Longitude"), form=NUMBER),
    ImportColumn("radius_km", _("Radius [km]"), form=NUMBER),
    ImportColumn(
        "corners", _("Corners"), longest=20_000, example="47.6 10.2; 47.6 12.9; 46.8 12.9"
    ),
    ImportColumn(
        "valid_from", _("Valid from"), is_required=True, example="2026-12-01T06:00:00+01:00"
    ),
    ImportColumn("valid_to", _("Valid to")),
    ImportColumn("note", _("Note"), longest=400),
)
KEPT = ("kind", "severity", "shape", "valid_from", "valid_to", "note")


def prepare(_rows: Sequence[Values]) -> None:
    """Nothing to share between rows."""


def validate_row(values: Values, _context: Any) -> Verdict:
    """Say what the row would do; raise ``RowRefused`` for what is no area."""
    told = _read(values)
    row = RiskArea.objects.filter(name=told["name"]).first()
    if row is None:
        return Verdict("new")
    pairs = {name: (getattr(row, name), told[name]) for name in KEPT if name in told}
    changed = {name: (str(old), str(new)) for name, (old, new) in pairs.items() if old != new}
    return Verdict("changed", changed) if changed else Verdict("unchanged")


def apply_row(values: Values, _context: Any) -> dict[str, Any]:
    """Write the area; return what there was before."""
    told = _read(values)
    standing = RiskArea.objects.filter(name=told["name"]).first()
    before = {name: _plain(getattr(standing, name)) for name in KEPT} if standing else None
    row = take_area(told)
    return {"row": str(row.pk), "version": row.version, "before": before}


def undo_row(applied: dict[str, Any]) -> None:
    """Write what there was before; raise ``UndoConflict`` if the area has changed since."""
    row = RiskArea.objects.filter(pk=UUID(applied["row"])).first()
    if row is None:
        return
    if row.version != applied["version"]:
        raise UndoConflict("the area has changed since")
    if applied["before"] is None:
        remove_area(row.pk)
        return
    before = dict(applied["before"])
    for name in ("valid_from", "valid_to"):
        before[name] = datetime.fromisoformat(before[name]) if before[name] else None
    save_area(before, area_id=row.pk)


def _plain(value: Any) -> Any:
    return value.isoformat() if isinstance(value, datetime) else value


def _read(values: Values) -> dict[str, Any]:
    errors: list[CellError] = []
    told: dict[str, Any] = {"name": values["name"], "kind": values["kind"]}
    told |= {name: values[name] for name in ("severity", "note") if values.get(name)}
    for name in ("valid_from", "valid_to"):
        if text := values.get(name):
            told[name] = _instant(name, text, errors)
    column = "corners" if values.get("corners") else "radius_km"
    try:
        told["shape"] = checked_shape(_shape(values))
    except Refused as refused:
        errors.append(CellError(column, str(refused.value), refused.expected))
    if errors:
        raise RowRefused(errors)
    return told


def _shape(values: Values) -> dict[str, Any]:
    if text := values.get("corners"):
        return {"type": "polygon", "ring": [_corner(each) for each in str(text).split(";") if each]}
    middle = [values.get("latitude"), values.get("longitude")]
    centre = [float(each) for each in middle if each is not None]
    radius = values.get("radius_km")
    return {
        "type": "circle",
        "centre": centre,
        "radius_km": None if radius is None else float(radius),
    }


def _corner(text: str) -> list[Any]:
    """Return the numbers of a corner; what is no number is left for the check to refuse."""
    found: list[Any] = []
    for word in text.replace(",", " ").split():
        try:
            found.append(float(word))
        except ValueError:
            found.append(word)
    return found


def _instant(name: str, text: str, errors: list[CellError]) -> datetime | None:
    try:
        found = parse_datetime(text.strip())
    except ValueError:
        found = None
    if found is None or found.tzinfo is None:
        errors.append(
            CellError(name, text, "an instant with its zone, like 2026-12-01T06:00:00+01:00")
        )
    return found


KIND = ImportKind(
    name="risk-areas",
    title=_("Risk areas"),
    columns=COLUMNS,
    key=("name",),
    prepare=prepare,
    validate_row=validate_row,
    apply_row=apply_row,
    undo_row=undo_row,
    page="transport:areas",
)


def register() -> None:
    """Make the import known."""
    register_import(KIND)
