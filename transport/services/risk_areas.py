"""Risk areas of the acting organisation: drawn, changed, imported, taken away (TR-15)."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.dateparse import parse_datetime
from uuid_utils.compat import uuid7

from collab.events.bus import publish
from collab.masterdata.refusals import Refused, VersionConflict
from collab.organisations.context import acting_organisation_id
from transport.events import RiskAreasChanged
from transport.models import RiskArea
from transport.rules.areas import read_shape, shape_of_geojson, write_shape

FIELDS = ("name", "kind", "severity", "shape", "valid_from", "valid_to", "note")
MOST_AT_ONCE = 500


@transaction.atomic
def save_area(
    values: Mapping[str, Any], *, area_id: UUID | None = None, version: int | None = None
) -> RiskArea:
    """Draw an area, or change the named columns of one.

    Raises ``Refused`` by field, ``RiskArea.DoesNotExist``, ``VersionConflict`` if it moved on.
    """
    row = _written(values, area_id=area_id, version=version)
    _tell([row.pk])
    return row


@transaction.atomic
def remove_area(area_id: UUID, *, version: int | None = None) -> None:
    """Take an area away; the exceptions it caused are cleared."""
    row = _locked(area_id, version)
    row.delete()
    _tell([area_id])


@transaction.atomic
def take_geojson(document: Mapping[str, Any], *, as_of: datetime) -> list[RiskArea]:
    """Take a GeoJSON ``FeatureCollection`` in: all of it, or nothing.

    Properties are the columns of an area; ``valid_from`` is ``as_of`` if missing. An area of the
    same name is written over. Raises ``Refused`` whose field names the feature, from 1.
    """
    features = document.get("features")
    if document.get("type") != "FeatureCollection" or not isinstance(features, list):
        raise Refused("type", "a GeoJSON FeatureCollection", document.get("type", ""))
    if not 0 < len(features) <= MOST_AT_ONCE:
        raise Refused("features", f"1 to {MOST_AT_ONCE} features", len(features))
    found = []
    for number, feature in enumerate(features, start=1):
        try:
            found.append(_take(_of_feature(feature, as_of)))
        except Refused as refused:
            field = f"features.{number}.{refused.field}"
            raise Refused(field, refused.expected, refused.value) from None
    _tell([row.pk for row in found])
    return found


@transaction.atomic
def take_area(values: Mapping[str, Any]) -> RiskArea:
    """Draw an area, or write over the one of the same name. Raises ``Refused`` by field."""
    row = _take(values)
    _tell([row.pk])
    return row


def checked_shape(value: Any) -> dict[str, Any]:
    """Return a shape as it is stored. Raises ``Refused`` for what is no area."""
    try:
        return write_shape(read_shape(value if isinstance(value, Mapping) else {}))
    except ValueError as error:
        raise refused_shape(error) from None


def refused_shape(error: ValueError) -> Refused:
    """Return a refusal of a shape in the words of the rule that refused it."""
    expected, _comma, got = str(error).removeprefix("expected ").rpartition(", got ")
    return Refused("shape", expected, got)


def _take(values: Mapping[str, Any]) -> RiskArea:
    standing = RiskArea.objects.filter(name=str(values.get("name", "")).strip()).first()
    return _written(values, area_id=standing.pk if standing is not None else None, version=None)


def _of_feature(feature: Any, as_of: datetime) -> dict[str, Any]:
    if not isinstance(feature, Mapping) or not isinstance(feature.get("geometry"), Mapping):
        raise Refused("geometry", "a feature with a geometry", "")
    told = feature.get("properties")
    properties: Mapping[str, Any] = told if isinstance(told, Mapping) else {}
    try:
        shape = write_shape(shape_of_geojson(feature["geometry"], properties))
    except ValueError as error:
        raise refused_shape(error) from None
    values = {name: properties[name] for name in FIELDS if properties.get(name) not in (None, "")}
    for name in ("valid_from", "valid_to"):
        if name in values:
            values[name] = _instant(name, values[name])
    return {"valid_from": as_of, "kind": RiskArea.Kind.OTHER.value, **values, "shape": shape}


def _instant(field: str, text: Any) -> datetime:
    try:
        found = parse_datetime(str(text))
    except ValueError:
        found = None
    if found is None or found.tzinfo is None:
        raise Refused(field, "an instant with its zone, like 2026-01-31T06:00:00+01:00", text)
    return found


def _written(values: Mapping[str, Any], *, area_id: UUID | None, version: int | None) -> RiskArea:
    if unknown := set(values) - set(FIELDS):
        raise Refused(min(unknown), "a column of a risk area", "")
    row = RiskArea(owner_id=acting_organisation_id())
    if area_id is not None:
        row = _locked(area_id, version)
        row.version += 1
    for name, value in values.items():
        setattr(row, name, value.strip() if isinstance(value, str) else value)
    row.shape = checked_shape(row.shape)
    box = read_shape(row.shape).box
    row.south, row.north, row.west, row.east = box.south, box.north, box.west, box.east
    try:
        row.full_clean(exclude=["owner"], validate_constraints=False)
    except ValidationError as error:
        field, messages = next(iter(error.message_dict.items()))
        raise Refused(field, messages[0].rstrip("."), getattr(row, field, "")) from None
    if row.valid_to is not None and row.valid_to <= row.valid_from:
        raise Refused("valid_to", "an end after the start", row.valid_to)
    if RiskArea.objects.filter(name=row.name).exclude(pk=row.pk).exists():
        raise Refused("name", "a name that no other area of yours has", row.name)
    row.save()
    return row


def _locked(area_id: UUID, version: int | None) -> RiskArea:
    row: RiskArea = RiskArea.objects.select_for_update(of=("self",)).get(pk=area_id)
    if version is not None and version != row.version:
        raise VersionConflict(row.version, version)
    return row


def _tell(keys: Sequence[UUID]) -> None:
    publish(
        RiskAreasChanged(
            change_id=str(uuid7()),
            owner_id=acting_organisation_id(),
            area_ids=[str(key) for key in keys],
        )
    )
