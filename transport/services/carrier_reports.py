"""What a carrier says about a load beside positions: milestones, documents, sensors, arrivals."""

import contextlib
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.db import transaction

from collab.events.bus import publish
from collab.masterdata.refusals import Refused
from collab.organisations.context import acting_organisation_id
from transport.events import CarrierReported
from transport.models import CarrierReport, Load, LoadState, Stop
from transport.services.links import ACTIVE

Kind = CarrierReport.Kind
MILESTONES = ("arrived", "loaded", "departed", "unloaded", "proof_of_delivery")
AHEAD = timedelta(minutes=2)
"""How far a sender's clock may run ahead."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Statement:
    """One report; ``stop`` is a sequence of the load, left out where it is the next one."""

    load: str
    kind: str
    code: str
    happened_at: datetime
    stop: int | None = None
    facts: dict[str, Any] = field(default_factory=dict)
    key: str = ""


@dataclass(frozen=True, slots=True)
class Stated:
    """The stored report, and whether it is new."""

    report: CarrierReport
    is_new: bool


@transaction.atomic
def report(statement: Statement, *, now: datetime) -> Stated:
    """Store a report and let the customer hear it; the same one twice is one.

    Raises ``Refused`` for a load that is not one's own and active, a stop it has not, a code that
    is no milestone, and a time to come.
    """
    load = followed_load(statement.load)
    if statement.kind == Kind.MILESTONE and statement.code not in MILESTONES:
        raise Refused("code", f"one of {', '.join(MILESTONES)}", statement.code)
    if statement.happened_at > now + AHEAD:
        raise Refused("happened_at", "a time that has come", statement.happened_at.isoformat())
    sequence = _sequence(load, statement)
    key = statement.key or f"{statement.kind}:{statement.code}:{sequence}"
    if statement.kind in {Kind.SENSOR, Kind.ARRIVAL} and not statement.key:
        key = f"{key}:{statement.happened_at.timestamp():.0f}"
    row, is_new = CarrierReport.objects.get_or_create(
        owner_id=acting_organisation_id(),
        load_id=load.pk,
        key=key,
        defaults={
            "counterparty_id": load.owner_id,
            "load_number": load.number,
            "kind": statement.kind,
            "code": statement.code,
            "stop_sequence": sequence,
            "facts": statement.facts,
            "happened_at": statement.happened_at,
        },
    )
    if is_new:
        publish(
            CarrierReported(
                report_id=str(row.pk),
                load_id=str(load.pk),
                customer_id=load.owner_id,
                kind=row.kind,
                code=row.code,
            )
        )
    return Stated(row, is_new)


def followed_load(name: str) -> Load:
    """Return the load of that number or id, active or just unloaded, which we drive.

    Raises ``Refused`` alike for a missing, a foreign, an ended and an ambiguous one.
    """
    ours = acting_organisation_id()
    wanted: dict[str, Any] = {"number": name}
    with contextlib.suppress(ValueError):
        wanted = {"pk": UUID(name)}
    rows = Load.objects.filter(**wanted, state__in=[*ACTIVE, LoadState.UNLOADED])
    found = [each for each in rows[:10] if ours in {each.owner_id, each.counterparty_id}]
    if len(found) != 1:
        raise Refused("load", "the number or id of an active load of yours", name)
    return found[0]


def _sequence(load: Load, statement: Statement) -> int | None:
    if statement.kind == Kind.SENSOR:
        return None
    stops = list(Stop.objects.filter(load_id=load.pk).order_by("sequence"))
    if statement.stop is None:
        found = next_stop(stops) or (stops[-1] if stops else None)
        return found.sequence if found is not None else None
    if statement.stop not in {each.sequence for each in stops}:
        raise Refused("stop", "a stop of the load", statement.stop)
    return statement.stop


def next_stop(stops: Sequence[Stop]) -> Stop | None:
    """Return where the truck stands, else where it drives to: the first after the last it left."""
    done = max((each.sequence for each in stops if each.departed_at is not None), default=0)
    standing = [each for each in stops if each.arrived_at and not each.departed_at]
    if standing and standing[-1].sequence > done:
        return standing[-1]
    return next((each for each in stops if each.sequence > done), None)
