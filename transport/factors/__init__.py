"""Emission factors that come with the platform: data with source and edition, never code.

The default set is the UK table of 2012, the last one that gives tank-to-wheel and well-to-wheel
per vehicle class. Rows marked ``verified: false`` were quoted by others than their source. Factors
under other licences (GLEC) are loaded by the organisation that holds them.
"""

import json
from functools import cache
from importlib.resources import files

from transport.rules.emissions import Factor
from transport.rules.factors import factor_from_row


@cache
def shipped() -> tuple[Factor, ...]:
    """Return all shipped rows in file order; read once."""
    text = files(__package__).joinpath("default.json").read_text(encoding="utf-8")
    return tuple(factor_from_row(row, is_own=False) for row in json.loads(text)["factors"])
