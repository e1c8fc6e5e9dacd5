"""A re-plan as its page and the interface show it: figures, vehicles, stops before and after."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any
from uuid import UUID

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from collab.organisations.context import acting_organisation_id
from collab.organisations.names import NOBODY, names_of
from transport.models import Leg, Load, Mode, Replan
from transport.queries.timetable import SERIES, clock
from transport.services.replan_day import CHANGEABLE

WHY_FIXED = {
    "driven": gettext_lazy("driven"),
    "ahead": gettext_lazy("the truck is on its way there"),
    "promised": gettext_lazy("promised, so frozen"),
}
TONES = {
    Replan.State.RUNNING: "info",
    Replan.State.PROPOSED: "brand",
    Replan.State.INFEASIBLE: "crit",
    Replan.State.FAILED: "crit",
    Replan.State.ACCEPTED: "ok",
    Replan.State.REJECTED: "done",
}
MOVED_MIN = 15
Document = Mapping[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class StopRow:
    """A supplier's stop before and after; clock times are the plant's, lateness in minutes.

    ``change``: same, later, earlier, truck, new, direct, dropped.
    """

    key: str
    name: str
    told: str
    held: str
    now: str
    truck_before: str
    truck_after: str
    series: int
    change: str
    why_fixed: str
    is_missed: bool
    late_before: int
    late_after: int
    cost: float | None

    @property
    def change_label(self) -> str:
        """The change in words."""
        return {
            "same": "",
            "later": _("later"),
            "earlier": _("earlier"),
            "truck": _("other truck"),
            "new": _("taken along"),
            "direct": _("sent direct"),
            "dropped": _("not fetched"),
        }[self.change]

    @property
    def tone(self) -> str:
        """The tone of the change's pill."""
        return {"dropped": "warn", "direct": "warn", "new": "ok"}.get(self.change, "brand")


@dataclass(frozen=True, slots=True, kw_only=True)
class TruckRow:
    """A vehicle's stops by name, before and after, with its kilometres; hired now: no before."""

    name: str
    sub: str
    series: int
    before: Sequence[str]
    after: Sequence[str]
    km: float | None
    ends: str

    @property
    def is_changed(self) -> bool:
        """Whether it goes elsewhere than it was told."""
        return list(self.before) != list(self.after)


@dataclass(frozen=True, slots=True, kw_only=True)
class Figure:
    """One figure without and with the re-plan; a fall is ``good``."""

    name: str
    label: str
    before: float
    after: float

    @property
    def change(self) -> float:
        """What the re-plan changes."""
        return self.after - self.before

    @property
    def tone(self) -> str:
        """good, bad or flat."""
        if abs(self.change) < 0.5:
            return "flat"
        return "good" if self.change < 0 else "bad"


@dataclass(frozen=True, slots=True, kw_only=True)
class ReplanView:
    """A solved re-plan."""

    figures: Sequence[Figure]
    trucks: Sequence[TruckRow]
    stops: Sequence[StopRow]

    @property
    def changed(self) -> Sequence[StopRow]:
        """Stops that are no longer what partners were told."""
        return [each for each in self.stops if each.change != "same"]

    @property
    def fixed(self) -> Sequence[StopRow]:
        """Stops that stay, because they cannot or must not change."""
        return [each for each in self.stops if each.why_fixed]


def replans_of(load_id: UUID) -> list[Replan]:
    """Return the visible re-plans asked for from a load, newest first."""
    return list(Replan.objects.filter(load_id=load_id).order_by("-pk")[:20])


def changeable_run(shipment_id: UUID) -> UUID | None:
    """Return the own milk run that a shipment is on, or waits for, if its day can be replanned."""
    legs = Leg.objects.filter(
        owner_id=acting_organisation_id(),
        shipment_id=shipment_id,
        load__mode=Mode.MILK_RUN,
        load__state__in=CHANGEABLE,
    )
    found: UUID | None = legs.order_by("-position").values_list("load_id", flat=True).first()
    return found


def view_of(row: Replan) -> ReplanView:
    """Return what a solved re-plan shows, what changes first; one query for carriers' names."""
    stops = sorted(_stops(row), key=lambda each: each.change == "same")
    return ReplanView(figures=figures_of(row), trucks=list(_trucks(row)), stops=stops)


def loads_changed(row: Replan) -> list[Load]:
    """Return the loads that an accepted re-plan changed or made."""
    keys = row.figures.get("loads", [])
    return list(Load.objects.filter(pk__in=keys).order_by("number"))


def figures_of(row: Replan) -> list[Figure]:
    """Return cost, kilometres, emissions, lateness and stops nobody would come to."""
    words = {
        "cost": _("Cost of the day"),
        "km": _("Kilometres"),
        "kg_co2e": _("Emissions"),
        "late_min": _("Late at the plant"),
        "missed": _("Pick-ups missed"),
    }
    before, after = row.figures["before"], row.figures["after"]
    return [
        Figure(name=name, label=label, before=before[name], after=after[name])
        for name, label in words.items()
    ]


def network_before(row: Replan) -> dict[str, Any]:
    """Return the ways that vehicles were told to drive, for the map."""
    halts = row.day["halts"]
    numbers = {each["id"]: series for series, each in _series(row)}
    ways: dict[str, list[str]] = {}
    for key, halt in halts.items():
        if halt["load"]:
            ways.setdefault(halt["load"], []).append(key)
    return _network(row, [(numbers.get(load, 0), load, keys) for load, keys in ways.items()])


def network_after(row: Replan) -> dict[str, Any]:
    """Return the ways of the proposal, for the map."""
    names = _names(row)
    ways = [
        (series, names[route["vehicle_type"], route["vehicle_index"]],
         [stop["supplier"] for stop in trip["stops"]])
        for series, route in _routes(row)
        for trip in route["trips"]
    ]  # fmt: skip
    ways += [(0, _("Direct"), [key]) for key in row.answer["direct"]]
    return _network(row, ways)


def _network(row: Replan, ways: Sequence[tuple[int, str, Sequence[str]]]) -> dict[str, Any]:
    halts, plant = row.day["halts"], row.day["plant"]
    missed = {key for key, each in row.answer["stops"].items() if each["is_missed"]}
    places = {plant["code"]: (plant, False)}
    for key, halt in halts.items():
        places[halt["place"]["code"]] = (halt["place"], key in missed)
    sites = [
        {
            "id": code,
            "name": str(place["name"]),
            "lat": place["latitude"],
            "lon": place["longitude"],
            "own": code == plant["code"],
            "status": "warn" if is_missed else "ok",
        }
        for code, (place, is_missed) in places.items()
    ]
    flows: list[dict[str, Any]] = []
    for series, name, keys in ways:
        stops = [plant["code"], *(halts[key]["place"]["code"] for key in keys), plant["code"]]
        label = f"{name}: {' → '.join(str(halts[key]['name']) for key in keys)}"
        flows += [
            {"from": a, "to": b, "status": "ok", "label": label}
            | ({"series": series} if series else {})
            for a, b in pairwise(stops)
            if a != b
        ]
    return {"sites": sites, "flows": flows}


def _series(row: Replan) -> Iterator[tuple[int, Document]]:
    """Yield the vehicles of before with their colour, from 1."""
    for place, each in enumerate(row.day["vehicles"]):
        yield place % SERIES + 1, each


def _routes(row: Replan) -> Iterator[tuple[int, Document]]:
    """Yield the vehicles of the proposal with their colour: that of before, else the next."""
    known = {each["id"]: series for series, each in _series(row)}
    place = len(known)
    for route in row.answer["routes"]:
        if route["vehicle_type"] in known:
            yield known[route["vehicle_type"]], route
            continue
        yield place % SERIES + 1, route
        place += 1


def _names(row: Replan) -> dict[tuple[str, int], str]:
    """Return what the vehicles of the proposal are called: the load, or a new vehicle's type."""
    known = {each["id"] for each in row.day["vehicles"]}
    return {
        (each["vehicle_type"], each["vehicle_index"]): each["vehicle_type"]
        if each["vehicle_type"] in known
        else _("New: %(type)s") % {"type": each["vehicle_type"]}
        for each in row.answer["routes"]
    }


def _trucks(row: Replan) -> Iterator[TruckRow]:
    halts, names = row.day["halts"], _names(row)
    carriers = names_of({each["carrier_id"] for each in row.day["vehicles"]})
    told: dict[str, list[str]] = {}
    for halt in halts.values():
        if halt["load"]:
            told.setdefault(halt["load"], []).append(str(halt["name"]))
    seen = set()
    subs = {
        each["id"]: " · ".join(
            filter(None, (each["plate"], carriers.get(each["carrier_id"], NOBODY).short))
        )
        for each in row.day["vehicles"]
    }
    for series, route in _routes(row):
        key = route["vehicle_type"]
        seen.add(key)
        stops = [stop["supplier"] for trip in route["trips"] for stop in trip["stops"]]
        yield TruckRow(
            name=names[key, route["vehicle_index"]],
            sub=subs.get(key, _("needs a carrier")),
            series=series,
            before=told.get(key, ()),
            after=[str(halts[each]["name"]) for each in stops],
            km=route["km"],
            ends=clock(route["end_min"]),
        )
    for load, before in told.items():
        if load not in seen:
            yield TruckRow(
                name=load, sub=_("not needed any more"), series=0, before=before, after=(),
                km=None, ends="–",
            )  # fmt: skip


def _stops(row: Replan) -> Iterator[StopRow]:
    halts, names, known = row.day["halts"], _names(row), set(row.day["staying"])
    colours = {
        (each["vehicle_type"], each["vehicle_index"]): series for series, each in _routes(row)
    }
    found = sorted(
        row.answer["stops"].items(),
        key=lambda pair: (
            pair[1]["vehicle"] is None, pair[1]["vehicle"] or [], pair[1]["start_min"] or 0
        ),
    )  # fmt: skip
    for key, each in found:
        halt = halts[key]
        vehicle = tuple(each["vehicle"]) if each["vehicle"] else None
        yield StopRow(
            key=key,
            name=str(halt["name"]),
            told=clock(halt["told_min"]) if halt["load"] else "–",
            held="–" if each["held_min"] is None else clock(each["held_min"]),
            now="–" if each["arrive_min"] is None else clock(each["arrive_min"]),
            truck_before=halt["load"] or "–",
            truck_after=names[vehicle] if vehicle else _("Direct") if each["is_direct"] else "–",
            series=colours[vehicle] if vehicle else 0,
            change=_change(halt, each, key in known),
            why_fixed=str(WHY_FIXED.get(halt["why_fixed"], "")) if key in known else "",
            is_missed=each["is_missed"] and bool(halt["load"]),
            late_before=_late(each["held_at_plant_min"], halt["due_min"]),
            late_after=_late(each["at_plant_min"], halt["due_min"]),
            cost=each["cost"],
        )


def _change(halt: Document, each: Document, is_fixed: bool) -> str:
    if each["is_direct"]:
        return "direct"
    if each["vehicle"] is None:
        return "dropped"
    if not halt["load"]:
        return "new"
    if each["vehicle"][0] != halt["load"]:
        return "truck"
    moved = each["arrive_min"] - halt["told_min"]
    if is_fixed or abs(moved) <= MOVED_MIN:
        return "same"
    return "later" if moved > 0 else "earlier"


def _late(at: float | None, due: float) -> int:
    return 0 if at is None else max(0, round(at - due))
