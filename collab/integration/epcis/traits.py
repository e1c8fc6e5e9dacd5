"""What an event can be asked for beside its things, places and times: flat marks, for a filter."""

from collections.abc import Iterator
from decimal import Decimal
from typing import Any

from collab.integration.epcis.canonical import number_text
from collab.integration.epcis.model import Extras, TrackingFacts

LONGEST = 400


def traits_of(facts: TrackingFacts) -> tuple[str, ...]:
    """Return the marks of an event, sorted, each once.

    ``transaction:desadv|urn:…``, ``source:owning_party|https://…``, ``destination:…``,
    ``set:recalled``, ``unset:…``, ``reason:incorrect_data``, ``corrective:ni:///…``,
    ``sensor:Temperature``, ``device:https://…``, and for the extension fields at the top of the
    event ``field:{ns}name`` and ``field:{ns}name=value``; of master data ``ilmd:{ns}name``.
    """
    return tuple(sorted({mark[:LONGEST] for mark in _marks(facts)}))


def _marks(facts: TrackingFacts) -> Iterator[str]:
    for title, listed in (
        ("transaction", facts.biz_transactions),
        ("source", facts.sources),
        ("destination", facts.destinations),
    ):
        for each in listed:
            yield f"{title}:{each.kind}|{each.value}"
    yield from (f"set:{word}" for word in facts.persistent_set)
    yield from (f"unset:{word}" for word in facts.persistent_unset)
    if facts.error is not None:
        yield f"reason:{facts.error.reason}"
        yield from (f"corrective:{each}" for each in facts.error.corrective_event_ids)
    if facts.sensor_elements:
        yield from _of_sensors(facts)
    for title, extras in (("field", facts.extras), ("ilmd", facts.ilmd)):
        yield from _of_extras(title, extras)


def _of_extras(title: str, extras: Extras) -> Iterator[str]:
    for name, value in extras.items():
        yield f"{title}:{name}"
        for each in value if isinstance(value, list) else [value]:
            if isinstance(each, str | int | float | Decimal):
                yield f"{title}:{name}={_text(each)}"


def _of_sensors(facts: TrackingFacts) -> Iterator[str]:
    for element in facts.sensor_elements:
        if element.metadata is not None and element.metadata.device_id:
            yield f"device:{element.metadata.device_id}"
        for report in element.reports:
            if report.kind:
                yield f"sensor:{report.kind}"
            if report.exception:
                yield f"alarm:{report.exception}"
            if report.device_id:
                yield f"device:{report.device_id}"


def _text(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, Decimal | int | float):
        return number_text(value)
    return str(value).strip()
