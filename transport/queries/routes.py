"""Fixed routes as their owner, their carrier and the suppliers on them see them."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.db.models import QuerySet
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from collab.organisations.context import acting_organisation_id
from collab.organisations.names import NOBODY, Name, names_of
from transport.models import RouteAnswer, RouteStop, RouteTemplate
from transport.queries.timetable import WEEKDAYS, clock
from transport.queries.whole import whole_rows
from transport.services.places import Place, shown

TONES: Mapping[str, str] = {
    "proposed": "warn", "accepted": "info", "active": "ok", "ended": "done", "change": "crit",
}  # fmt: skip
STOP_LABELS: Mapping[str, Promise] = {
    "proposed": _("Not answered"),
    "accepted": _("Accepted"),
    "change": _("Change wanted"),
}
VIEWS: Mapping[str, tuple[str, ...]] = {
    "current": ("proposed", "accepted", "active"),
    "proposed": ("proposed", "accepted"),
    "active": ("active",),
    "ended": ("ended",),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class RouteRow:
    """A route: for its owner and carrier. Money in minor units, for the owner alone."""

    id: UUID
    number: str
    owner: Name
    carrier: Name
    is_own: bool
    is_carrier: bool
    state: str
    weekdays: Sequence[int]
    vehicle_type: str
    start_minute: int
    end_minute: int
    stops: Sequence[Mapping[str, Any]]
    distance_km: Decimal
    cost_minor: int | None
    currency: str
    emissions_kg: Decimal
    fill: Decimal
    valid_from: date
    valid_to: date | None
    scenario_id: UUID
    version: int
    answer: RouteAnswer | None

    @property
    def element_id(self) -> str:
        """The id of the row on screens."""
        return f"route-{self.id}"

    @property
    def state_label(self) -> str:
        """The state in words."""
        return str(RouteTemplate.State(self.state).label)

    @property
    def tone(self) -> str:
        """The tone of the state's pill."""
        return TONES[self.state]

    @property
    def days(self) -> str:
        """The weekdays in short."""
        return " ".join(str(WEEKDAYS[day]) for day in self.weekdays)

    @property
    def hours(self) -> str:
        """From when to when on the plant's clock."""
        return f"{clock(self.start_minute)}–{clock(self.end_minute)}"

    @property
    def pickups(self) -> int:
        """How many suppliers it visits."""
        return sum(each["purpose"] == "pickup" for each in self.stops)

    @property
    def fill_percent(self) -> int:
        """How full it is at its fullest [%]."""
        return round(100 * self.fill)

    @property
    def cost(self) -> Decimal | None:
        """What one occurrence costs."""
        return None if self.cost_minor is None else Decimal(self.cost_minor) / 100


@dataclass(frozen=True, slots=True, kw_only=True)
class RouteStopRow:
    """A supplier's stop on a route, in minutes of the supplier's day."""

    id: UUID
    route_id: UUID
    route_number: str
    owner: Name
    supplier: Name
    is_own: bool
    place: Place
    sequence: int
    weekdays: Sequence[int]
    arrive_minute: int
    depart_minute: int
    window: Sequence[int]
    figures: Mapping[str, Mapping[str, str]]
    reason: Mapping[str, Any]
    state: str
    valid_from: date
    answer: RouteAnswer | None

    @property
    def element_id(self) -> str:
        """The id of the row on screens."""
        return f"route-stop-{self.id}"

    @property
    def state_label(self) -> str:
        """The state in words."""
        return str(STOP_LABELS[self.state])

    @property
    def tone(self) -> str:
        """The tone of the state's pill."""
        return TONES[self.state]

    @property
    def days(self) -> str:
        """The weekdays in short."""
        return " ".join(str(WEEKDAYS[day]) for day in self.weekdays)

    @property
    def hours(self) -> str:
        """From when to when a vehicle is there."""
        return f"{clock(self.arrive_minute)}–{clock(self.depart_minute)}"

    @property
    def opening(self) -> str:
        """The window in which it has to begin."""
        return f"{clock(self.window[0])}–{clock(self.window[1])}"

    @property
    def amounts(self) -> list[tuple[str, str]]:
        """Weekday and what is collected then: 6 pallets, 3,000 kg."""
        return [
            (str(WEEKDAYS[int(day)]), f"{Decimal(each['pallets']):.1f} / {Decimal(each['kg']):.0f}")
            for day, each in sorted(self.figures.items())
        ]


def routes(view: str = "current") -> QuerySet[RouteTemplate]:
    """Return the visible routes of a view, for their owner and carrier."""
    rows = whole_rows(RouteTemplate.objects.filter(state__in=VIEWS[view]))
    return rows.order_by("-valid_from", "number", "pk")


def own_stops() -> QuerySet[RouteStop]:
    """Return the stops that others make at the acting organisation's places."""
    us = acting_organisation_id()
    rows = whole_rows(RouteStop.objects.filter(counterparty_id=us).exclude(owner_id=us))
    return rows.order_by("-valid_from", "route_number", "sequence", "pk")


def stops_on(route_id: UUID) -> list[RouteStopRow]:
    """Return the suppliers' stops on an own route."""
    rows = RouteStop.objects.filter(owner_id=acting_organisation_id(), route_id=route_id)
    return stop_rows(rows.order_by("sequence"))


def route_rows(rows: Iterable[RouteTemplate]) -> list[RouteRow]:
    """Return routes as screens and interfaces show them."""
    known = list(rows)
    us = acting_organisation_id()
    names = names_of({key for each in known for key in (each.owner_id, each.counterparty_id)})
    answers = _answers([each.pk for each in known])
    return [
        RouteRow(
            id=each.pk,
            number=each.number,
            owner=names.get(each.owner_id, NOBODY),
            carrier=_carrier(each, names),
            is_own=each.owner_id == us,
            is_carrier=each.counterparty_id == us and each.owner_id != us,
            state=each.state,
            weekdays=each.weekdays,
            vehicle_type=each.vehicle_type,
            start_minute=each.start_minute,
            end_minute=each.end_minute,
            stops=each.stops,
            distance_km=each.distance_km,
            cost_minor=each.cost_minor if each.owner_id == us else None,
            currency=each.currency,
            emissions_kg=each.emissions_kg,
            fill=each.fill,
            valid_from=each.valid_from,
            valid_to=each.valid_to,
            scenario_id=each.scenario_id,
            version=each.version,
            answer=answers.get(each.pk),
        )
        for each in known
    ]


def stop_rows(rows: Iterable[RouteStop]) -> list[RouteStopRow]:
    """Return suppliers' stops as screens and interfaces show them."""
    known = list(rows)
    us = acting_organisation_id()
    names = names_of({key for each in known for key in (each.owner_id, each.counterparty_id)})
    answers = _answers([each.pk for each in known])
    return [
        RouteStopRow(
            id=each.pk,
            route_id=each.route_id,
            route_number=each.route_number,
            owner=names.get(each.owner_id, NOBODY),
            supplier=names.get(each.counterparty_id, NOBODY),
            is_own=each.owner_id == us,
            place=each.place,
            sequence=each.sequence,
            weekdays=each.weekdays,
            arrive_minute=each.arrive_minute,
            depart_minute=each.depart_minute,
            window=each.window,
            figures=each.figures,
            reason=each.reason,
            state=_stop_state(each, answers),
            valid_from=each.valid_from,
            answer=answers.get(each.pk),
        )
        for each in known
    ]


def stop_lines(row: RouteRow) -> list[dict[str, Any]]:
    """Return the stops of a route for its page, with clock times."""
    return [
        {
            "purpose": each["purpose"],
            "place": shown(each["place"]),
            "arrive": clock(each["arrive"]),
            "depart": clock(each["depart"]),
            "figures": [
                (str(WEEKDAYS[int(day)]), each["figures"][day]) for day in sorted(each["figures"])
            ],
        }
        for each in row.stops
    ]


def _carrier(route: RouteTemplate, names: Mapping[int, Name]) -> Name:
    return NOBODY if route.counterparty_id == route.owner_id else names.get(
        route.counterparty_id, NOBODY
    )  # fmt: skip


def _answers(keys: Sequence[UUID]) -> dict[UUID, RouteAnswer]:
    """Return what was said to routes and stops, as far as it is visible whole."""
    rows = whole_rows(RouteAnswer.objects.filter(subject_id__in=list(keys)))
    return {each.subject_id: each for each in rows}


def _stop_state(stop: RouteStop, answers: Mapping[UUID, RouteAnswer]) -> str:
    """Return the answer as soon as the one who gave it looks, before its owner has heard it."""
    answer = answers.get(stop.pk)
    return answer.verdict if answer is not None else stop.state
