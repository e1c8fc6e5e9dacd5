"""Columns as the viewer's grants show them; the plain column where nothing is hidden."""

from typing import Any

from django.db.models import F, Field, ForeignKey
from django.db.models.base import Model
from django.utils.translation import gettext_lazy as _

from collab.organisations.context import acting_organisation_id
from collab.sharing.queries import fields_for, visible_fields
from collab.sharing.walls import topic_of
from collab.work.fields import seen
from transport.models import LoadState

STATE_TONES = {
    LoadState.DRAFT.value: "done",
    LoadState.PLANNED.value: "info",
    LoadState.TENDERED.value: "info",
    LoadState.ACCEPTED.value: "info",
    LoadState.REJECTED.value: "crit",
    LoadState.SLOT_BOOKED.value: "info",
    LoadState.AT_PICKUP.value: "brand",
    LoadState.IN_TRANSIT.value: "brand",
    LoadState.AT_CROSS_DOCK.value: "brand",
    LoadState.ARRIVED.value: "ok",
    LoadState.UNLOADED.value: "ok",
    LoadState.PROOF_OF_DELIVERY.value: "ok",
    LoadState.SETTLED.value: "done",
    LoadState.CANCELLED.value: "done",
}
PROGRESS = {
    "on_time": (_("On time"), "ok"),
    "late": (_("Late"), "warn"),
    "cannot_make_it": (_("Cannot make it"), "crit"),
    "no_signal": (_("No signal"), "info"),
}
"""Words and tone of what is known about arriving in time (TR-13)."""
ACTIVE = tuple(
    state.value
    for state in LoadState
    if state not in {LoadState.DRAFT, LoadState.SETTLED, LoadState.CANCELLED}
)
ON_THE_ROAD = ("at_pickup", "in_transit", "at_cross_dock", "arrived")
BEFORE_ROAD = ("draft", "planned", "tendered", "accepted", "rejected", "slot_booked")
DELIVERED = ("unloaded", "proof_of_delivery", "settled")


def column(model: type[Model], name: str) -> Any:
    """Return what lists may filter and sort by: the column, or NULL where a grant hides it."""
    topic = topic_of(model)
    if all(fields is None for fields in visible_fields(topic).values()):
        return F(name)
    field: Field[Any, Any] = model._meta.get_field(name)  # type: ignore[assignment]
    kept = field.target_field if isinstance(field, ForeignKey) else field
    return seen(topic, name, kept)


def visible(row: Any, names: tuple[str, ...]) -> dict[str, Any]:
    """Return the values of a row that the viewer may see."""
    allowed = fields_for(topic_of(type(row)), row.owner_id, row.counterparty_id)
    return {name: getattr(row, name) for name in names if allowed is None or name in allowed}


def may_see(row: Any, name: str) -> bool:
    """Say whether a grant opens one field of a row."""
    allowed = fields_for(topic_of(type(row)), row.owner_id, row.counterparty_id)
    return allowed is None or name in allowed


def is_own(row: Any) -> bool:
    """Say whether the row belongs to whoever is acting."""
    owner: int = row.owner_id
    return owner == acting_organisation_id()
