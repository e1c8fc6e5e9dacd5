"""Read a milk-run problem from JSON, strictly; the engine's only contact with the file system."""

from pathlib import Path

from collab.engine_fields import Field, UnreadableProblem, load, unique
from transport.engine.milkrun.options_reader import read_options
from transport.engine.milkrun.problem import (
    DirectTariff,
    DriverRule,
    Haversine,
    Load,
    Matrix,
    Pattern,
    Plant,
    Problem,
    Supplier,
    TariffRow,
    VehicleType,
    Window,
)

TOP = (
    "version name currency working_days co2_price_per_t plant suppliers fleet driver direct"
    " distances"
)
PLANT = (
    "id lat lon windows load_min unload_fixed_min unload_per_pallet_min stock_cost_per_pallet_day"
)
SUPPLIER = (
    "id lat lon windows service_fixed_min service_per_pallet_min volume empties_per_pallet"
    " patterns allowed_vehicle_types"
)
VEHICLE = (
    "id count capacity fixed_per_day per_km per_hour max_duty_min max_km start_min end_min"
    " max_trips co2e_kg_per_km_empty co2e_kg_per_km_full emission_class"
)
LATEST_MIN = 2880.0
MOST_SUPPLIERS = 2000


def read_problem(path: Path) -> Problem:
    """Return the problem in a JSON file of version 1.

    Raises
    ------
    UnreadableProblem
        With the key that is missing, unknown, of the wrong type or out of its range.
    OSError
        If the file cannot be opened.
    """
    return problem_of(load(path))


def problem_of(root: Field) -> Problem:
    """Return the problem in a JSON value; raise ``UnreadableProblem`` as ``read_problem`` does."""
    top = root.members(TOP)
    top["version"].integer(1, 1)
    days = _weekdays(top["working_days"])
    fleet = _fleet(top["fleet"])
    plant = _plant(top["plant"], len(days))
    suppliers = _suppliers(top["suppliers"], plant, days, {each.id for each in fleet})
    driver = None if top["driver"].is_null else _driver(top["driver"])
    options = None
    if "x_options" in top:
        options = read_options(top["x_options"], suppliers, fleet, days)
    return Problem(
        name=top["name"].text(),
        currency=top["currency"].text(),
        working_days=days,
        co2_price_per_t=top["co2_price_per_t"].number(),
        plant=plant,
        suppliers=suppliers,
        fleet=fleet,
        driver=driver,
        direct=_direct(top["direct"]),
        distances=_distances(top["distances"], [plant.id, *(each.id for each in suppliers)]),
        options=options,
    )


def _weekdays(field: Field, among: Pattern | None = None) -> Pattern:
    """Return ascending ISO weekdays, each once."""
    days = tuple(each.integer(1, 7) for each in field.items(least=1))
    if list(days) != sorted(set(days)):
        raise field.wrong("ascending weekdays")
    if among is not None and not set(days) <= set(among):
        raise field.wrong("working days")
    return days


def _windows(field: Field) -> tuple[Window, ...]:
    found: list[Window] = []
    for each in field.items(least=1):
        pair = each.items(least=2)
        if len(pair) != 2:
            raise each.wrong("a window of two times")
        opens, closes = (time.number(0, LATEST_MIN) for time in pair)
        if closes < opens or (found and opens <= found[-1][1]):
            raise each.wrong("ascending windows that do not overlap")
        found.append((opens, closes))
    return tuple(found)


def _load(field: Field, *, above: bool = False) -> Load:
    parts = field.members("kg m3 pallets ldm")
    return Load(
        *(parts[name].number(above=above) for name in ("kg", "m3", "pallets", "ldm"))
    )  # fmt: skip


def _plant(field: Field, n_days: int) -> Plant:
    found = field.members(PLANT, "transit_days")
    transit = found["transit_days"].integer(0, 366) if "transit_days" in found else 0
    return Plant(
        id=found["id"].text(),
        lat=found["lat"].number(-90, 90),
        lon=found["lon"].number(-180, 180),
        windows=_windows(found["windows"]),
        load_min=found["load_min"].number(),
        unload_fixed_min=found["unload_fixed_min"].number(),
        unload_per_pallet_min=found["unload_per_pallet_min"].number(),
        stock_cost_per_pallet_day=found["stock_cost_per_pallet_day"].number(),
        transit_days=transit,
    )


def _suppliers(field: Field, plant: Plant, days: Pattern, types: set[str]) -> tuple[Supplier, ...]:
    items = field.items(least=1)
    if len(items) > MOST_SUPPLIERS:
        raise UnreadableProblem(
            f"expected at most {MOST_SUPPLIERS} suppliers, got {len(items)}",
            file=field.file,
            key=field.key,
        )
    members = [each.members(SUPPLIER) for each in items]
    names = unique([each["id"] for each in members], {plant.id})
    return tuple(
        _supplier(name, each, days, types) for name, each in zip(names, members, strict=True)
    )


def _supplier(name: str, found: dict[str, Field], days: Pattern, types: set[str]) -> Supplier:
    volume = {}
    for day, load_field in found["volume"].free_members().items():
        if day not in map(str, days):
            raise UnreadableProblem(
                "expected a working day", file=load_field.file, key=load_field.key
            )
        volume[int(day)] = _load(load_field)
    patterns = None
    if not found["patterns"].is_null:
        patterns = tuple(_weekdays(each, days) for each in found["patterns"].items(least=1))
    allowed = None
    if not found["allowed_vehicle_types"].is_null:
        allowed = tuple(
            each.one_of(*sorted(types)) for each in found["allowed_vehicle_types"].items()
        )
    return Supplier(
        id=name,
        lat=found["lat"].number(-90, 90),
        lon=found["lon"].number(-180, 180),
        windows=_windows(found["windows"]),
        service_fixed_min=found["service_fixed_min"].number(),
        service_per_pallet_min=found["service_per_pallet_min"].number(),
        volume=volume,
        empties_per_pallet=_load(found["empties_per_pallet"]),
        patterns=patterns,
        allowed_vehicle_types=allowed,
    )


def _fleet(field: Field) -> tuple[VehicleType, ...]:
    members = [each.members(VEHICLE) for each in field.items()]
    names = unique([each["id"] for each in members], set())
    return tuple(_vehicle(name, each) for name, each in zip(names, members, strict=True))


def _vehicle(name: str, found: dict[str, Field]) -> VehicleType:
    return VehicleType(
        id=name,
        count=None if found["count"].is_null else found["count"].integer(0),
        capacity=_load(found["capacity"], above=True),
        fixed_per_day=found["fixed_per_day"].number(),
        per_km=found["per_km"].number(),
        per_hour=found["per_hour"].number(),
        max_duty_min=found["max_duty_min"].number(0, LATEST_MIN),
        max_km=None if found["max_km"].is_null else found["max_km"].number(),
        start_min=(start := found["start_min"].number(0, LATEST_MIN)),
        end_min=found["end_min"].number(start, LATEST_MIN),
        max_trips=found["max_trips"].integer(1, 100),
        co2e_kg_per_km_empty=found["co2e_kg_per_km_empty"].number(),
        co2e_kg_per_km_full=found["co2e_kg_per_km_full"].number(),
        emission_class=found["emission_class"].text(),
    )


def _driver(field: Field) -> DriverRule:
    found = field.members("max_driving_min break_after_min break_min")
    return DriverRule(
        max_driving_min=found["max_driving_min"].number(),
        break_after_min=found["break_after_min"].number(above=True),
        break_min=found["break_min"].number(above=True),
    )


def _direct(field: Field) -> DirectTariff:
    found = field.members("tariff co2e_kg_per_tkm")
    rows = []
    for each in found["tariff"].items():
        row = each.members("max_km max_pallets price")
        rows.append(
            TariffRow(
                max_km=row["max_km"].number(),
                max_pallets=row["max_pallets"].number(above=True),
                price=row["price"].number(),
            )
        )
    return DirectTariff(tuple(rows), found["co2e_kg_per_tkm"].number())


def _distances(field: Field, sites: list[str]) -> Haversine | Matrix:
    model = field.free_members().get("model")
    if model is not None and model.one_of("haversine", "matrix") == "matrix":
        found = field.members("model sites km min")
        order = tuple(unique(found["sites"].items(), set()))
        if missing := [name for name in sites if name not in order]:
            raise found["sites"].wrong(f"the plant and every supplier, {missing[0]!r} among them")
        if unknown := [name for name in order if name not in sites]:
            raise found["sites"].wrong(f"no other site than those given, not {unknown[0]!r}")
        size = len(order)
        return Matrix(order, _square(found["km"], size), _square(found["min"], size))
    found = field.members("model detour speed_kmh")
    return Haversine(found["detour"].number(above=True), found["speed_kmh"].number(above=True))


def _square(field: Field, size: int) -> tuple[tuple[float, ...], ...]:
    rows = field.items()
    if len(rows) != size:
        raise field.wrong(f"{size} rows")
    found = []
    for row in rows:
        values = row.items()
        if len(values) != size:
            raise row.wrong(f"{size} numbers")
        found.append(tuple(each.number() for each in values))
    return tuple(found)
