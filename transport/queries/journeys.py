"""One shipment or load on its way: what happened, when it was expected, what can be done."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.db.models import Q

from collab.organisations.context import acting_organisation_id
from collab.sharing.access import log_reads
from transport.models import (
    LOAD,
    SHIPMENT,
    CarrierReport,
    DelayOptions,
    EstimatedArrival,
    Leg,
    Load,
    Notice,
    Shipment,
    Stop,
    TrackingLink,
)
from transport.queries.replans import changeable_run
from transport.queries.tracking_words import (
    ACTIONS,
    CAUSES,
    CLOSED,
    COLOURS,
    MILESTONES,
    OPTIONS,
    TONES,
    TURNS,
)
from transport.queries.words import NOTICES
from transport.rules.eta_colour import Colour

MOST_ESTIMATES, MOST_EVENTS = 200, 100


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """What a carrier reported: a milestone, sensor or document, with what it said about it."""

    code: str
    details: Sequence[str]
    happened_at: datetime


@dataclass(frozen=True, slots=True)
class Milestone:
    """Something that happened, in words; ``detail`` may be empty."""

    at: datetime
    text: str
    detail: str = ""


@dataclass(frozen=True, slots=True)
class Estimate:
    """How the arrival was expected at one position: minutes behind the appointment, < 0 before."""

    made_at: datetime
    p10: datetime
    p50: datetime
    p90: datetime
    km: float
    late_p10: int
    late_p50: int
    late_p90: int


@dataclass(frozen=True, slots=True)
class OptionRow:
    """One way out of a delay in words; money in minor units, ``None`` where nobody knows.

    ``load_id`` names the load whose day may be planned again; none for other ways out.
    """

    kind: str
    late_minutes: int
    cost_minor: int | None
    currency: str
    co2_kg: str | None
    reason: str
    load_id: UUID | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Journey:
    """What the viewer may know of a shipment on its way."""

    shipment: Shipment
    colour: str
    tone: str
    due_at: datetime
    expected_at: datetime | None
    earliest_at: datetime | None
    latest_at: datetime | None
    milestones: Sequence[Milestone]
    estimates: Sequence[Estimate]
    readings: Sequence[Reading]
    options: Sequence[OptionRow]

    @property
    def element_id(self) -> str:
        """The id of the region on screens."""
        return f"journey-{self.shipment.pk}"


@dataclass(frozen=True, slots=True, kw_only=True)
class FollowedLoad:
    """A load as planner and carrier follow it."""

    load: Load
    stops: Sequence[Stop]
    colour: str
    tone: str
    cause: str
    action: str
    turn: str
    milestones: Sequence[Milestone]
    readings: Sequence[Reading]
    links: Sequence[TrackingLink]


def journey(shipment_id: UUID) -> Journey | None:
    """Return a visible shipment on its way; ``None`` for a missing and for a hidden one."""
    shipment = Shipment.objects.filter(pk=shipment_id).first()
    if shipment is None:
        return None
    log_reads(SHIPMENT, [shipment.owner_id])
    due_at = shipment.appointment_until or shipment.planned_delivery
    eta = shipment.eta or {}
    progress = shipment.progress or Colour.NO_SIGNAL.value
    return Journey(
        shipment=shipment,
        colour=str(COLOURS[progress]),
        tone=TONES[progress],
        due_at=due_at,
        expected_at=_instant(eta.get("p50")),
        earliest_at=_instant(eta.get("p10")),
        latest_at=_instant(eta.get("p90")),
        milestones=_told(Q(shipment_id=shipment.pk) | Q(load_id__in=_loads_of(shipment))),
        estimates=_estimates(shipment, due_at),
        readings=_readings(_loads_of(shipment)),
        options=options_of(shipment.pk),
    )


def options_of(shipment_id: UUID) -> list[OptionRow]:
    """Return what the acting organisation can do about a delay of its own shipment."""
    found = DelayOptions.objects.filter(shipment_id=shipment_id).first()
    if found is None:
        return []
    load_id = changeable_run(shipment_id)
    return [
        OptionRow(
            kind=str(OPTIONS[row["kind"]]),
            late_minutes=row["late_minutes"],
            cost_minor=row["cost_minor"],
            currency=found.currency,
            co2_kg=row["co2_kg"],
            reason=str(CLOSED.get(row["reason"], "")),
            load_id=load_id if row["kind"] == "re_plan" else None,
        )
        for row in found.rows
    ]


def followed_load(load_id: UUID) -> FollowedLoad | None:
    """Return a visible load; ``None`` for a missing and for a hidden one."""
    load = Load.objects.filter(pk=load_id).first()
    if load is None:
        return None
    log_reads(LOAD, [load.owner_id])
    progress = load.progress or Colour.NO_SIGNAL.value
    return FollowedLoad(
        load=load,
        stops=list(Stop.objects.filter(load_id=load.pk).order_by("sequence")),
        colour=str(COLOURS[progress]),
        tone=TONES[progress],
        cause=str(CAUSES.get(load.missing_cause, "")),
        action=str(ACTIONS.get(load.missing_cause, "")),
        turn=str(TURNS.get(load.missing_cause, "")),
        milestones=_told(Q(load_id=load.pk)),
        readings=_readings([load.pk]),
        links=list(TrackingLink.objects.filter(load_id=load.pk).order_by("means", "device")),
    )


def _loads_of(shipment: Shipment) -> list[UUID]:
    """Return the loads of a shipment that the viewer sees: its own, or those it drives."""
    return list(Leg.objects.filter(shipment_id=shipment.pk).values_list("load_id", flat=True))


def _told(wanted: Q) -> list[Milestone]:
    """Return what the viewer was told, newest first."""
    ours = acting_organisation_id()
    rows = Notice.objects.filter(wanted, counterparty_id=ours).order_by("-happened_at", "-pk")
    return [
        Milestone(row.happened_at, str(NOTICES.get(row.code, row.code)), _detail(row.facts))
        for row in rows[:MOST_EVENTS]
    ]


def _detail(facts: dict[str, Any]) -> str:
    expected = _instant(facts.get("p50"))
    return f"{expected:%Y-%m-%d %H:%M} UTC" if expected is not None else ""


def _readings(load_ids: Sequence[UUID]) -> list[Reading]:
    """Return what carriers reported beside positions, newest first, in words."""
    rows = CarrierReport.objects.filter(load_id__in=load_ids).order_by("-happened_at", "-pk")
    return [
        Reading(
            code=str(MILESTONES.get(row.code, row.code)),
            details=[_worded(name, value) for name, value in row.facts.items() if _is_plain(value)],
            happened_at=row.happened_at,
        )
        for row in rows[:MOST_EVENTS]
    ]


def _is_plain(value: Any) -> bool:
    """Say whether people read the value as it stands: lists and switches are for machines."""
    return isinstance(value, str | int | float) and not isinstance(value, bool) and value != ""


def _worded(name: str, value: Any) -> str:
    return f"{name.replace('_', ' ')} {value}"


def _estimates(shipment: Shipment, due_at: datetime) -> list[Estimate]:
    rows = EstimatedArrival.objects.filter(shipment_id=shipment.pk).order_by("-made_at")
    return [
        Estimate(
            row.made_at,
            row.p10,
            row.p50,
            row.p90,
            float(row.remaining_km),
            *(
                round((each - due_at) / timedelta(minutes=1))
                for each in (row.p10, row.p50, row.p90)
            ),
        )
        for row in reversed(rows[:MOST_ESTIMATES])
    ]


def _behind(due_at: datetime, *instants: datetime) -> tuple[int, ...]:
    return tuple(round((each - due_at) / timedelta(minutes=1)) for each in instants)


def _instant(text: Any) -> datetime | None:
    return datetime.fromisoformat(text) if text else None
