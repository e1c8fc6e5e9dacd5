"""Publish a solved week as fixed routes; carriers and suppliers are told and asked (TR-03)."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext as _
from uuid_utils.compat import uuid7

from collab.events.bus import publish
from collab.masterdata.refusals import Refused
from collab.organisations.clock import own_day
from collab.organisations.context import acting_organisation_id
from transport.engine.milkrun.problem import Load, Problem, Window
from transport.events import RoutesPublished
from transport.models import MilkRunScenario, RouteStop, RouteTemplate
from transport.queries.tariffs import carrier_tariffs
from transport.rules.tariff import Mode
from transport.services.fixed_routes import published_stops, routes_of_plant, stops_of
from transport.services.numbers import next_numbers
from transport.services.places import Place
from transport.services.route_changes import (
    NOTICE_DAYS,
    StopChange,
    changes_between,
    first_day_after_notice,
)
from transport.services.route_shapes import Halt, Shape, shapes_of, stops_told
from transport.services.scenario_problem import minutes_apart, problem_in
from transport.services.scenario_tariff import MINOR
from transport.services.scenarios import locked_scenario

State = RouteTemplate.State
MOST_KEYS = 200
CENT, KG, SHARE = Decimal("0.01"), Decimal("0.001"), Decimal("0.0001")


@dataclass(frozen=True, slots=True)
class Publication:
    """What publishing a scenario does: routes that stay, come and go, and who is told what."""

    shapes: Sequence[Shape]
    kept: Sequence[RouteTemplate]
    ended: Sequence[RouteTemplate]
    fresh: Sequence[Shape]
    changes: Sequence[StopChange]
    earliest: date

    @property
    def suppliers(self) -> int:
        """How many suppliers have to know of a change."""
        return len({each.supplier for each in self.changes})


def preview(scenario: MilkRunScenario, *, today: date, carrier_id: int = 0) -> Publication:
    """Return what publishing would do; ``carrier_id`` 0 = nobody drives the routes yet.

    Raises ``Refused`` for a scenario without a plan.
    """
    if not scenario.plan:
        raise Refused("state", "a solved scenario", scenario.get_state_display())
    carrier = carrier_id or acting_organisation_id()
    problem = problem_in(scenario.problem, scenario.options)
    shapes = shapes_of(problem, scenario.plan)
    plant: Place = scenario.problem["x_places"][problem.plant.id]
    known = routes_of_plant(plant["site_code"], today)
    matches = {id(shape): _same(shape, known, carrier) for shape in shapes}
    kept = [each for each in matches.values() if each is not None]
    kept_ids = {each.pk for each in kept}
    return Publication(
        shapes=shapes,
        kept=kept,
        ended=[each for each in known if each.pk not in kept_ids],
        fresh=[each for each in shapes if matches[id(each)] is None],
        changes=changes_between(published_stops(plant["site_code"], today), stops_told(shapes)),
        earliest=first_day_after_notice(plant, today),
    )


@transaction.atomic
def publish_scenario(
    scenario_id: UUID,
    *,
    valid_from: date,
    as_of: datetime,
    carrier_id: int = 0,
    version: int | None = None,
) -> list[RouteTemplate]:
    """Make the plan of a scenario the fixed routes of its plant; return those that hold then.

    Routes that stay as they are stay; others end on ``valid_from``. A route is active once its
    carrier and all suppliers on it have accepted. Publishing again changes nothing.

    Raises
    ------
    Refused
        Without a plan, for a carrier without a milk-run tariff, or if stops change earlier than
        partners have to know.
    """
    scenario = locked_scenario(scenario_id, version)
    _check_carrier(carrier_id, scenario.currency, valid_from)
    today = own_day(as_of)
    found = preview(scenario, today=today, carrier_id=carrier_id)
    if found.changes and valid_from < found.earliest:
        expected = _("%(day)s or later: %(n)s working days of notice for %(stops)s stops") % {
            "day": found.earliest.isoformat(), "n": NOTICE_DAYS, "stops": len(found.changes)
        }  # fmt: skip
        raise Refused("valid_from", expected, valid_from)
    touched = [_ended(each, valid_from) for each in found.ended]
    numbers = next_numbers("route", len(found.fresh))
    problem = problem_in(scenario.problem, scenario.options)
    made = [
        _Maker(scenario, problem, valid_from, carrier_id).make(shape, number)
        for shape, number in zip(found.fresh, numbers, strict=True)
    ]
    if scenario.state != MilkRunScenario.State.PUBLISHED:
        scenario.state = MilkRunScenario.State.PUBLISHED
        scenario.version += 1
        scenario.save(update_fields=["state", "version"])
    announce_routes([*touched, *made])
    return [*found.kept, *made]


def milk_run_carriers(on: date, currency: str) -> list[int]:
    """Return the carriers with a milk-run tariff in force in a currency, by their rank."""
    offers = [
        each
        for each in carrier_tariffs(on)
        if each.tariff.mode == Mode.MILK_RUN and each.tariff.currency == currency
    ]
    return list(dict.fromkeys(each.carrier_id for each in sorted(offers, key=lambda o: o.rank)))


def announce_routes(routes: Iterable[RouteTemplate]) -> None:
    """Tell each partner concerned of its routes and stops that are new, changed or ended."""
    told: dict[int, tuple[list[str], list[str]]] = {}
    for route in routes:
        told.setdefault(route.counterparty_id, ([], []))[0].append(str(route.pk))
        for stop in stops_of(route):
            told.setdefault(stop.counterparty_id, ([], []))[1].append(str(stop.pk))
    for partner, (keys, stops) in sorted(told.items()):
        for start in range(0, max(len(keys), len(stops)), MOST_KEYS):
            publish(
                RoutesPublished(
                    change_id=str(uuid7()),
                    partner_id=partner,
                    route_ids=keys[start : start + MOST_KEYS],
                    stop_ids=stops[start : start + MOST_KEYS],
                )
            )


def _check_carrier(carrier_id: int, currency: str, on: date) -> None:
    if carrier_id and carrier_id not in milk_run_carriers(on, currency):
        raise Refused("carrier", "a carrier with a milk-run tariff in force", "")


def _ended(route: RouteTemplate, valid_from: date) -> RouteTemplate:
    """End a route; one that has not begun by then never does."""
    if route.valid_from < valid_from:
        route.valid_to = valid_from
    else:
        route.state = State.ENDED
    route.version += 1
    route.save(update_fields=["valid_to", "state", "version"])
    return route


def _same(
    shape: Shape, known: Sequence[RouteTemplate], carrier_id: int
) -> RouteTemplate | None:  # fmt: skip
    """Return the route that a shape repeats to the minute with the same carrier."""
    told = [(each.purpose, each.place, each.arrive, each.depart) for each in shape.halts]
    for route in known:
        stops = [
            (each["purpose"], each["place"]["code"], each["arrive"], each["depart"])
            for each in route.stops
        ]
        same = (route.vehicle_type, list(route.weekdays), stops) == (
            shape.vehicle_type, shape.days, told
        )  # fmt: skip
        if same and route.counterparty_id == carrier_id and route.valid_to is None:
            return route
    return None


class _Maker:
    """Writes the routes of one publication with the stops of their suppliers."""

    def __init__(
        self, scenario: MilkRunScenario, problem: Problem, valid_from: date, carrier_id: int
    ) -> None:
        self._scenario, self._problem, self._from = scenario, problem, valid_from
        self._carrier = carrier_id or acting_organisation_id()
        self._places: dict[str, Place] = scenario.problem["x_places"]
        self._plant = self._places[problem.plant.id]
        self._windows = {problem.plant.id: problem.plant.windows} | {
            each.id: each.windows for each in problem.suppliers
        }

    def make(self, shape: Shape, number: str) -> RouteTemplate:
        """Write one route; its carrier and its suppliers have not answered."""
        route = RouteTemplate.objects.create(
            owner_id=acting_organisation_id(),
            counterparty_id=self._carrier,
            number=number,
            scenario_id=self._scenario.pk,
            plant_code=self._plant["site_code"],
            weekdays=shape.days,
            vehicle_type=shape.vehicle_type,
            start_minute=shape.halts[0].arrive,
            end_minute=shape.halts[-1].depart,
            stops=[self._shown(each) for each in shape.halts],
            distance_km=Decimal(shape.km).quantize(CENT),
            cost_minor=round(shape.cost * MINOR),
            currency=self._scenario.currency,
            emissions_kg=Decimal(shape.kg_co2e).quantize(KG),
            fill=Decimal(shape.fill).quantize(SHARE),
            valid_from=self._from,
        )
        RouteStop.objects.bulk_create(
            self._stop(route, sequence, each)
            for sequence, each in enumerate(shape.halts, start=1)
            if each.purpose == "pickup"
        )
        return route

    def _shown(self, halt: Halt) -> dict[str, Any]:
        return {
            "purpose": halt.purpose,
            "place": self._places[halt.place],
            "arrive": halt.arrive,
            "start": halt.start,
            "depart": halt.depart,
            "window": list(self._window(halt)),
            "figures": {str(day): _figures(load) for day, load in halt.amounts.items()},
        }

    def _stop(self, route: RouteTemplate, sequence: int, halt: Halt) -> RouteStop:
        """Return a supplier's own stop; its times are on the supplier's clock."""
        place = self._places[halt.place]
        ahead = minutes_apart(place, self._plant, self._from)
        opens, closes = self._window(halt)
        choice = self._scenario.plan["suppliers"][halt.place] if self._scenario.plan else {}
        return RouteStop(
            owner_id=route.owner_id,
            counterparty_id=place["organisation_id"],
            route=route,
            route_number=route.number,
            sequence=sequence,
            place=place,
            weekdays=route.weekdays,
            arrive_minute=max(0, halt.arrive + ahead),
            depart_minute=max(0, halt.depart + ahead),
            window=[opens + ahead, closes + ahead],
            figures={str(day): _figures(load) for day, load in halt.amounts.items()},
            reason={"pickups": len(choice.get("pattern", ())), "notice_days": route.notice_days},
            valid_from=self._from,
        )

    def _window(self, halt: Halt) -> tuple[int, int]:
        """Return the opening in which service begins."""
        windows: Sequence[Window] = self._windows[halt.place]
        opens, closes = next(
            (each for each in windows if each[0] <= halt.start <= each[1]), windows[0]
        )
        return round(opens), round(max(closes, halt.start))


def _figures(load: Load) -> dict[str, str]:
    names = ("kg", "m3", "pallets", "ldm")
    return {name: f"{value:.3f}" for name, value in zip(names, load.parts(), strict=True)}
