"""What a thing was built from, one level down: io.catenax.single_level_bom_as_built.

Facts of 4.0.0; 3.0.0 is read as well and says ``catenaXId`` where 4.0.0 says ``globalAssetId``.
"""

# ruff: noqa: RUF009 - said() is dataclasses.field with metadata

from dataclasses import dataclass
from datetime import datetime
from typing import Final

from collab.integration.catenax.reading import (
    Kept,
    bpnl,
    identifier,
    instant,
    list_of,
    object_of,
    said,
    yes_no,
)
from collab.integration.catenax.stock_models import Amount


@dataclass(frozen=True, slots=True, kw_only=True)
class BuiltIn(Kept):
    """One thing that was built in; with alternatives it is one of several that may have been."""

    asset_id: str | None = said("globalAssetId", identifier, default=None)
    older_id: str | None = said("catenaXId", identifier, default=None)
    quantity: Amount = said("quantity", object_of(Amount))
    partner: str = said("businessPartner", bpnl)
    has_alternatives: bool = said("hasAlternatives", yes_no)
    created_at: datetime = said("createdOn", instant)
    changed_at: datetime | None = said("lastModifiedOn", instant, default=None)


@dataclass(frozen=True, slots=True, kw_only=True)
class AsBuilt(Kept):
    """A built thing and what is in it."""

    asset_id: str | None = said("globalAssetId", identifier, default=None)
    older_id: str | None = said("catenaXId", identifier, default=None)
    children: tuple[BuiltIn, ...] = said("childItems", list_of(object_of(BuiltIn)))


MODELS: Final[dict[str, type[Kept]]] = {"single_level_bom_as_built": AsBuilt}
"""Name of the aspect model → its class."""


def model_of(document: object) -> str:
    """Return the model if a document is of it by its properties, else an empty text."""
    is_one = isinstance(document, dict) and "childItems" in document
    return "single_level_bom_as_built" if is_one else ""
