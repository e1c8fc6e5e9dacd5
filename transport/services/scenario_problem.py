"""A week's milk-run problem from the organisation's own data, with all that was assumed."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import date, datetime, time, timedelta
from itertools import combinations
from typing import Any
from zoneinfo import ZoneInfo

from django.conf import settings
from django.utils.translation import gettext as _

from collab.engine_fields import Field
from transport.engine.milkrun.problem import Load, Problem
from transport.engine.milkrun.reader import problem_of
from transport.models import VehicleType
from transport.rules.collection import Opening
from transport.rules.emissions import Scope
from transport.rules.factors import select
from transport.rules.road import Matrix
from transport.services.distances import road, stored
from transport.services.factors import known_factors
from transport.services.opening import calendar_at, opening_of
from transport.services.places import Place, own_place
from transport.services.scenario_tariff import MINOR, DirectTable, Lane, direct_table
from transport.services.scenario_volumes import Lack, Sent, sent_in_week

FILE = "scenario"
DRIVER = {"max_driving_min": 540, "break_after_min": 270, "break_min": 45}
"""Regulation (EC) 561/2006, articles 6 and 7: 9 h a day, 45 min after 4.5 h."""
DIRECT_VEHICLE = "hgv"


@dataclass(frozen=True, slots=True, kw_only=True)
class Handling:
    """Minutes and prices that no master data holds; shown on the scenario, changed in its form.

    Minutes per stop and pallet at suppliers and at the plant; ``stock_per_pallet_day`` in the
    scenario's currency for a pallet that waits a working day.
    """

    stop_minutes: float = 20
    pallet_minutes: float = 1
    load_minutes: float = 10
    unload_minutes: float = 15
    unload_pallet_minutes: float = 1
    stock_per_pallet_day: float = 1.5


@dataclass(frozen=True, slots=True)
class Found:
    """The problem as a document, or what is missing for it; ``sent`` by supplier's place."""

    document: Mapping[str, Any]
    lacks: Sequence[Lack]
    sent: Mapping[str, Sent]


def find_problem(
    plant_code: str,
    first_week: date,
    *,
    name: str,
    currency: str,
    co2_price: float,
    as_of: datetime,
    supplier_ids: Sequence[int] | None = None,
    handling: Handling | None = None,
) -> Found:
    """Return the week's problem: volumes, hours, vehicles, tariffs and distances.

    ``first_week`` is a Monday, ``co2_price`` per tonne. Suppliers without volume in the week are
    not part of it. Raises ``Refused`` for a site that is not one's own.
    """
    plant = own_place(plant_code, field="plant")
    sent, lacks = sent_in_week(plant, first_week, as_of=as_of, supplier_ids=supplier_ids)
    fleet = list(VehicleType.objects.filter(is_active=True, currency=currency).order_by("code"))
    days = _working_days(plant, first_week)
    lacks = _lacks(lacks, fleet=fleet, days=days, sent=sent, currency=currency)
    if lacks:
        return Found({}, lacks, sent)
    places = [plant, *(each.place for each in sent.values())]
    matrix = road(places)
    lanes = [
        Lane(each.place, matrix.hop(code, plant["code"]).km, each.total)
        for code, each in sent.items()
    ]
    pallets = max(float(each.capacity_pallets) for each in fleet)
    table = direct_table(lanes, plant, on=first_week, currency=currency, truck_pallets=pallets)
    if table.lacks:
        return Found({}, table.lacks, sent)
    told = handling or Handling()
    week = _Week(plant, first_week, days)
    document = {
        "version": 1,
        "name": name,
        "currency": currency,
        "working_days": list(days),
        "co2_price_per_t": co2_price,
        "plant": week.plant_document(told),
        "suppliers": [week.supplier_document(each, told) for each in sent.values()],
        "fleet": [vehicle_document(each) for each in fleet],
        "driver": dict(DRIVER),
        "direct": direct_document(table, first_week),
        "distances": _distances(matrix, [str(each["code"]) for each in places]),
        "x_places": {str(each["code"]): each for each in places},
        "x_handling": asdict(told),
        "x_notes": [*week.notes(sent), *_notes(table, places)],
        "x_orders": {code: [each.orders, each.calls] for code, each in sent.items()},
    }
    return Found(document, (), sent)


def _lacks(
    known: Sequence[Lack],
    *,
    fleet: Sequence[VehicleType],
    days: Sequence[int],
    sent: Mapping[str, Sent],
    currency: str,
) -> list[Lack]:
    """Return what is missing for a problem, besides what is ``known`` to be."""
    found = list(known)
    if not fleet:
        found.append(Lack("", _("a vehicle type in %(currency)s") % {"currency": currency}))
    if not sent and not found:
        found.append(Lack("", _("orders or firm calls with delivery in this week")))
    if not days:
        found.append(Lack("", _("a working day of the plant in this week")))
    return found


def problem_in(document: Mapping[str, Any], options: Mapping[str, Any]) -> Problem:
    """Return the engine's problem in a document with a planner's options.

    Raises ``UnreadableProblem`` naming the key that breaks a rule.
    """
    return problem_of(Field({**document, "x_options": dict(options)}, FILE))


def minutes_apart(place: Place, plant: Place, day: date) -> int:
    """Return how many minutes the clock of a place is ahead of the plant's on a day."""
    noon = datetime.combine(day, time(12))
    there, here = (ZoneInfo(each["timezone"]).utcoffset(noon) for each in (place, plant))
    return round(((there or timedelta()) - (here or timedelta())).total_seconds() / 60)


@dataclass(frozen=True, slots=True)
class _Week:
    """The plant's week; all times of the problem are on the plant's clock."""

    plant: Place
    first: date
    days: tuple[int, ...]

    def plant_document(self, told: Handling) -> dict[str, Any]:
        opens, closes = self._hours(self.plant)
        return {
            "id": self.plant["code"],
            "lat": self.plant["latitude"],
            "lon": self.plant["longitude"],
            "windows": [[opens, max(opens, closes - told.unload_minutes)]],
            "load_min": told.load_minutes,
            "unload_fixed_min": told.unload_minutes,
            "unload_per_pallet_min": told.unload_pallet_minutes,
            "stock_cost_per_pallet_day": told.stock_per_pallet_day,
        }

    def supplier_document(self, sent: Sent, told: Handling) -> dict[str, Any]:
        opens, closes = self._hours(sent.place)
        return {
            "id": sent.place["code"],
            "lat": sent.place["latitude"],
            "lon": sent.place["longitude"],
            "windows": [[opens, max(opens, closes - told.stop_minutes)]],
            "service_fixed_min": told.stop_minutes,
            "service_per_pallet_min": told.pallet_minutes,
            "volume": {str(day): load_document(load) for day, load in self._volume(sent).items()},
            "empties_per_pallet": load_document(sent.empties_per_pallet),
            "patterns": self._patterns(opening_of(sent.place)),
            "allowed_vehicle_types": None,
        }

    def notes(self, sent: Mapping[str, Sent]) -> list[str]:
        """Return in words where the week had to be bent or guessed."""
        usual = [str(each.place["name"]) for each in sent.values() if not calendar_at(each.place)]
        found = []
        if calendar_at(self.plant) is None:
            found.append(_("The plant has no calendar: Monday to Friday, 06:00 to 22:00."))
        if usual:
            found.append(
                _("No calendar, so 08:00 to 16:00 on weekdays: %(names)s.")
                % {"names": ", ".join(usual)}
            )
        if any(day.isoweekday() not in self.days for one in sent.values() for day in one.by_day):
            found.append(_("Deliveries on days the plant rests count for the worked day before."))
        return found

    def _hours(self, place: Place) -> tuple[float, float]:
        """Return opening and closing in minutes of the plant's day."""
        opening = opening_of(place)
        ahead = minutes_apart(place, self.plant, self.first)
        opens, closes = (
            each.hour * 60.0 + each.minute - ahead for each in (opening.opens, opening.closes)
        )
        return max(0.0, opens), max(0.0, closes)

    def _volume(self, sent: Sent) -> dict[int, Load]:
        found: dict[int, Load] = {}
        for day, load in sorted(sent.by_day.items()):
            weekday = max(
                (each for each in self.days if each <= day.isoweekday()), default=self.days[0]
            )
            found[weekday] = found.get(weekday, Load()) + load
        return found

    def _patterns(self, opening: Opening) -> list[list[int]] | None:
        """Return the weekday sets on which a supplier hands over; ``None`` = any."""
        worked = [
            day for day in self.days if opening.is_working(self.first + timedelta(days=day - 1))
        ]
        if len(worked) in {0, len(self.days)}:
            return None
        return [
            list(days)
            for size in range(1, len(worked) + 1)
            for days in combinations(worked, size)
        ]  # fmt: skip


def _working_days(plant: Place, first: date) -> tuple[int, ...]:
    opening = opening_of(plant)
    return tuple(
        day for day in range(1, 8) if opening.is_working(first + timedelta(days=day - 1))
    )  # fmt: skip


def load_document(load: Load) -> dict[str, float]:
    """Return an amount as the engine reads it."""
    names = ("kg", "m3", "pallets", "ldm")
    return {name: round(value, 4) for name, value in zip(names, load.parts(), strict=True)}


def vehicle_document(row: VehicleType) -> dict[str, Any]:
    """Return a vehicle type as the engine reads it; money in the main unit."""
    return {
        "id": row.code,
        "count": row.count_per_day,
        "capacity": {
            "kg": float(row.capacity_kg),
            "m3": float(row.capacity_m3),
            "pallets": float(row.capacity_pallets),
            "ldm": float(row.capacity_load_metres),
        },
        "fixed_per_day": row.fixed_per_day_minor / MINOR,
        "per_km": float(row.per_km_minor) / MINOR,
        "per_hour": float(row.per_hour_minor) / MINOR,
        "max_duty_min": row.max_duty_minutes,
        "max_km": row.max_km,
        "start_min": row.start_minute,
        "end_min": row.end_minute,
        "max_trips": row.max_trips,
        "co2e_kg_per_km_empty": float(row.emissions_empty_kg_per_km),
        "co2e_kg_per_km_full": float(row.emissions_full_kg_per_km),
        "emission_class": row.emission_class or row.code,
    }


def direct_document(table: DirectTable, on: date) -> dict[str, Any]:
    """Return prices of direct shipments and their kg CO2e per tonne-kilometre."""
    factor = select(
        known_factors(), mode="road", vehicle=DIRECT_VEHICLE, scope=Scope.WTW, on=on
    )  # fmt: skip
    return {
        "tariff": [
            {"max_km": row.max_km, "max_pallets": row.max_pallets, "price": row.price}
            for row in table.rows
        ],
        "co2e_kg_per_tkm": float(factor.value),
        "x_factor": {"id": factor.id, "source": factor.source, "scope": factor.scope.value},
    }


def _distances(matrix: Matrix, codes: Sequence[str]) -> dict[str, Any]:
    def hop(origin: str, target: str, name: str) -> float:
        return 0.0 if origin == target else float(getattr(matrix.hop(origin, target), name))

    return {
        "model": "matrix",
        "sites": list(codes),
        "km": [[hop(a, b, "km") for b in codes] for a in codes],
        "min": [[hop(a, b, "minutes") for b in codes] for a in codes],
    }


def _notes(table: DirectTable, places: Sequence[Place]) -> list[str]:
    codes = [str(each["code"]) for each in places]
    ways = len(codes) * (len(codes) - 1)
    found = []
    if estimated := ways - len(stored(codes)):
        found.append(
            _("%(n)s of %(all)s distances are estimated: great circle × %(detour)s.")
            % {"n": estimated, "all": ways, "detour": settings.ENVIRONMENT.road_detour}
        )
    if table.lifted:
        found.append(
            _("Direct prices of a nearer, dearer lane count for: %(names)s.")
            % {"names": ", ".join(table.lifted)}
        )
    return found
