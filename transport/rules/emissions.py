"""Greenhouse gas of transport per leg, trip, consignment and part (TR-18, TR-19, WE-7).

E = Σ mass [t] x distance [km] x factor [kg CO2e per t-km], as in ISO 14083. Distance is the
shortest feasible way or the great circle. Tank-to-wheel and well-to-wheel never add.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import ROUND_HALF_UP, Decimal, localcontext
from enum import StrEnum
from fractions import Fraction

ZERO = Decimal(0)
KG_PER_T = Decimal(1000)
ROAD_ACTUAL_TO_PLANNED = Decimal("0.95")  # GLEC v2: actual road distances are 5 % longer
EXACT_DIGITS = 60


class Scope(StrEnum):
    """Which part of the life of fuel a factor covers."""

    TTW = "TTW"  # tank to wheel: burning it
    WTT = "WTT"  # well to tank: making and bringing it
    WTW = "WTW"  # well to wheel: both


class DistanceBasis(StrEnum):
    """How kilometres were found."""

    PLANNED = "planned"  # shortest feasible
    GREAT_CIRCLE = "great_circle"
    ACTUAL = "actual"  # odometer: for a carrier's own factor only


class FactorUnit(StrEnum):
    """What one unit of the value stands for."""

    KG_PER_TKM = "kg/t-km"
    KG_PER_T = "kg/t"  # hubs
    KG_PER_L = "kg/l"  # fuels


class MixedScopes(ValueError):
    """Emissions of different scopes were to be added or compared."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Factor:
    """One versioned emission factor; rows are never changed, only followed by others.

    ``load_share`` is the mean load, ``empty_share`` the empty kilometres it includes (0..1,
    ``None`` = not published). ``distance_adjustment``: planned ÷ actual kilometres, for factors
    found on actual ones. ``verified`` False = quoted by somebody else than the source.
    ``is_own`` marks rows of the tenant, which go before shipped ones.
    """

    id: str
    mode: str
    vehicle: str
    fuel: str
    region: str
    source: str
    edition: str
    scope: Scope
    unit: FactorUnit
    value: Decimal
    valid_from: date
    valid_to: date | None = None
    basis: DistanceBasis = DistanceBasis.PLANNED
    load_share: Decimal | None = None
    empty_share: Decimal | None = None
    gwp_set: str = ""
    verified: bool = True
    distance_adjustment: Decimal | None = None
    is_own: bool = False

    def __post_init__(self) -> None:
        if not self.value.is_finite() or self.value < 0:
            raise ValueError(f"expected a factor >= 0 in {self.id}, got {self.value}")
        for name in ("load_share", "empty_share"):
            share = getattr(self, name)
            if share is not None and not 0 <= share <= 1:
                raise ValueError(f"expected {name} in [0, 1] in {self.id}, got {share}")
        if self.distance_adjustment is not None and not 0 < self.distance_adjustment <= 1:
            raise ValueError(
                f"expected a distance adjustment in (0, 1] in {self.id}, "
                f"got {self.distance_adjustment}"
            )


@dataclass(frozen=True, slots=True)
class Emission:
    """``kg`` CO2e of one scope, and the ids of the factors it came from."""

    kg: Decimal
    scope: Scope
    factors: tuple[str, ...]

    def __add__(self, other: "Emission") -> "Emission":
        if self.scope != other.scope:
            raise MixedScopes(f"expected one scope to add, got {self.scope} and {other.scope}")
        with localcontext(prec=EXACT_DIGITS):
            kg = self.kg + other.kg
        return Emission(kg, self.scope, tuple(dict.fromkeys(self.factors + other.factors)))

    @property
    def grams(self) -> int:
        """Whole grams, rounded half up."""
        with localcontext(prec=EXACT_DIGITS):
            return int((self.kg * 1000).quantize(Decimal(1), rounding=ROUND_HALF_UP))


def total(emissions: Sequence[Emission]) -> Emission:
    """Return the sum; raise ``MixedScopes`` if scopes differ, ``ValueError`` if there is none."""
    if not emissions:
        raise ValueError("expected at least one emission to add, got none")
    found = emissions[0]
    for each in emissions[1:]:
        found += each
    return found


def activity_km(km: Decimal, basis: DistanceBasis, factor: Factor) -> Decimal:
    """Return the kilometres a factor may be multiplied with.

    Equal bases: as they are. Actual road kilometres against a planned factor are shortened by
    5 % (GLEC v2). A factor of actual kilometres on planned ones is lengthened by its distance
    adjustment. Anything else does not compare.

    Raises ``ValueError`` if the two cannot be brought together, or km < 0.
    """
    if not km.is_finite() or km < 0:
        raise ValueError(f"expected km >= 0, got {km}")
    if basis == factor.basis:
        return km
    pair = (basis, factor.basis)
    if pair == (DistanceBasis.ACTUAL, DistanceBasis.PLANNED) and factor.mode == "road":
        return km * ROAD_ACTUAL_TO_PLANNED
    if pair == (DistanceBasis.PLANNED, DistanceBasis.ACTUAL) and factor.distance_adjustment:
        return km / factor.distance_adjustment
    raise ValueError(
        f"expected {factor.basis.value} kilometres for {factor.id}, got {basis.value} ones"
    )


def leg_emission(
    kg: Decimal, km: Decimal, factor: Factor, basis: DistanceBasis = DistanceBasis.PLANNED
) -> Emission:
    """Return mass x distance x factor of one leg; ``kg`` is the mass of the goods with packaging.

    Examples
    --------
    480 parts of 1.2 kg over 420 km in a big articulated truck:

    >>> truck = Factor(id="hgv", mode="road", vehicle="articulated_33", fuel="diesel",
    ...     region="GB", source="UK DEFRA", edition="2012", scope=Scope.WTW,
    ...     unit=FactorUnit.KG_PER_TKM, value=Decimal("0.10273"), valid_from=date(2012, 1, 1))
    >>> leg_emission(Decimal(480) * Decimal("1.2"), Decimal(420), truck).grams
    24852
    """
    _check(factor, FactorUnit.KG_PER_TKM)
    with localcontext(prec=EXACT_DIGITS):
        tonnes = _mass(kg) / KG_PER_T
        return Emission(
            tonnes * activity_km(km, basis, factor) * factor.value, factor.scope, (factor.id,)
        )


def hub_emission(kg: Decimal, factor: Factor) -> Emission:
    """Return the emission of one transshipment of ``kg`` goods, by a factor in kg per t."""
    _check(factor, FactorUnit.KG_PER_T)
    with localcontext(prec=EXACT_DIGITS):
        return Emission(_mass(kg) / KG_PER_T * factor.value, factor.scope, (factor.id,))


def fuel_emission(litres: Decimal, factor: Factor) -> Emission:
    """Return the emission of burnt fuel, by a factor in kg per litre."""
    _check(factor, FactorUnit.KG_PER_L)
    if not litres.is_finite() or litres < 0:
        raise ValueError(f"expected litres >= 0, got {litres}")
    with localcontext(prec=EXACT_DIGITS):
        return Emission(litres * factor.value, factor.scope, (factor.id,))


@dataclass(frozen=True, slots=True)
class Consignment:
    """Goods on a shared trip: mass [kg] and origin-destination distance [km], not the detour."""

    name: str
    kg: Decimal
    km: Decimal

    def __post_init__(self) -> None:
        for value in (self.kg, self.km):
            if not value.is_finite() or value < 0:
                raise ValueError(f"expected kg and km >= 0 in {self.name}, got {value}")

    @property
    def weight(self) -> Fraction:
        """Transport activity in kg-km, exact."""
        return Fraction(self.kg) * Fraction(self.km)


def trip_shares(grams: int, consignments: Sequence[Consignment]) -> dict[str, int]:
    """Share the ``grams`` of a whole trip, empty legs included, by t x km of each consignment.

    Largest remainder on whole grams: the shares sum to ``grams`` exactly; at equal remainders the
    first by name gets the gram.

    Raises ``ValueError`` on names given twice, negative grams, or grams without transport work.
    """
    if grams < 0:
        raise ValueError(f"expected grams >= 0, got {grams}")
    if len({each.name for each in consignments}) != len(consignments):
        raise ValueError("expected each consignment once, got a name twice")
    whole = sum((each.weight for each in consignments), Fraction(0))
    if not whole:
        if grams:
            raise ValueError("expected goods on the trip to bear its emission, got none")
        return {each.name: 0 for each in consignments}
    exact = {each.name: grams * each.weight / whole for each in consignments}
    shares = {name: int(value) for name, value in exact.items()}
    left = grams - sum(shares.values())
    for name in sorted(exact, key=lambda each: (shares[each] - exact[each], each))[:left]:
        shares[name] += 1
    return shares


def own_trip_factor(
    trip: Emission, consignments: Sequence[Consignment], *, name: str, on: date, source: str
) -> Factor:
    """Return the factor of an own round trip: its emission ÷ Σ (t x origin-destination km).

    Empty running of the trip is inside. Raises ``ValueError`` without transport work.
    """
    tkm = sum((each.weight for each in consignments), Fraction(0)) / 1000
    if not tkm:
        raise ValueError("expected goods on the trip to find its factor, got none")
    with localcontext(prec=EXACT_DIGITS):
        value = trip.kg * tkm.denominator / tkm.numerator
    return Factor(
        id=name, mode="road", vehicle="own", fuel="", region="", source=source,
        edition=on.isoformat(), scope=trip.scope, unit=FactorUnit.KG_PER_TKM, value=value,
        valid_from=on, valid_to=on, is_own=True,
    )  # fmt: skip


def grams_per_part(grams: Decimal, kg: Decimal, part_kg: Decimal) -> Decimal:
    """Return the grams of one part of ``part_kg`` in a consignment of ``grams`` and ``kg``.

    Raises ``ValueError`` unless the consignment weighs something and holds at least one part.
    """
    if kg <= 0 or not 0 <= part_kg <= kg:
        raise ValueError(f"expected 0 <= part weight <= {kg} kg > 0, got {part_kg}")
    return grams * part_kg / kg


def _mass(kg: Decimal) -> Decimal:
    if not kg.is_finite() or kg < 0:
        raise ValueError(f"expected a mass >= 0, got {kg}")
    return kg


def _check(factor: Factor, unit: FactorUnit) -> None:
    if factor.unit != unit:
        raise ValueError(
            f"expected a factor in {unit.value}, got {factor.unit.value} ({factor.id})"
        )
