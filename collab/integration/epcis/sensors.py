"""Sensor elements of a tracking event: which fields there are and how each is read."""

from collections.abc import Callable, Mapping
from typing import Any, Final

from collab.integration.epcis import fields
from collab.integration.epcis.contexts import Context
from collab.integration.epcis.faults import Wrong
from collab.integration.epcis.model import SensorElement, SensorMetadata, SensorReport
from collab.integration.epcis.vocabulary import COMPONENT, SENSOR_EXCEPTION, SENSOR_TYPE

Reader = Callable[[Any, str, Context], Any]


def _plain(read: Callable[[Any, str], Any]) -> Reader:
    return lambda value, path, _context: read(value, path)


def _word(vocabulary: Any) -> Reader:
    def read(value: Any, path: str, context: Context) -> str:
        return fields.word(value, path, vocabulary, context)

    return read


_time, _number, _uri = _plain(fields.instant), _plain(fields.number), fields.identifier

METADATA: Final[Mapping[str, tuple[str, Reader]]] = {
    "time": ("time", _time),
    "startTime": ("start_time", _time),
    "endTime": ("end_time", _time),
    "deviceID": ("device_id", _uri),
    "deviceMetadata": ("device_metadata", _uri),
    "rawData": ("raw_data", _uri),
    "dataProcessingMethod": ("data_processing_method", _uri),
    "bizRules": ("biz_rules", _uri),
}
"""JSON name, attribute and reader, in the order of the event hash."""

REPORT: Final[Mapping[str, tuple[str, Reader]]] = {
    "type": ("kind", _word(SENSOR_TYPE)),
    "exception": ("exception", _word(SENSOR_EXCEPTION)),
    "deviceID": ("device_id", _uri),
    "deviceMetadata": ("device_metadata", _uri),
    "rawData": ("raw_data", _uri),
    "dataProcessingMethod": ("data_processing_method", _uri),
    "bizRules": ("biz_rules", _uri),
    "time": ("time", _time),
    "microorganism": ("microorganism", _uri),
    "chemicalSubstance": ("chemical_substance", _uri),
    "value": ("value", _number),
    "component": ("component", _word(COMPONENT)),
    "stringValue": ("string_value", _plain(fields.text)),
    "booleanValue": ("boolean_value", _plain(fields.yes_no)),
    "hexBinaryValue": ("hex_binary_value", _plain(fields.hexadecimal)),
    "uriValue": ("uri_value", _uri),
    "minValue": ("min_value", _number),
    "maxValue": ("max_value", _number),
    "meanValue": ("mean_value", _number),
    "sDev": ("s_dev", _number),
    "percRank": ("perc_rank", _number),
    "percValue": ("perc_value", _number),
    "uom": ("uom", _plain(fields.unit)),
    "coordinateReferenceSystem": ("coordinate_reference_system", _uri),
}
"""As ``METADATA``, for one sensor report."""


def sensor_elements(value: Any, path: str, context: Context) -> tuple[SensorElement, ...]:
    """Read the list of sensor elements of an event."""
    return tuple(
        _element(each, f"{path}.{place}", context)
        for place, each in enumerate(fields.listed(value, path))
    )


def _element(value: Any, path: str, context: Context) -> SensorElement:
    found = fields.mapped(value, path)
    metadata = None
    if "sensorMetadata" in found:
        at = f"{path}.sensorMetadata"
        metadata = SensorMetadata(**_read(found["sensorMetadata"], at, context, METADATA))
    at = f"{path}.sensorReport"
    if not found.get("sensorReport"):
        raise Wrong(at, "at least one sensor report")
    reports = tuple(
        _report(each, f"{at}.{place}", context)
        for place, each in enumerate(fields.listed(found["sensorReport"], at))
    )
    rest = [
        (key, inner)
        for key, inner in found.items()
        if key not in {"sensorMetadata", "sensorReport"}
    ]
    return SensorElement(
        reports=reports,
        metadata=metadata,
        extras=fields.extras(rest, path, context),
    )


def _report(value: Any, path: str, context: Context) -> SensorReport:
    report = SensorReport(**_read(value, path, context, REPORT))
    if not report.kind and not report.exception:
        raise Wrong(f"{path}.type", "what is measured, unless an exception is reported")
    return report


def _read(
    value: Any, path: str, context: Context, known: Mapping[str, tuple[str, Reader]]
) -> dict[str, Any]:
    made: dict[str, Any] = {}
    rest = []
    for key, inner in fields.mapped(value, path).items():
        if key in known:
            attribute, read = known[key]
            made[attribute] = read(inner, f"{path}.{key}", context)
        else:
            rest.append((key, inner))
    if rest:
        made["extras"] = fields.extras(rest, path, context)
    return made
