"""Tracking in words: business steps, dispositions, identifiers."""

import re
from typing import Final
from urllib.parse import unquote

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from inventory.rules.unit_names import PLATE_URN

STEPS: Final[dict[str, Promise]] = {
    "accepting": _("Accepted"),
    "arriving": _("Arrived"),
    "assembling": _("Assembled"),
    "collecting": _("Collected"),
    "commissioning": _("Put into use"),
    "consigning": _("Handed over"),
    "cycle_counting": _("Counted"),
    "decommissioning": _("Taken out of use"),
    "departing": _("Departed"),
    "destroying": _("Destroyed"),
    "disassembling": _("Taken apart"),
    "holding": _("On hold"),
    "inspecting": _("Inspected"),
    "installing": _("Installed"),
    "loading": _("Loaded"),
    "packing": _("Packed"),
    "picking": _("Picked"),
    "receiving": pgettext_lazy("step", "Received"),
    "removing": _("Removed"),
    "repackaging": _("Repacked"),
    "repairing": _("Repaired"),
    "replacing": _("Replaced"),
    "reserving": _("Reserved"),
    "returning": _("Returned"),
    "sensor_reporting": _("Measured"),
    "shipping": pgettext_lazy("step", "Shipped"),
    "staging_outbound": _("Staged"),
    "stocking": _("Put on stock"),
    "storing": _("Stored"),
    "transporting": _("On the way"),
    "unloading": _("Unloaded"),
    "unpacking": _("Unpacked"),
    "void_shipping": _("Shipping taken back"),
}
DISPOSITIONS: Final[dict[str, Promise]] = {
    "active": _("In use"),
    "container_closed": _("Container closed"),
    "container_open": _("Container open"),
    "conformant": _("Conformant"),
    "non_conformant": _("Not conformant"),
    "damaged": _("Damaged"),
    "destroyed": _("Destroyed"),
    "disposed": _("Disposed of"),
    "encoded": _("Labelled"),
    "inactive": _("Not in use"),
    "in_progress": _("In progress"),
    "in_transit": _("In transit"),
    "needs_replacement": _("Needs replacement"),
    "recalled": _("Recalled"),
    "reserved": _("Reserved"),
    "returned": _("Returned"),
    "sellable_accessible": _("Available"),
    "sellable_not_accessible": _("Available, not at hand"),
    "stolen": _("Stolen"),
    "unavailable": _("Not available"),
    "unknown": _("Unknown"),
}
KINDS: Final[dict[str, Promise]] = {
    "ObjectEvent": _("Seen"),
    "AggregationEvent": _("Packing"),
    "TransactionEvent": _("Document"),
    "TransformationEvent": _("Made into something else"),
    "AssociationEvent": _("Mounted"),
}
_KEYS: Final = {
    "00": "SSCC", "01": "GTIN", "253": "GDTI", "414": "GLN", "417": "GLN", "8003": "GRAI",
    "8004": "GIAI", "8006": "ITIP", "8010": "CPI",
}  # fmt: skip
_LINK = re.compile(r"https://id\.gs1\.org/(\d+)/([^/]+)(?:/(\d+)/([^/]+))?")
_TONES: Final = {
    "in_transit": "info",
    "damaged": "crit",
    "non_conformant": "crit",
    "recalled": "crit",
    "stolen": "crit",
    "needs_replacement": "warn",
    "unavailable": "warn",
    "destroyed": "done",
    "disposed": "done",
    "inactive": "done",
}


def step_label(word: str) -> str:
    """Return a business step in words; a word of somebody's own as it is."""
    return _label(STEPS, word)


def disposition_label(word: str) -> str:
    """Return a disposition in words."""
    return _label(DISPOSITIONS, word)


def disposition_tone(word: str) -> str:
    """Return the tone of a disposition's pill."""
    return _TONES.get(word, "brand" if word else "")


def kind_label(kind: str) -> str:
    """Return a kind of event in words."""
    return _label(KINDS, kind)


def key_kind(thing: str) -> str:
    """Return which GS1 key an identifier is (``SSCC``), empty for any other."""
    found = _LINK.fullmatch(thing)
    return _KEYS.get(found[1], "") if found else ""


def short(thing: str) -> str:
    """Return an identifier as people say it: the value of its key, with serial or lot."""
    found = _LINK.fullmatch(thing)
    if found is None:
        last = thing.removeprefix(PLATE_URN)
        return unquote(last.rpartition("/")[2] or last)
    return " · ".join(unquote(part) for part in (found[2], found[4]) if part)


def _label(words: dict[str, Promise], word: str) -> str:
    if word in words:
        return str(words[word])
    return word.rpartition("/")[2].rpartition("}")[2].replace("_", " ").capitalize()
