"""Units of measure as UN/ECE Recommendation 20 codes, and exact conversion between them."""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from types import MappingProxyType


class Dimension(StrEnum):
    """What a unit measures; nothing converts from one dimension to another by itself."""

    COUNT = "count"
    MASS = "mass"
    LENGTH = "length"
    AREA = "area"
    VOLUME = "volume"
    TIME = "time"
    ENERGY = "energy"
    PAIR = "pair"
    SET = "set"


@dataclass(frozen=True, slots=True)
class Unit:
    """A canonical unit: one of it is ``factor`` of its dimension's base unit, exactly.

    Base units: H87 piece, KGM, MTR, MTK, LTR, SEC, KWH, PR, SET.
    """

    code: str
    name: str
    dimension: Dimension
    factor: Decimal


_UNITS = (
    Unit("H87", "piece", Dimension.COUNT, Decimal(1)),
    Unit("C62", "one", Dimension.COUNT, Decimal(1)),
    Unit("DZN", "dozen", Dimension.COUNT, Decimal(12)),
    Unit("CEN", "hundred", Dimension.COUNT, Decimal(100)),
    Unit("MIL", "thousand", Dimension.COUNT, Decimal(1000)),
    Unit("KGM", "kilogram", Dimension.MASS, Decimal(1)),
    Unit("GRM", "gram", Dimension.MASS, Decimal("0.001")),
    Unit("MGM", "milligram", Dimension.MASS, Decimal("0.000001")),
    Unit("TNE", "tonne", Dimension.MASS, Decimal(1000)),
    Unit("LBR", "pound", Dimension.MASS, Decimal("0.45359237")),
    Unit("ONZ", "ounce", Dimension.MASS, Decimal("0.028349523125")),
    Unit("STN", "short ton", Dimension.MASS, Decimal("907.18474")),
    Unit("MTR", "metre", Dimension.LENGTH, Decimal(1)),
    Unit("MMT", "millimetre", Dimension.LENGTH, Decimal("0.001")),
    Unit("CMT", "centimetre", Dimension.LENGTH, Decimal("0.01")),
    Unit("KMT", "kilometre", Dimension.LENGTH, Decimal(1000)),
    Unit("INH", "inch", Dimension.LENGTH, Decimal("0.0254")),
    Unit("FOT", "foot", Dimension.LENGTH, Decimal("0.3048")),
    Unit("YRD", "yard", Dimension.LENGTH, Decimal("0.9144")),
    Unit("MTK", "square metre", Dimension.AREA, Decimal(1)),
    Unit("CMK", "square centimetre", Dimension.AREA, Decimal("0.0001")),
    Unit("INK", "square inch", Dimension.AREA, Decimal("0.00064516")),
    Unit("FTK", "square foot", Dimension.AREA, Decimal("0.09290304")),
    Unit("YDK", "square yard", Dimension.AREA, Decimal("0.83612736")),
    Unit("LTR", "litre", Dimension.VOLUME, Decimal(1)),
    Unit("MLT", "millilitre", Dimension.VOLUME, Decimal("0.001")),
    Unit("HLT", "hectolitre", Dimension.VOLUME, Decimal(100)),
    Unit("CMQ", "cubic centimetre", Dimension.VOLUME, Decimal("0.001")),
    Unit("MTQ", "cubic metre", Dimension.VOLUME, Decimal(1000)),
    Unit("INQ", "cubic inch", Dimension.VOLUME, Decimal("0.016387064")),
    Unit("FTQ", "cubic foot", Dimension.VOLUME, Decimal("28.316846592")),
    Unit("YDQ", "cubic yard", Dimension.VOLUME, Decimal("764.554857984")),
    Unit("SEC", "second", Dimension.TIME, Decimal(1)),
    Unit("MIN", "minute", Dimension.TIME, Decimal(60)),
    Unit("HUR", "hour", Dimension.TIME, Decimal(3600)),
    Unit("DAY", "day", Dimension.TIME, Decimal(86400)),
    Unit("KWH", "kilowatt hour", Dimension.ENERGY, Decimal(1)),
    Unit("PR", "pair", Dimension.PAIR, Decimal(1)),
    Unit("SET", "set", Dimension.SET, Decimal(1)),
)
CANONICAL_UNITS: Mapping[str, Unit] = MappingProxyType({unit.code: unit for unit in _UNITS})

ALIASES: Mapping[str, str] = MappingProxyType(
    {
        "PCE": "H87",
        "PC": "H87",
        "PCS": "H87",
        "EA": "H87",
        "unit:piece": "H87",
        "KG": "KGM",
        "unit:kilogram": "KGM",
        "G": "GRM",
        "unit:gram": "GRM",
        "unit:tonneMetricTon": "TNE",
        "LB": "LBR",
        "unit:pound": "LBR",
        "unit:ounceAvoirdupois": "ONZ",
        "unit:tonUsOrShortTonUkorus": "STN",
        "unit:metre": "MTR",
        "unit:centimetre": "CMT",
        "unit:kilometre": "KMT",
        "unit:inch": "INH",
        "unit:foot": "FOT",
        "unit:yard": "YRD",
        "unit:squareMetre": "MTK",
        "unit:squareCentimetre": "CMK",
        "unit:squareInch": "INK",
        "unit:squareFoot": "FTK",
        "unit:squareYard": "YDK",
        "unit:litre": "LTR",
        "unit:millilitre": "MLT",
        "unit:hectolitre": "HLT",
        "unit:cubicCentimetre": "CMQ",
        "unit:cubicMetre": "MTQ",
        "unit:cubicInch": "INQ",
        "unit:cubicFoot": "FTQ",
        "unit:cubicYard": "YDQ",
        "unit:secondUnitOfTime": "SEC",
        "unit:minuteUnitOfTime": "MIN",
        "unit:hourUnitOfTime": "HUR",
        "unit:day": "DAY",
        "unit:kilowattHour": "KWH",
        "unit:pair": "PR",
        "unit:set": "SET",
    }
)


def canonical_unit(code: str) -> Unit:
    """Return the canonical unit behind ``code``: a Rec 20 code, an alias or a Catena-X name.

    Codes compare in capitals; names with ``unit:`` as written. Raises ``ValueError`` for
    an unknown code: a unit is never guessed.

    Examples
    --------
    >>> canonical_unit("PCE").code
    'H87'
    """
    written = code.strip()
    sought = written if written.startswith("unit:") else written.upper()
    unit = CANONICAL_UNITS.get(ALIASES.get(sought, sought))
    if unit is None:
        raise ValueError(f"expected a UN/ECE Rec 20 unit that is known here, got {code!r}")
    return unit


def convert(
    quantity: Decimal,
    from_unit: str,
    to_unit: str,
    *,
    part_factors: Mapping[str, Decimal] | None = None,
    base_unit: str | None = None,
) -> Decimal:
    """Return ``quantity`` of ``from_unit`` in ``to_unit``.

    Parameters
    ----------
    quantity
        Finite quantity in ``from_unit``.
    from_unit, to_unit
        Codes or aliases.
    part_factors
        For units that only this part can translate: how many ``base_unit`` one of the
        unit holds, > 0. Keys are codes or aliases.
    base_unit
        Base unit of the part; needed with ``part_factors``.

    Raises
    ------
    ValueError
        If a unit is unknown, a factor is not > 0, or the dimension would change and no
        factor of the part bridges it.

    Examples
    --------
    >>> convert(Decimal(1500), "GRM", "unit:kilogram")
    Decimal('1.500')
    >>> convert(Decimal(2), "SET", "PCE", part_factors={"SET": Decimal(4)}, base_unit="PCE")
    Decimal('8')
    """
    if not quantity.is_finite():
        raise ValueError(f"expected a finite quantity, got {quantity}")
    source, target = canonical_unit(from_unit), canonical_unit(to_unit)
    if source.dimension is target.dimension:
        return _rescale(quantity, source, target)

    base = canonical_unit(base_unit) if base_unit is not None else None
    factors = _part_factors(part_factors or {})
    if base is not None and source.code in factors:
        quantity, source = quantity * factors[source.code], base
    if base is not None and target.code in factors and source.dimension is base.dimension:
        return _rescale(quantity, source, base) / factors[target.code]
    if source.dimension is not target.dimension:
        raise ValueError(
            f"expected a unit of {target.dimension} to convert to {target.code}, "
            f"got {from_unit!r}, a unit of {canonical_unit(from_unit).dimension}"
        )
    return _rescale(quantity, source, target)


def _rescale(quantity: Decimal, source: Unit, target: Unit) -> Decimal:
    """Convert inside one dimension; the same unit returns the quantity untouched."""
    if source.factor == target.factor:
        return quantity
    return quantity * source.factor / target.factor


def _part_factors(factors: Mapping[str, Decimal]) -> dict[str, Decimal]:
    for code, factor in factors.items():
        if not factor.is_finite() or factor <= 0:
            raise ValueError(f"expected a finite factor > 0 for {code}, got {factor}")
    return {canonical_unit(code).code: factor for code, factor in factors.items()}
