"""An as-built document as links between things: what its schema cannot say, and plain facts."""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from collab.integration.catenax.as_built import AsBuilt, BuiltIn
from collab.integration.inbox.findings import Finding, MessageRefused
from forecasting.messages.catenax import unit_code


@dataclass(frozen=True, slots=True)
class Component:
    """A thing that is in another: ``quantity`` in ``unit`` (Rec 20), as stated at ``at``."""

    thing: str
    quantity: Decimal
    unit: str
    at: datetime


def built_of(aspect: AsBuilt) -> tuple[str, tuple[Component, ...]]:
    """Return the built thing and its components, as ``urn:uuid:`` names.

    A thing that names itself as its part, as the published sample of 3.0.0 does, is left out.
    Raises ``MessageRefused`` where a thing has no identifier, or two.
    """
    notes: list[Finding] = []
    parent = _name(aspect, "", notes)
    children = [
        (_name(each, f"/childItems/{place}", notes), each)
        for place, each in enumerate(aspect.children)
    ]
    if notes:
        raise MessageRefused(notes)
    return parent, tuple(
        Component(
            thing=name,
            quantity=each.quantity.value,
            unit=unit_code(each.quantity.unit),
            at=each.changed_at or each.created_at,
        )
        for name, each in children
        if name != parent
    )


def _name(each: AsBuilt | BuiltIn, path: str, notes: list[Finding]) -> str:
    given = [told for told in (each.asset_id, each.older_id) if told]
    if len(given) != 1:
        expected = "globalAssetId, or catenaXId in version 3.0.0"
        notes.append(
            Finding(code="identifier", expected=expected, found=", ".join(given), path=path or "/")
        )
        return ""
    return f"urn:uuid:{given[0].removeprefix('urn:uuid:').lower()}"
