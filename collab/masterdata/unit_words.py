"""What people read instead of a unit's code: ``pcs`` for ``H87``; files and APIs keep the code."""

from collections.abc import Mapping
from types import MappingProxyType

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from collab.masterdata.rules.units import canonical_unit

_WORDS: Mapping[str, str | Promise] = MappingProxyType(
    {
        "H87": _("pcs"),
        "C62": _("units"),
        "DZN": _("dozen"),
        "CEN": _("hundred"),
        "MIL": _("thousand"),
        "PR": _("pairs"),
        "SET": _("sets"),
        "KGM": "kg",
        "GRM": "g",
        "MGM": "mg",
        "TNE": "t",
        "LBR": "lb",
        "ONZ": "oz",
        "STN": "tn sh",
        "MTR": "m",
        "MMT": "mm",
        "CMT": "cm",
        "KMT": "km",
        "INH": "in",
        "FOT": "ft",
        "YRD": "yd",
        "MTK": "m²",
        "CMK": "cm²",
        "INK": "in²",
        "FTK": "ft²",
        "YDK": "yd²",
        "LTR": "l",
        "MLT": "ml",
        "HLT": "hl",
        "CMQ": "cm³",
        "MTQ": "m³",
        "INQ": "in³",
        "FTQ": "ft³",
        "YDQ": "yd³",
        "SEC": "s",
        "MIN": "min",
        "HUR": "h",
        "DAY": "d",
        "KWH": "kWh",
    }
)
"""Symbols as UN/ECE Recommendation 20 lists them; words where it has none."""


def unit_word(code: str) -> str:
    """Return the unit's symbol or word in the reader's language; an unknown code as it is.

    Examples
    --------
    >>> unit_word("KGM"), unit_word("ZZZ")
    ('kg', 'ZZZ')
    """
    try:
        return str(_WORDS[canonical_unit(code).code])
    except ValueError:
        return code
