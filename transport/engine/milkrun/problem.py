"""What a milk-run week is given as: the plant, its suppliers, the trucks and the prices.

Times of day are minutes from 00:00 local, distances km, weights kg, money in the problem's
currency. Weekdays are ISO numbers 1 to 7.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from itertools import combinations
from typing import Literal

Mode = Literal["milkrun", "direct", "cross-dock"]
Pattern = tuple[int, ...]
Window = tuple[float, float]


@dataclass(frozen=True, slots=True)
class Load:
    """An amount in the four dimensions that fill a truck: kg, m³, pallets, load metres."""

    kg: float = 0.0
    m3: float = 0.0
    pallets: float = 0.0
    ldm: float = 0.0

    def __add__(self, other: "Load") -> "Load":
        return Load(
            self.kg + other.kg,
            self.m3 + other.m3,
            self.pallets + other.pallets,
            self.ldm + other.ldm,
        )

    def times(self, factor: float) -> "Load":
        """Return ``factor`` times this amount."""
        return Load(self.kg * factor, self.m3 * factor, self.pallets * factor, self.ldm * factor)

    def parts(self) -> tuple[float, float, float, float]:
        """Return kg, m³, pallets, load metres."""
        return self.kg, self.m3, self.pallets, self.ldm

    @property
    def is_nothing(self) -> bool:
        """Whether every dimension is 0."""
        return not any(self.parts())


@dataclass(frozen=True, slots=True)
class Plant:
    """Where all goods go.

    Attributes
    ----------
    windows
        When unloading may start [min], ascending.
    load_min
        To load the empties of a trip.
    unload_fixed_min, unload_per_pallet_min
        To unload a trip.
    stock_cost_per_pallet_day
        Of a pallet that waits one working day before it is consumed.
    transit_days
        Working days between pick-up and consumption.
    """

    id: str
    lat: float
    lon: float
    windows: tuple[Window, ...]
    load_min: float
    unload_fixed_min: float
    unload_per_pallet_min: float
    stock_cost_per_pallet_day: float
    transit_days: int = 0


@dataclass(frozen=True, slots=True)
class Supplier:
    """Where goods are picked up.

    Attributes
    ----------
    windows
        When service may start [min], ascending.
    service_fixed_min, service_per_pallet_min
        Of a milk run's stop.
    volume
        Consumption by working day; a day left out consumes nothing.
    empties_per_pallet
        Brought back per pallet collected.
    patterns
        The weekday sets offered; None: every non-empty set of working days.
    allowed_vehicle_types
        None: all.
    """

    id: str
    lat: float
    lon: float
    windows: tuple[Window, ...]
    service_fixed_min: float
    service_per_pallet_min: float
    volume: Mapping[int, Load]
    empties_per_pallet: Load = field(default_factory=Load)
    patterns: tuple[Pattern, ...] | None = None
    allowed_vehicle_types: tuple[str, ...] | None = None

    def allows(self, vehicle_type: str) -> bool:
        """Whether that vehicle type may come."""
        return self.allowed_vehicle_types is None or vehicle_type in self.allowed_vehicle_types

    def offered(self, working_days: Pattern) -> tuple[Pattern, ...]:
        """Return the weekday sets offered, the short ones first where all are."""
        if self.patterns is not None:
            return self.patterns
        return tuple(
            days for size in range(1, len(working_days) + 1)
            for days in combinations(working_days, size)
        )  # fmt: skip

    @property
    def has_volume(self) -> bool:
        """Whether anything is ever picked up."""
        return any(not load.is_nothing for load in self.volume.values())


@dataclass(frozen=True, slots=True)
class VehicleType:
    """A truck for hire by the day: ``count`` of them a day, None: as many as wanted."""

    id: str
    count: int | None
    capacity: Load
    fixed_per_day: float
    per_km: float
    per_hour: float
    max_duty_min: float
    max_km: float | None
    start_min: float
    end_min: float
    max_trips: int
    co2e_kg_per_km_empty: float
    co2e_kg_per_km_full: float
    emission_class: str = ""


@dataclass(frozen=True, slots=True)
class DriverRule:
    """Driving time a day, and a break of ``break_min`` after ``break_after_min`` of it."""

    max_driving_min: float
    break_after_min: float
    break_min: float


@dataclass(frozen=True, slots=True)
class TariffRow:
    """Price of one direct shipment up to that distance and size."""

    max_km: float
    max_pallets: float
    price: float


@dataclass(frozen=True, slots=True)
class DirectTariff:
    """Shipments from a supplier straight to the plant by a forwarder."""

    tariff: tuple[TariffRow, ...]
    co2e_kg_per_tkm: float


@dataclass(frozen=True, slots=True)
class Haversine:
    """Great circles times a detour factor, at one speed."""

    detour: float
    speed_kmh: float


@dataclass(frozen=True, slots=True)
class Matrix:
    """Measured distances [km] and times [min], from row to column, in the order of ``sites``."""

    sites: tuple[str, ...]
    km: tuple[tuple[float, ...], ...]
    minutes: tuple[tuple[float, ...], ...]


@dataclass(frozen=True, slots=True)
class Pin:
    """What is fixed for a supplier's pick-ups, or for the one of a day.

    Attributes
    ----------
    mode
        The way it goes.
    day
        A weekday on which it is picked up; the route fields below belong to this day.
    vehicle_type, vehicle_index
        The vehicle that comes, counted from 1 within its type and day.
    trip, position
        Of the stop, counted from 1.
    """

    supplier: str
    mode: Mode | None = None
    day: int | None = None
    vehicle_type: str | None = None
    vehicle_index: int | None = None
    trip: int | None = None
    position: int | None = None


@dataclass(frozen=True, slots=True)
class PublishedStop:
    """A milk run's stop that partners were told: supplier, weekday and start of service [min]."""

    supplier: str
    day: int
    start_min: float


@dataclass(frozen=True, slots=True)
class Stability:
    """A published plan, and what each stop costs that is added, dropped or moved.

    A stop is moved when its service starts more than ``tolerance_min`` away.
    """

    stops: tuple[PublishedStop, ...]
    penalty_per_stop: float
    tolerance_min: float = 30.0


@dataclass(frozen=True, slots=True)
class DockLimit:
    """Doors of one capability: arrivals of these vehicle types at the plant per bucket.

    Each arrival above ``max_arrivals`` in a bucket costs ``peak_price``.
    """

    capability: str
    vehicle_types: tuple[str, ...]
    max_arrivals: int
    peak_price: float
    bucket_min: float = 15.0


@dataclass(frozen=True, slots=True)
class CrossDock:
    """A hub on the way of some suppliers.

    A pick-up goes to the hub by the direct tariff for that distance, is handled for
    ``handling_per_pallet`` and joins the day's line-haul trucks of ``truck_pallets`` each.
    """

    id: str
    lat: float
    lon: float
    suppliers: tuple[str, ...]
    linehaul_per_truck: float
    truck_pallets: float
    linehaul_km: float
    handling_per_pallet: float
    co2e_kg_per_tkm: float


@dataclass(frozen=True, slots=True)
class Options:
    """What a planner fixes or forbids beside the problem.

    Attributes
    ----------
    pins
        Fixed ways, days, vehicles and positions.
    forbidden_pairs
        Suppliers that never share a trip.
    patterns
        The only weekday sets left, by supplier.
    frequencies, min_frequencies
        Pick-up days a week, exactly or at least, by supplier.
    stability, docks, cross_docks
        See there.
    """

    pins: tuple[Pin, ...] = ()
    forbidden_pairs: tuple[tuple[str, str], ...] = ()
    patterns: Mapping[str, tuple[Pattern, ...]] = field(default_factory=dict)
    frequencies: Mapping[str, int] = field(default_factory=dict)
    min_frequencies: Mapping[str, int] = field(default_factory=dict)
    stability: Stability | None = None
    docks: tuple[DockLimit, ...] = ()
    cross_docks: tuple[CrossDock, ...] = ()


@dataclass(frozen=True, slots=True)
class Problem:
    """A week of pick-ups: choose per supplier a pattern and a way, and the routes per weekday."""

    name: str
    currency: str
    working_days: Pattern
    co2_price_per_t: float
    plant: Plant
    suppliers: tuple[Supplier, ...]
    fleet: tuple[VehicleType, ...]
    driver: DriverRule | None
    direct: DirectTariff
    distances: Haversine | Matrix
    options: Options | None = None

    def supplier(self, supplier_id: str) -> Supplier:
        """Return the supplier with that id; raise ``KeyError`` without."""
        for each in self.suppliers:
            if each.id == supplier_id:
                return each
        raise KeyError(supplier_id)
