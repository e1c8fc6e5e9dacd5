"""How full a load is, what limits it, and how goods stand on the floor (TR-07)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from decimal import ROUND_CEILING, Decimal
from enum import StrEnum
from types import MappingProxyType

ZERO = Decimal(0)
INSIDE_WIDTH_M = Decimal("2.4")
CONSOLIDATE_BELOW = Decimal("0.70")


class Dimension(StrEnum):
    """What can run out on a truck."""

    KG = "kg"
    M3 = "m3"
    PALLETS = "pallets"
    LDM = "ldm"


@dataclass(frozen=True, slots=True, kw_only=True)
class Amounts:
    """Weight [kg], volume [m3], pallets [on the floor or in all, as agreed] and load metres [m].

    Each is finite and >= 0, or ``ValueError`` is raised.
    """

    kg: Decimal = ZERO
    m3: Decimal = ZERO
    pallets: Decimal = ZERO
    ldm: Decimal = ZERO

    def __post_init__(self) -> None:
        for each in fields(self):
            value = getattr(self, each.name)
            if not value.is_finite() or value < 0:
                raise ValueError(f"expected {each.name} >= 0, got {value}")

    def __add__(self, other: "Amounts") -> "Amounts":
        return Amounts(
            kg=self.kg + other.kg,
            m3=self.m3 + other.m3,
            pallets=self.pallets + other.pallets,
            ldm=self.ldm + other.ldm,
        )

    def of(self, dimension: Dimension) -> Decimal:
        """Return the amount in one dimension."""
        value: Decimal = getattr(self, dimension.value)
        return value


@dataclass(frozen=True, slots=True, kw_only=True)
class Capacity:
    """What a vehicle takes; ``None`` = not limited in that dimension. Each limit > 0."""

    kg: Decimal | None = None
    m3: Decimal | None = None
    pallets: Decimal | None = None
    ldm: Decimal | None = None

    def __post_init__(self) -> None:
        limits = [(each.name, getattr(self, each.name)) for each in fields(self)]
        for name, limit in limits:
            if limit is not None and (not limit.is_finite() or limit <= 0):
                raise ValueError(f"expected a capacity in {name} > 0 or none, got {limit}")
        if all(limit is None for _name, limit in limits):
            raise ValueError("expected a capacity in at least one dimension, got none")

    def of(self, dimension: Dimension) -> Decimal | None:
        """Return the limit in one dimension, ``None`` = not limited."""
        limit: Decimal | None = getattr(self, dimension.value)
        return limit


@dataclass(frozen=True, slots=True)
class Fill:
    """How full a load is: ``share`` (1 = full, > 1 = overloaded) in its ``limiting`` dimension.

    ``shares`` holds the share of every limited dimension in the order of ``Dimension``.
    """

    share: Decimal
    limiting: Dimension
    shares: tuple[tuple[Dimension, Decimal], ...]

    @property
    def is_overloaded(self) -> bool:
        """True if it does not fit in at least one dimension."""
        return self.share > 1


def fill(used: Amounts, capacity: Capacity) -> Fill:
    """Return the greatest share used ÷ capacity over weight, volume, pallets and load metres.

    At equal shares the first of kg, m3, pallets, ldm is named.

    Examples
    --------
    >>> truck = Capacity(kg=Decimal(24000), ldm=Decimal("13.6"))
    >>> fill(Amounts(kg=Decimal(6000), ldm=Decimal("10.2")), truck).limiting.value
    'ldm'
    """
    shares = tuple(
        (each, used.of(each) / limit)
        for each in Dimension
        if (limit := capacity.of(each)) is not None
    )
    limiting, share = max(shares, key=lambda pair: pair[1])
    return Fill(share, limiting, shares)


def overloads(used: Amounts, capacity: Capacity) -> tuple[str, ...]:
    """Return in plain words every dimension that does not fit, e.g. ``25000 kg of 24000``."""
    return tuple(
        f"{used.of(each)} {each.value} of {limit}"
        for each in Dimension
        if (limit := capacity.of(each)) is not None and used.of(each) > limit
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Goods:
    """Equal handling units of a shipment.

    Parameters
    ----------
    units
        Number of handling units, >= 0.
    kg
        Gross weight of one unit [kg], >= 0.
    length_m, width_m, height_m
        Outer size of one unit [m], each > 0.
    stack_limit
        How many of these may stand on each other, the lowest included; 1 = never stacked.
    bears_kg
        What the lowest unit bears on top of it [kg]; ``None`` = as ``stack_limit`` says.
    """

    units: int
    kg: Decimal
    length_m: Decimal
    width_m: Decimal
    height_m: Decimal
    stack_limit: int = 1
    bears_kg: Decimal | None = None

    def __post_init__(self) -> None:
        if self.units < 0 or self.kg < 0:
            raise ValueError(f"expected units and kg >= 0, got {self.units} and {self.kg}")
        if min(self.length_m, self.width_m, self.height_m) <= 0:
            raise ValueError("expected length, width and height > 0")
        if self.stack_limit < 1:
            raise ValueError(f"expected a stack limit >= 1, got {self.stack_limit}")
        if self.bears_kg is not None and self.bears_kg < 0:
            raise ValueError(f"expected bears_kg >= 0, got {self.bears_kg}")


def stack_height(goods: Goods, inside_height_m: Decimal) -> int:
    """Return how many units may stand on each other: agreed limit, bearing and room above.

    Raises ``ValueError`` if not even one unit fits under the roof.
    """
    by_room = int(inside_height_m // goods.height_m)
    if by_room < 1:
        raise ValueError(f"expected height <= {inside_height_m} m inside, got {goods.height_m} m")
    by_weight = goods.stack_limit
    if goods.bears_kg is not None and goods.kg > 0:
        by_weight = 1 + int(goods.bears_kg // goods.kg)
    return min(goods.stack_limit, by_weight, by_room)


def pallets_on_floor(goods: Goods, inside_height_m: Decimal) -> int:
    """Return how many floor places the units take when stacked as high as allowed."""
    return -(-goods.units // stack_height(goods, inside_height_m))


def load_metres(
    places: int, length_m: Decimal, width_m: Decimal, inside_width_m: Decimal = INSIDE_WIDTH_M
) -> Decimal:
    """Return places x length x width ÷ inside width of the vehicle [m].

    Examples
    --------
    >>> load_metres(34, Decimal("1.2"), Decimal("0.8"))  # 34 euro pallets fill a trailer
    Decimal('13.6')
    """
    if inside_width_m <= 0:
        raise ValueError(f"expected an inside width > 0, got {inside_width_m}")
    return places * length_m * width_m / inside_width_m


def amounts_of(goods: Sequence[Goods], inside_height_m: Decimal) -> Amounts:
    """Return what goods take of a vehicle of this inside height [m]; pallets are floor places."""
    total = Amounts()
    for each in goods:
        places = pallets_on_floor(each, inside_height_m)
        total += Amounts(
            kg=each.units * each.kg,
            m3=each.units * each.length_m * each.width_m * each.height_m,
            pallets=Decimal(places),
            ldm=load_metres(places, each.length_m, each.width_m),
        )
    return total


@dataclass(frozen=True, slots=True, kw_only=True)
class AxleRule:
    """A semi-trailer as a beam on kingpin and bogie, both measured from the front wall [m].

    Limits are what the goods alone may put on each [kg], tare already taken off.
    """

    kingpin_m: Decimal
    bogie_m: Decimal
    kingpin_limit_kg: Decimal
    bogie_limit_kg: Decimal

    def __post_init__(self) -> None:
        if self.bogie_m <= self.kingpin_m:
            raise ValueError("expected the bogie behind the kingpin")
        if min(self.kingpin_limit_kg, self.bogie_limit_kg) <= 0:
            raise ValueError("expected limits > 0")


def axle_refusals(pieces: Sequence[tuple[Decimal, Decimal]], rule: AxleRule) -> tuple[str, ...]:
    """Return in plain words which axle is overloaded; ``pieces`` are (kg, m from the front wall).

    Lever rule: bogie = Σ kg x (m − kingpin) ÷ wheelbase, kingpin = Σ kg − bogie. A load behind
    the bogie lifts the kingpin: refused too.
    """
    total = sum((kg for kg, _m in pieces), ZERO)
    moment = sum((kg * (m - rule.kingpin_m) for kg, m in pieces), ZERO)
    bogie = moment / (rule.bogie_m - rule.kingpin_m)
    kingpin = total - bogie
    found = []
    if kingpin > rule.kingpin_limit_kg:
        found.append(f"{kingpin:.0f} kg on the kingpin of {rule.kingpin_limit_kg} kg allowed")
    if kingpin < 0:
        found.append(f"the load lifts the kingpin by {-kingpin:.0f} kg")
    if bogie > rule.bogie_limit_kg:
        found.append(f"{bogie:.0f} kg on the bogie of {rule.bogie_limit_kg} kg allowed")
    return tuple(found)


@dataclass(frozen=True, slots=True)
class ConsolidationHint:
    """A load worth joining with others: its share and what is left per limited dimension."""

    share: Decimal
    spare: Mapping[Dimension, Decimal]


def consolidation_hint(
    used: Amounts, capacity: Capacity, threshold: Decimal = CONSOLIDATE_BELOW
) -> ConsolidationHint | None:
    """Return a hint if the fill is below ``threshold``, else ``None``."""
    share = fill(used, capacity).share
    if share >= threshold:
        return None
    spare = {
        each: limit - used.of(each)
        for each in Dimension
        if (limit := capacity.of(each)) is not None
    }
    return ConsolidationHint(share, MappingProxyType(spare))


def fitting(
    used: Amounts, waiting: Sequence[tuple[str, Amounts]], capacity: Capacity
) -> tuple[str, ...]:
    """Return names of waiting loads that fit in together, the one that fills best first (greedy).

    A load that would overload any dimension is passed over.
    """
    left = dict(waiting)
    chosen: list[str] = []
    while True:
        options = [
            (fill(used + amounts, capacity).share, name)
            for name, amounts in left.items()
            if not fill(used + amounts, capacity).is_overloaded
        ]
        if not options:
            return tuple(chosen)
        _share, name = max(options, key=lambda pair: (pair[0], pair[1]))
        chosen.append(name)
        used += left.pop(name)


def whole_trucks(used: Amounts, capacity: Capacity) -> int:
    """Return how many trucks of ``capacity`` the amounts need at least (divisible goods)."""
    return int(fill(used, capacity).share.to_integral_value(rounding=ROUND_CEILING))
