"""What a movement costs by a carrier's tariff: charge lines in integer cents (TR-02, TR-05).

One function prices every mode, so options are compared alike. Where the tariff says nothing,
``TariffGap`` names what is missing; nothing is ever guessed.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import ROUND_CEILING, ROUND_HALF_UP, Decimal
from enum import StrEnum

ZERO = Decimal(0)


class Mode(StrEnum):
    """How freight moves, as tariffs know it (TR-02)."""

    DIRECT = "direct"  # full truck from door to door
    MILK_RUN = "milk_run"
    PART_LOAD = "part_load"  # over a cross-dock
    PARCEL = "parcel"


class Basis(StrEnum):
    """What the unit price of a rate multiplies."""

    FLAT = "flat"
    KM = "km"
    KG_100 = "100 kg"  # every started 100 kg of chargeable weight
    PALLET = "pallet"
    LDM = "ldm"


class ChargeCode(StrEnum):
    """The lines of a freight price, in invoice order."""

    FREIGHT = "freight"
    MINIMUM = "minimum"  # what is missing up to the minimum charge
    STOPS = "stops"
    FUEL = "fuel"


class TariffGap(ValueError):
    """The tariff does not cover the movement; ``missing`` says what, in plain words."""

    def __init__(self, tariff: str, missing: str) -> None:
        self.tariff = tariff
        self.missing = missing
        super().__init__(f"{tariff}: {missing}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Movement:
    """What is carried: one vehicle or consignment from origin to destination zone.

    ``km`` planned road kilometres; ``kg`` gross weight; ``m3``; ``pallets``; ``ldm`` load metres;
    ``extra_stops`` = stops beyond the first pickup and the last delivery; ``day`` of pickup.
    All amounts >= 0.
    """

    mode: Mode
    origin_zone: str
    destination_zone: str
    day: date
    km: Decimal
    kg: Decimal = ZERO
    m3: Decimal = ZERO
    pallets: Decimal = ZERO
    ldm: Decimal = ZERO
    extra_stops: int = 0

    def __post_init__(self) -> None:
        for name in ("km", "kg", "m3", "pallets", "ldm"):
            value = getattr(self, name)
            if not value.is_finite() or value < 0:
                raise ValueError(f"expected {name} >= 0, got {value}")
        if self.extra_stops < 0:
            raise ValueError(f"expected extra stops >= 0, got {self.extra_stops}")

    @property
    def lane(self) -> str:
        """Origin and destination zone in words."""
        return f"{self.origin_zone} to {self.destination_zone}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Rate:
    """One row: ``fixed_cents`` + ``price`` [cents per unit of ``basis``].

    Zones ``None`` = any. Bands hold up to and including ``max_km``, ``max_kg`` (chargeable
    weight), ``max_pallets``, ``max_ldm``; ``None`` = no upper end. ``name`` is shown on the line.
    """

    basis: Basis
    price: Decimal = ZERO
    fixed_cents: int = 0
    origin_zone: str | None = None
    destination_zone: str | None = None
    max_km: Decimal | None = None
    max_kg: Decimal | None = None
    max_pallets: Decimal | None = None
    max_ldm: Decimal | None = None
    name: str = ""

    def __post_init__(self) -> None:
        if not self.price.is_finite() or self.price < 0 or self.fixed_cents < 0:
            raise ValueError(f"expected a price >= 0, got {self.fixed_cents} + {self.price}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Tariff:
    """Prices of one carrier and mode, or a contract, over a validity (both days included).

    Parameters
    ----------
    rates
        Rows; the most special one that holds is taken (zones before none, then lowest bands).
    minimum_cents
        Least freight of a movement.
    stop_cents
        Price of each extra stop.
    fuel
        Monday of the ISO week -> surcharge as a share of freight (0.12 = 12 %, may be negative);
        empty = no fuel clause.
    kg_per_m3, kg_per_ldm
        Least weight that is charged per cubic metre and load metre (333 and 1650 are usual);
        ``None`` = the weight itself.
    """

    name: str
    mode: Mode
    currency: str
    valid_from: date
    rates: tuple[Rate, ...]
    valid_to: date | None = None
    minimum_cents: int = 0
    stop_cents: int = 0
    fuel: Mapping[date, Decimal] = field(default_factory=dict)
    kg_per_m3: Decimal | None = None
    kg_per_ldm: Decimal | None = None

    def __post_init__(self) -> None:
        if len(self.currency) != 3 or not self.currency.isupper():
            raise ValueError(f"expected an ISO 4217 currency, got {self.currency!r}")
        if self.valid_to is not None and self.valid_to < self.valid_from:
            raise ValueError(f"expected valid_to >= {self.valid_from}, got {self.valid_to}")
        if self.minimum_cents < 0 or self.stop_cents < 0:
            raise ValueError("expected minimum and stop charge >= 0")
        if any(monday.isoweekday() != 1 for monday in self.fuel):
            raise ValueError("expected fuel weeks keyed by their Monday")


@dataclass(frozen=True, slots=True)
class Charge:
    """One line: ``quantity`` of ``unit`` at ``price`` [cents], the amount in whole ``cents``.

    For fuel the quantity is the base in cents and the price the share.
    """

    code: ChargeCode
    quantity: Decimal
    unit: str
    price: Decimal
    cents: int
    text: str = ""


@dataclass(frozen=True, slots=True)
class Price:
    """Charge lines of a movement in one currency, and the tariff that gave them."""

    tariff: str
    currency: str
    lines: tuple[Charge, ...]

    @property
    def cents(self) -> int:
        """Sum of all lines."""
        return sum(line.cents for line in self.lines)


def chargeable_kg(movement: Movement, tariff: Tariff) -> Decimal:
    """Return the greatest of weight, m3 x kg_per_m3 and load metres x kg_per_ldm [kg]."""
    return max(
        movement.kg,
        movement.m3 * (tariff.kg_per_m3 or ZERO),
        movement.ldm * (tariff.kg_per_ldm or ZERO),
    )


def price(movement: Movement, tariff: Tariff) -> Price:
    """Return the charge lines of a movement: freight, minimum, stops, fuel.

    Each amount is rounded once, half up, at its own end. Fuel is a share of freight and minimum,
    by the week of pickup.

    Raises
    ------
    TariffGap
        If the tariff is of another mode, not valid on the day, has no lane or band for the
        movement, or no fuel value for the week.

    Examples
    --------
    >>> by_km = Tariff(
    ...     name="Carrier 1", mode=Mode.DIRECT, currency="EUR", valid_from=date(2026, 1, 1),
    ...     rates=(Rate(basis=Basis.KM, price=Decimal(125), fixed_cents=9000),),
    ... )
    >>> trip = Movement(mode=Mode.DIRECT, origin_zone="DE-70", destination_zone="RO-50",
    ...     day=date(2026, 3, 2), km=Decimal(420))
    >>> price(trip, by_km).cents
    61500
    """
    _check_valid(movement, tariff)
    rate = _rate(movement, tariff)
    quantity = _quantity(movement, tariff, rate.basis)
    freight = rate.fixed_cents + _round(rate.price * quantity)
    unit = rate.basis.value
    lines = [Charge(ChargeCode.FREIGHT, quantity, unit, rate.price, freight, rate.name)]
    missing = tariff.minimum_cents - freight
    if missing > 0:
        lines.append(Charge(ChargeCode.MINIMUM, Decimal(1), "flat", Decimal(missing), missing))
    if movement.extra_stops and tariff.stop_cents:
        stops = Decimal(movement.extra_stops)
        amount = movement.extra_stops * tariff.stop_cents
        lines.append(Charge(ChargeCode.STOPS, stops, "stop", Decimal(tariff.stop_cents), amount))
    if tariff.fuel:
        base = max(freight, tariff.minimum_cents)
        share = _fuel_share(movement, tariff)
        lines.append(Charge(ChargeCode.FUEL, Decimal(base), "share", share, _round(base * share)))
    return Price(tariff.name, tariff.currency, tuple(lines))


def cheapest(movement: Movement, tariffs: Sequence[Tariff]) -> Price:
    """Return the cheapest price of all tariffs that cover the movement, the first at a tie.

    Raises ``TariffGap`` with everything that is missing if none does, ``ValueError`` if prices
    come in several currencies.
    """
    found: list[Price] = []
    gaps: list[TariffGap] = []
    for tariff in tariffs:
        try:
            found.append(price(movement, tariff))
        except TariffGap as gap:
            gaps.append(gap)
    if not found:
        raise TariffGap(
            "no tariff", "; ".join(map(str, gaps)) or f"none is known for {movement.lane}"
        )
    currencies = {each.currency for each in found}
    if len(currencies) > 1:
        raise ValueError(f"expected one currency to compare, got {sorted(currencies)}")
    return min(found, key=lambda each: each.cents)


def _check_valid(movement: Movement, tariff: Tariff) -> None:
    if movement.mode != tariff.mode:
        raise TariffGap(tariff.name, f"prices {tariff.mode.value}, not {movement.mode.value}")
    ended = tariff.valid_to is not None and movement.day > tariff.valid_to
    if movement.day < tariff.valid_from or ended:
        until = f" until {tariff.valid_to}" if tariff.valid_to else ""
        raise TariffGap(
            tariff.name, f"valid from {tariff.valid_from}{until}, not on {movement.day}"
        )


def _rate(movement: Movement, tariff: Tariff) -> Rate:
    """Return the most special row that holds for lane and bands."""
    on_lane = [each for each in tariff.rates if _is_on_lane(movement, each)]
    if not on_lane:
        raise TariffGap(tariff.name, f"no rate for the lane {movement.lane}")
    amounts = {
        "km": movement.km,
        "kg": chargeable_kg(movement, tariff),
        "pallets": movement.pallets,
        "ldm": movement.ldm,
    }
    holding = on_lane
    for unit, amount in amounts.items():
        bands = holding
        holding = [each for each in bands if _holds(amount, getattr(each, f"max_{unit}"))]
        if not holding:
            largest = max(getattr(each, f"max_{unit}") for each in bands)
            raise TariffGap(
                tariff.name,
                f"no band for {amount:f} {unit} on {movement.lane}: the last ends at {largest:f}",
            )
    return min(holding, key=_speciality)


def _is_on_lane(movement: Movement, rate: Rate) -> bool:
    return rate.origin_zone in {None, movement.origin_zone} and rate.destination_zone in {
        None,
        movement.destination_zone,
    }


def _holds(amount: Decimal, upper: Decimal | None) -> bool:
    return upper is None or amount <= upper


def _speciality(rate: Rate) -> tuple[int, tuple[Decimal, ...]]:
    zones = (rate.origin_zone is None) + (rate.destination_zone is None)
    endless = Decimal("Infinity")
    uppers = (rate.max_km, rate.max_kg, rate.max_pallets, rate.max_ldm)
    return zones, tuple(endless if upper is None else upper for upper in uppers)


def _quantity(movement: Movement, tariff: Tariff, basis: Basis) -> Decimal:
    if basis == Basis.KM:
        return movement.km
    if basis == Basis.KG_100:
        hundreds = chargeable_kg(movement, tariff) / 100
        return hundreds.to_integral_value(rounding=ROUND_CEILING)
    if basis == Basis.PALLET:
        return movement.pallets.to_integral_value(rounding=ROUND_CEILING)
    return movement.ldm if basis == Basis.LDM else Decimal(1)


def _fuel_share(movement: Movement, tariff: Tariff) -> Decimal:
    monday = movement.day - timedelta(days=movement.day.weekday())
    share = tariff.fuel.get(monday)
    if share is None:
        raise TariffGap(tariff.name, f"no fuel surcharge for the week of {monday}")
    return share


def _round(cents: Decimal) -> int:
    return int(cents.quantize(Decimal(1), rounding=ROUND_HALF_UP))
