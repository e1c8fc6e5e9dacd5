"""Road distances from spreadsheets: from, to, kilometres, minutes."""

from collections.abc import Sequence
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.utils import timezone
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
from collab.organisations.context import acting_organisation_id
from transport.models import RoadDistance
from transport.services.places import place_named

MOST = Decimal(999_999)
COLUMNS = (
    ImportColumn("from", _("From"), is_required=True, longest=60, example="BPNL…/MUC1"),
    ImportColumn("to", _("To"), is_required=True, longest=60),
    ImportColumn("km", _("Kilometres"), form=NUMBER, is_required=True),
    ImportColumn("min", _("Minutes"), form=NUMBER, is_required=True),
)


def prepare(_rows: Sequence[Values]) -> None:
    """Nothing to share between rows."""


def validate_row(values: Values, _context: Any) -> Verdict:
    """Say what the row would do; raise ``RowRefused`` for places and figures that cannot be."""
    origin, destination, km, minutes = _read(values)
    row = _standing(origin, destination)
    if row is None:
        return Verdict("new")
    pairs = {"km": (row.distance_km, km), "min": (row.minutes, minutes)}
    changed = {name: (f"{old:f}", f"{new:f}") for name, (old, new) in pairs.items() if old != new}
    return Verdict("changed", changed) if changed else Verdict("unchanged")


def apply_row(values: Values, _context: Any) -> dict[str, Any]:
    """Write the distance; return what there was before."""
    origin, destination, km, minutes = _read(values)
    row = _standing(origin, destination)
    before = None
    if row is None:
        row = RoadDistance(
            owner_id=acting_organisation_id(), origin=origin, destination=destination
        )
    else:
        before = [str(row.distance_km), str(row.minutes), row.source]
    row.distance_km, row.minutes = km, minutes
    row.source, row.measured_at = RoadDistance.Source.FILE.value, timezone.now()
    row.save()
    return {"row": str(row.pk), "km": str(km), "minutes": str(minutes), "before": before}


def undo_row(applied: dict[str, Any]) -> None:
    """Write what there was before; raise ``UndoConflict`` if the row has changed since."""
    row = RoadDistance.objects.filter(pk=UUID(applied["row"])).first()
    if row is None:
        return
    if (row.distance_km, row.minutes) != (Decimal(applied["km"]), Decimal(applied["minutes"])):
        raise UndoConflict("the distance has changed since")
    if applied["before"] is None:
        row.delete()
        return
    km, minutes, source = applied["before"]
    row.distance_km, row.minutes, row.source = Decimal(km), Decimal(minutes), source
    row.save()


def _read(values: Values) -> tuple[str, str, Decimal, Decimal]:
    errors: list[CellError] = []
    codes: list[str] = []
    for name in ("from", "to"):
        try:
            codes.append(place_named(values[name], field=name)["code"])
        except Refused as refused:
            errors.append(CellError(name, refused.value, refused.expected))
    figures: list[Decimal] = []
    for name, places in (("km", "0.001"), ("min", "0.01")):
        value: Decimal = values[name]
        if not 0 <= value <= MOST:
            errors.append(CellError(name, f"{value:f}", f"a number from 0 to {MOST}"))
        else:
            figures.append(value.quantize(Decimal(places)))
    if not errors and codes[0] == codes[1]:
        errors.append(CellError("to", values["to"], "another place than where it begins"))
    if errors:
        raise RowRefused(errors)
    return codes[0], codes[1], figures[0], figures[1]


def _standing(origin: str, destination: str) -> RoadDistance | None:
    return RoadDistance.objects.filter(origin=origin, destination=destination).first()


KIND = ImportKind(
    name="road-distances",
    title=_("Road distances"),
    columns=COLUMNS,
    key=("from", "to"),
    prepare=prepare,
    validate_row=validate_row,
    apply_row=apply_row,
    undo_row=undo_row,
    page="transport:distances",
)


def register() -> None:
    """Make the import known."""
    register_import(KIND)
