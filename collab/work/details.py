"""What an area adds to the pane of an exception about its kind of object.

Only the owner of the alert gets it: what can be done, and what it costs, is the owner's business.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any
from uuid import UUID

Values = Callable[[UUID], dict[str, Any] | None]

_details: dict[str, tuple[str, Values]] = {}


@dataclass(frozen=True, slots=True)
class Detail:
    """A template and the values it is drawn with."""

    template: str
    values: dict[str, Any]


def explain_kind(object_kind: str, template: str, values: Values) -> None:
    """Draw ``template`` for alerts about ``object_kind``; ``values`` may return ``None``."""
    _details[object_kind] = (template, values)


def detail_of(object_kind: str, object_id: UUID | None) -> Detail | None:
    """Return what is to be drawn for one object; ``None`` where there is nothing."""
    if object_id is None or object_kind not in _details:
        return None
    template, values = _details[object_kind]
    found = values(object_id)
    return None if found is None else Detail(template, found)
