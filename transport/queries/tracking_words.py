"""Codes of tracking in the reader's words: colours with their shape, causes, options, parts."""

from collections.abc import Iterable
from dataclasses import dataclass

from django.utils.translation import gettext_lazy as _

from collab.organisations.names import NOBODY, names_of
from transport.models import LoadState
from transport.queries.tracking import TrackedRow
from transport.rules.eta_colour import Colour
from transport.rules.tracking import MissingCause

COLOURS = {
    Colour.ON_TIME.value: _("On time"),
    Colour.LATE.value: _("Late"),
    Colour.CANNOT_MAKE_IT.value: _("Cannot make it"),
    Colour.NO_SIGNAL.value: _("No signal"),
}
TONES = {
    Colour.ON_TIME.value: "ok",
    Colour.LATE.value: "warn",
    Colour.CANNOT_MAKE_IT.value: "crit",
    Colour.NO_SIGNAL.value: "info",
}
CAUSES = {
    MissingCause.CARRIER_NOT_ONBOARDED.value: _("The carrier is not connected"),
    MissingCause.NO_EQUIPMENT_TO_CUSTOMER.value: _("No plate or device was named"),
    MissingCause.NO_EQUIPMENT_TO_PLATFORM.value: _("The plate was not passed on"),
    MissingCause.NEVER_TRACKED.value: _("The device never sent a position"),
    MissingCause.SIGNAL_LOST.value: _("The device fell silent"),
}
ACTIONS = {
    MissingCause.CARRIER_NOT_ONBOARDED.value: _("Invite the carrier, or send the driver a link."),
    MissingCause.NO_EQUIPMENT_TO_CUSTOMER.value: _(
        "Name the licence plate or device of this load."
    ),
    MissingCause.NO_EQUIPMENT_TO_PLATFORM.value: _(
        "Pass on the licence plate or device the carrier named in the order."
    ),
    MissingCause.NEVER_TRACKED.value: _(
        "Check that the telematics account shares this vehicle, or send the driver a link."
    ),
    MissingCause.SIGNAL_LOST.value: _("Call the driver: the device fell silent."),
}
TURNS = {
    MissingCause.CARRIER_NOT_ONBOARDED.value: _("Planner"),
    MissingCause.NO_EQUIPMENT_TO_CUSTOMER.value: _("Carrier"),
    MissingCause.NO_EQUIPMENT_TO_PLATFORM.value: _("Customer"),
    MissingCause.NEVER_TRACKED.value: _("Carrier"),
    MissingCause.SIGNAL_LOST.value: _("Carrier"),
}
OPTIONS = {
    "wait": _("Wait"),
    "re_slot": _("Move the slot"),
    "re_plan": _("Drive here first"),
    "premium": _("Premium freight"),
}
CLOSED = {
    "no_slot": _("There is no slot to move."),
    "place_closed": _("The place has closed by then."),
    "next_already": _("The truck is on its way here already."),
    "goods_not_on_board": _("Other goods must be picked up first."),
    "frozen": _("A stop before it is frozen."),
    "on_board": _("The goods are on the truck."),
    "no_tariff": _("No tariff covers the way."),
}
MILESTONES = {
    "arrived": _("Arrived"),
    "loaded": _("Loaded"),
    "departed": _("Departed"),
    "unloaded": _("Unloaded"),
    "proof_of_delivery": _("Proof of delivery"),
    "tracking_ready": _("Can be followed"),
}
SET_ASIDE = {
    "off_planet": _("Not on this planet"),
    "null_island": _("No fix (0, 0)"),
    "foreign_device": _("No load known for it"),
    "future": _("From the future"),
    "outside_window": _("Outside the tracking window"),
    "impossible_speed": _("Faster than a truck"),
}


@dataclass(frozen=True, slots=True)
class WordedRow:
    """A load under way with everything in words."""

    tracked: TrackedRow
    partner: str
    colour: str
    tone: str
    state: str
    cause: str
    action: str


def worded(rows: Iterable[TrackedRow]) -> list[WordedRow]:
    """Return rows with names and words; one query for the names."""
    found = list(rows)
    names = names_of({row.partner_id for row in found})
    return [
        WordedRow(
            tracked=row,
            partner=names.get(row.partner_id, NOBODY).short,
            colour=str(COLOURS[row.progress]),
            tone=TONES[row.progress],
            state=str(LoadState(row.state).label),
            cause=str(CAUSES.get(row.missing_cause, "")),
            action=str(ACTIONS.get(row.missing_cause, "")),
        )
        for row in found
    ]
