"""What a part instance or a batch is: io.catenax.serial_part and io.catenax.batch.

Facts of 4.0.0; 3.0.0 is read as well and says ``catenaXId`` where 4.0.0 says ``globalAssetId``. Of
all that a document says, what tells which thing it is about is read, and the rest kept aside.
"""

# ruff: noqa: RUF009 - said() is dataclasses.field with metadata

from dataclasses import dataclass
from datetime import date
from typing import Any, Final

from collab.integration.catenax.reading import (
    Kept,
    Notes,
    day,
    identifier,
    instant,
    list_of,
    object_of,
    said,
    text_up_to,
)

SERIAL_KEY, BATCH_KEY, MAKER_KEY = "partInstanceId", "batchId", "manufacturerId"
SEQUENCE_KEY = "jisNumber"
LONGEST: Final = 250


@dataclass(frozen=True, slots=True, kw_only=True)
class LocalIdentifier(Kept):
    """One name of the thing where it was made; ``key`` says which."""

    key: str = said("key", text_up_to(LONGEST))
    value: str = said("value", text_up_to(LONGEST))


@dataclass(frozen=True, slots=True, kw_only=True)
class PartType(Kept):
    """What the thing is one of, by the numbers of its maker and its customer."""

    maker_part: str = said("manufacturerPartId", text_up_to(LONGEST))
    customer_part: str | None = said("customerPartId", text_up_to(LONGEST), default=None)


def day_or_instant(value: Any, path: str, notes: Notes) -> Any:
    """Read a day, as 4.0.0 says it, or an instant with its offset, as 3.0.0 does."""
    is_instant = isinstance(value, str) and "T" in value
    return (instant if is_instant else day)(value, path, notes)


@dataclass(frozen=True, slots=True, kw_only=True)
class Manufacturing(Kept):
    """When the thing was made; where, is kept aside."""

    made_on: date | None = said("date", day_or_instant, default=None)


@dataclass(frozen=True, slots=True, kw_only=True)
class Instance(Kept):
    """One serialised part, or one batch."""

    asset_id: str | None = said("globalAssetId", identifier, default=None)
    older_id: str | None = said("catenaXId", identifier, default=None)
    local_ids: tuple[LocalIdentifier, ...] = said(
        "localIdentifiers", list_of(object_of(LocalIdentifier))
    )
    part_type: PartType = said("partTypeInformation", object_of(PartType))
    made: Manufacturing | None = said(
        "manufacturingInformation", object_of(Manufacturing), default=None
    )

    def local(self, key: str) -> str:
        """Return the local identifier of that key; empty if there is none, or several."""
        found = {each.value for each in self.local_ids if each.key == key}
        return found.pop() if len(found) == 1 else ""


MODELS: Final[dict[str, type[Kept]]] = {"serial_part": Instance, "batch": Instance}
"""Name of the aspect model → its class."""


def model_of(document: object) -> str:
    """Return the model if a document is of one by its properties, else an empty text."""
    if not isinstance(document, dict) or "localIdentifiers" not in document:
        return ""
    told = document["localIdentifiers"]
    items = told if isinstance(told, list) else []
    keys = {each.get("key") for each in items if isinstance(each, dict)}
    if SEQUENCE_KEY in keys:  # a just-in-sequence part looks like both, and is neither
        return ""
    return "batch" if BATCH_KEY in keys and SERIAL_KEY not in keys else "serial_part"
