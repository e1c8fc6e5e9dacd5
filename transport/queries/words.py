"""Codes of transport in the reader's words."""

from django.utils.translation import gettext_lazy as _

NOTICES = {
    "order_planned": _("Transport planned"),
    "order_cancelled": _("Transport cancelled"),
    "load_tendered": _("Offered to a carrier"),
    "tender_expiring": _("The offer ends soon"),
    "tender_accepted": _("Carrier accepted"),
    "tender_rejected": _("Carrier declined"),
    "tender_exhausted": _("No carrier took it"),
    "carrier_changed": _("Carrier changed"),
    "slot_booked": _("Slot booked"),
    "slot_reopened": _("Slot open again"),
    "stop_added": _("Stop added"),
    "stop_removed": _("Stop removed"),
    "stop_moved": _("Stop at another time"),
    "tracking_started": _("Tracking began"),
    "tracking_lost": _("Tracking lost"),
    "arrived_at_pickup": _("Arrived at the pick-up"),
    "departed_pickup": _("Left the pick-up"),
    "arrived_at_cross_dock": _("Arrived at the cross-dock"),
    "departed_cross_dock": _("Left the cross-dock"),
    "eta_revised": _("New expected arrival"),
    "cannot_make_appointment": _("Cannot make the appointment"),
    "arrived_at_destination": _("Arrived at the destination"),
    "unloaded": _("Unloaded"),
    "proof_of_delivery": _("Proof of delivery"),
    "load_settled": _("Settled"),
}
"""Every code of ``rules.states.LOAD_EVENTS``; a test compares them."""
DIMENSIONS = {
    "kg": _("Weight"),
    "m3": _("Volume"),
    "pallets": _("Pallet places"),
    "ldm": _("Load metres"),
}
UNITS = {"kg": "kg", "m3": "m³", "pallets": "", "ldm": "m"}
