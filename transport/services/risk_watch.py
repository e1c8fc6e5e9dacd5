"""One exception for each risk area that a load stands in or has before it (TR-15)."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import transaction
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from collab.organisations.context import acting_organisation_id
from collab.work.models import Alert
from collab.work.services import Concern, clear_alert, raise_alert
from collab.work.titles import name_type
from transport.models import Load, LoadState, RiskArea, Stop
from transport.rules.areas import Point, Shape, read_shape
from transport.services.sightings import OF_LOAD

AT_RISK = "transport.risk_area"
WATCHED = frozenset(
    {
        LoadState.PLANNED, LoadState.TENDERED, LoadState.ACCEPTED, LoadState.REJECTED,
        LoadState.SLOT_BOOKED, LoadState.AT_PICKUP, LoadState.IN_TRANSIT, LoadState.AT_CROSS_DOCK,
    }
)  # fmt: skip
"""States of a load that has a way before it."""
MOST_LOADS = 20_000
INSIDE, AHEAD = "inside", "ahead"


@dataclass(frozen=True, slots=True)
class Stage:
    """One way still to drive: its ends, and from when until when a truck is on it."""

    begins: Point
    ends: Point
    starts_at: datetime
    until: datetime


@dataclass(frozen=True, slots=True)
class Area:
    """A risk area with its shape as the rules want it."""

    row: RiskArea
    shape: Shape

    def holds_at(self, since: datetime, until: datetime) -> bool:
        """Return whether the area is valid at any time between two instants."""
        row = self.row
        return row.valid_from <= until and (row.valid_to is None or row.valid_to > since)


@transaction.atomic
def watch_areas(load_ids: Sequence[UUID] | None = None, *, as_of: datetime) -> int:
    """Raise, renew and clear the exceptions of the own loads, all or these; return how many stand.

    Without areas and exceptions it is two queries. The same finding again writes nothing.
    """
    owner = acting_organisation_id()
    valid = Q(valid_to__isnull=True) | Q(valid_to__gt=as_of)
    areas = [Area(row, read_shape(row.shape)) for row in RiskArea.objects.filter(valid)]
    standing = _standing(owner, load_ids)
    if not areas and not standing:
        return 0
    loads = Load.objects.filter(owner_id=owner, state__in=WATCHED, ends_at__gt=as_of)
    late = Load.objects.filter(owner_id=owner, state__in=WATCHED, pinged_at__isnull=False)
    watched = loads | late
    if load_ids is not None:
        watched = watched.filter(pk__in=list(load_ids))
    found: set[tuple[UUID, str]] = set()
    for load, stages in _ways(list(watched.order_by("-starts_at")[:MOST_LOADS])):
        for area in areas:
            if (params := _meeting(load, stages, area, as_of)) is not None:
                found.add((load.pk, str(area.row.pk)))
                _raise(load, area.row, params, standing.get((load.pk, str(area.row.pk))), as_of)
    for load_id, bucket in standing.keys() - found:
        clear_alert(
            type=AT_RISK, object_kind=OF_LOAD, object_id=load_id, bucket=bucket, at=as_of
        )  # fmt: skip
    return len(found)


def _standing(owner: int, load_ids: Sequence[UUID] | None) -> dict[tuple[UUID, str], Alert]:
    rows = Alert.objects.filter(owner_id=owner, type=AT_RISK, is_open=True)
    if load_ids is not None:
        rows = rows.filter(object_id__in=list(load_ids))
    return {(row.object_id, row.bucket): row for row in rows}


def _ways(loads: Sequence[Load]) -> Iterable[tuple[Load, list[Stage]]]:
    """Return each load with the ways it has before it; two queries in all."""
    stops: dict[UUID, list[Stop]] = defaultdict(list)
    rows = Stop.objects.filter(owner_id=acting_organisation_id(), load_id__in=[x.pk for x in loads])
    for stop in rows.order_by("sequence"):
        stops[stop.load_id].append(stop)
    for load in loads:
        if stops[load.pk]:
            yield load, _stages(load, stops[load.pk])


def _stages(load: Load, stops: Sequence[Stop]) -> list[Stage]:
    done = max((s.sequence for s in stops if s.arrived_at or s.departed_at), default=0)
    ahead = [each for each in stops if each.sequence > done]
    here = next((each for each in stops if each.sequence == done), None)
    at = _seen(load)
    found = []
    begins: Point | None = at or (_point(here) if here is not None else None)
    leaves = load.pinged_at if at is not None else None
    if leaves is None and here is not None:
        leaves = here.departed_at or here.planned_departure
    for stop in ahead:
        arrives = _expected(stop)
        start = begins or _point(stop)
        found.append(Stage(start, _point(stop), min(leaves or arrives, arrives), arrives))
        begins, leaves = _point(stop), max(arrives, stop.planned_departure)
    return found


def _seen(load: Load) -> Point | None:
    if load.position is None or load.pinged_at is None:
        return None
    return load.position["latitude"], load.position["longitude"]


def _point(stop: Stop) -> Point:
    return float(stop.place["latitude"]), float(stop.place["longitude"])


def _expected(stop: Stop) -> datetime:
    return datetime.fromisoformat(stop.eta["p50"]) if stop.eta else stop.planned_arrival


def _meeting(
    load: Load, stages: Sequence[Stage], area: Area, as_of: datetime
) -> dict[str, Any] | None:
    """Return how a load and an area meet; ``None`` if they do not."""
    facts = {"load": load.number, "area": area.row.name, "kind": area.row.kind}
    at = _seen(load)
    if at is not None and area.holds_at(as_of, as_of) and area.shape.holds(at):
        return {**facts, "where": INSIDE}
    for each in stages:
        if area.holds_at(each.starts_at, each.until) and area.shape.meets(each.begins, each.ends):
            return {**facts, "where": AHEAD}
    return None


def _raise(
    load: Load, area: RiskArea, params: dict[str, Any], known: Alert | None, as_of: datetime
) -> None:
    if known is not None and (known.title_params, known.severity) == (params, area.severity):
        return
    raise_alert(
        type=AT_RISK,
        object_kind=OF_LOAD,
        object_id=load.pk,
        bucket=str(area.pk),
        at=as_of,
        concern=Concern(
            severity=area.severity,
            counterparty_id=load.counterparty_id,
            title_params=params,
        ),
    )


def name_types() -> None:
    """Give the exception its texts, fullest first."""
    name_type(
        AT_RISK,
        _("Load %(load)s meets the risk area %(area)s"),
        _("A load meets a risk area"),
    )
