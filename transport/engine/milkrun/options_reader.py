"""Read a planner's options from JSON, strictly."""

from collections.abc import Sequence

from collab.engine_fields import Field, unique
from transport.engine.milkrun.problem import (
    CrossDock,
    DockLimit,
    Options,
    Pattern,
    Pin,
    PublishedStop,
    Stability,
    Supplier,
    VehicleType,
)

MODES = ("milkrun", "direct", "cross-dock")


def read_options(
    field: Field, suppliers: Sequence[Supplier], fleet: Sequence[VehicleType], days: Pattern
) -> Options:
    """Return the options in a JSON object; raise ``UnreadableProblem`` where they break a rule."""
    found = field.members(
        "",
        "pinned forbidden_pairs patterns frequencies min_frequencies stability docks cross_docks",
    )
    known = _Known(
        tuple(each.id for each in suppliers), tuple(each.id for each in fleet), days
    )  # fmt: skip
    stability = found.get("stability")
    return Options(
        pins=tuple(known.pin(each) for each in _list(found, "pinned")),
        forbidden_pairs=tuple(known.pair(each) for each in _list(found, "forbidden_pairs")),
        patterns={
            known.named(name, each): tuple(known.pattern(one) for one in each.items(least=1))
            for name, each in _names(found, "patterns")
        },
        frequencies=known.counts(found, "frequencies"),
        min_frequencies=known.counts(found, "min_frequencies"),
        stability=None if stability is None or stability.is_null else known.stability(stability),
        docks=tuple(known.dock(each) for each in _list(found, "docks")),
        cross_docks=known.cross_docks(_list(found, "cross_docks")),
    )


def _list(found: dict[str, Field], name: str) -> list[Field]:
    return found[name].items() if name in found else []


def _names(found: dict[str, Field], name: str) -> list[tuple[str, Field]]:
    return list(found[name].free_members().items()) if name in found else []


class _Known:
    """The ids that options may speak of."""

    def __init__(self, suppliers: tuple[str, ...], types: tuple[str, ...], days: Pattern) -> None:
        self._suppliers, self._types, self._days = frozenset(suppliers), types, days

    def supplier(self, field: Field) -> str:
        return self.named(field.text(), field)

    def named(self, name: str, field: Field) -> str:
        if name not in self._suppliers:
            raise field.wrong(f"a supplier of the problem, not {name!r}")
        return name

    def day(self, field: Field) -> int:
        if (day := field.integer(1, 7)) not in self._days:
            raise field.wrong("a working day")
        return day

    def pattern(self, field: Field) -> Pattern:
        days = tuple(self.day(each) for each in field.items(least=1))
        if list(days) != sorted(set(days)):
            raise field.wrong("ascending weekdays")
        return days

    def pair(self, field: Field) -> tuple[str, str]:
        names = field.items(least=2)
        if len(names) != 2 or names[0].value == names[1].value:
            raise field.wrong("two suppliers")
        return self.supplier(names[0]), self.supplier(names[1])

    def counts(self, found: dict[str, Field], name: str) -> dict[str, int]:
        return {
            self.named(supplier, each): each.integer(1, len(self._days))
            for supplier, each in _names(found, name)
        }

    def pin(self, field: Field) -> Pin:
        found = field.members(
            "supplier", "mode day vehicle_type vehicle_index trip position"
        )  # fmt: skip
        given = {name: each for name, each in found.items() if not each.is_null}
        ways = [name for name in ("vehicle_type", "vehicle_index", "trip", "position")
                if name in given]  # fmt: skip
        if ways and "day" not in given:
            raise field.wrong(f"a day beside {ways[0]}")
        if "vehicle_index" in given and "vehicle_type" not in given:
            raise field.wrong("a vehicle_type beside vehicle_index")
        if ways and "mode" in given and given["mode"].value != "milkrun":
            raise given["mode"].wrong(f"milkrun beside {ways[0]}")
        mode = given["mode"].one_of(*MODES) if "mode" in given else None
        return Pin(
            supplier=self.supplier(found["supplier"]),
            mode="milkrun" if ways else mode,  # type: ignore[arg-type]  # one of the modes
            day=self.day(given["day"]) if "day" in given else None,
            vehicle_type=given["vehicle_type"].one_of(*self._types)
            if "vehicle_type" in given
            else None,
            **{
                name: given[name].integer(1) if name in given else None
                for name in ("vehicle_index", "trip", "position")
            },
        )

    def stability(self, field: Field) -> Stability:
        found = field.members("stops penalty_per_stop", "tolerance_min")
        stops = []
        for each in found["stops"].items():
            stop = each.members("supplier day start_min")
            stops.append(
                PublishedStop(
                    self.supplier(stop["supplier"]),
                    self.day(stop["day"]),
                    stop["start_min"].number(),
                )
            )
        if len({(stop.supplier, stop.day) for stop in stops}) != len(stops):
            raise found["stops"].wrong("at most one stop per supplier and day")
        return Stability(
            tuple(stops),
            found["penalty_per_stop"].number(),
            found["tolerance_min"].number() if "tolerance_min" in found else 30.0,
        )

    def dock(self, field: Field) -> DockLimit:
        found = field.members("capability vehicle_types max_arrivals peak_price", "bucket_min")
        return DockLimit(
            capability=found["capability"].text(),
            vehicle_types=tuple(
                each.one_of(*self._types) for each in found["vehicle_types"].items(least=1)
            ),
            max_arrivals=found["max_arrivals"].integer(0),
            peak_price=found["peak_price"].number(),
            bucket_min=found["bucket_min"].number(above=True) if "bucket_min" in found else 15.0,
        )

    def cross_docks(self, fields: list[Field]) -> tuple[CrossDock, ...]:
        members = [
            each.members(
                "id lat lon suppliers linehaul_per_truck truck_pallets linehaul_km"
                " handling_per_pallet co2e_kg_per_tkm"
            )
            for each in fields
        ]
        names = unique([each["id"] for each in members], set())
        return tuple(
            CrossDock(
                id=name,
                lat=each["lat"].number(-90, 90),
                lon=each["lon"].number(-180, 180),
                suppliers=tuple(self.supplier(one) for one in each["suppliers"].items(least=1)),
                linehaul_per_truck=each["linehaul_per_truck"].number(),
                truck_pallets=each["truck_pallets"].number(above=True),
                linehaul_km=each["linehaul_km"].number(),
                handling_per_pallet=each["handling_per_pallet"].number(),
                co2e_kg_per_tkm=each["co2e_kg_per_tkm"].number(),
            )
            for name, each in zip(names, members, strict=True)
        )
