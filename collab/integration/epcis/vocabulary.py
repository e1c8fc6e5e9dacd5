"""The words of the core business vocabulary (CBV 2.0): bare, as URI, as URN.

Inside, a listed word is bare and anything else a full URI; ``uri_of`` writes a word out.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

_URI = re.compile(r"[A-Za-z][A-Za-z0-9+.\-]*:[^\s<>\"{}|\\^`]+")
_CAPITAL = re.compile(r"[A-Z][A-Za-z0-9_]*")


@dataclass(frozen=True, slots=True)
class Vocabulary:
    """A list of words, and what stands before them in a URI and in a URN.

    ``is_open`` takes any bare word that begins with a capital, as sensor types are.
    """

    title: str
    uri: str
    urn: str
    words: frozenset[str]
    is_open: bool = False

    def bare(self, text: str) -> str:
        """Return a word or URI in its canonical form, empty if it is neither."""
        if text in self.words:
            return text
        if ":" not in text:
            return text if self.is_open and _CAPITAL.fullmatch(text) else ""
        for start in (self.uri, self.urn):
            if start and text.startswith(start):
                word = text[len(start) :]
                if word in self.words or (self.is_open and _CAPITAL.fullmatch(word)):
                    return word
        return text if is_uri(text) else ""

    def uri_of(self, word: str) -> str:
        """Return a canonical word as URI."""
        return word if ":" in word or not word else self.uri + word


def is_uri(text: str) -> bool:
    """Say whether text is a URI: a scheme, a colon, something without blanks."""
    return _URI.fullmatch(text) is not None


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


_CBV, _VOC, _URN = "https://ref.gs1.org/cbv/", "https://gs1.org/voc/", "urn:epcglobal:cbv:"

BIZ_STEP: Final = Vocabulary(
    "business step",
    f"{_CBV}BizStep-",
    f"{_URN}bizstep:",
    _words(
        """accepting arriving assembling collecting commissioning consigning
        creating_class_instance cycle_counting decommissioning departing destroying disassembling
        dispensing encoding entering_exiting holding inspecting installing killing loading other
        packing picking receiving removing repackaging repairing replacing reserving retail_selling
        sampling sensor_reporting shipping staging_outbound stock_taking stocking storing
        transporting unloading unpacking void_shipping"""
    ),
)
DISPOSITION: Final = Vocabulary(
    "disposition",
    f"{_CBV}Disp-",
    f"{_URN}disp:",
    _words(
        """active available completeness_inferred completeness_verified conformant container_closed
        container_open damaged destroyed dispensed disposed encoded expired in_progress in_transit
        inactive mismatch_class mismatch_instance mismatch_quantity needs_replacement
        no_pedigree_match non_conformant non_sellable_other partially_dispensed recalled reserved
        retail_sold returned sellable_accessible sellable_not_accessible stolen unavailable
        unknown"""
    ),
)
TRANSACTION: Final = Vocabulary(
    "kind of business transaction",
    f"{_CBV}BTT-",
    f"{_URN}btt:",
    _words("bol cert desadv inv pedigree po poc prodorder recadv rma testprd testres upevt"),
)
PARTY: Final = Vocabulary(
    "kind of source or destination",
    f"{_CBV}SDT-",
    f"{_URN}sdt:",
    _words("owning_party possessing_party location"),
)
REASON: Final = Vocabulary(
    "reason of an error declaration",
    f"{_CBV}ER-",
    f"{_URN}er:",
    _words("did_not_occur incorrect_data"),
)
COMPONENT: Final = Vocabulary(
    "component of a measure",
    f"{_CBV}Comp-",
    "",
    _words(
        """x y z axial_distance azimuth height spherical_radius polar_angle elevation_angle easting
        northing latitude longitude altitude"""
    ),
)
SENSOR_EXCEPTION: Final = Vocabulary(
    "exception of a sensor", _VOC, "", _words("ALARM_CONDITION ERROR_CONDITION")
)
SENSOR_TYPE: Final = Vocabulary("kind of measure", _VOC, "", frozenset(), is_open=True)

OF_FIELD: Final[Mapping[str, Vocabulary]] = {"bizStep": BIZ_STEP, "disposition": DISPOSITION}
