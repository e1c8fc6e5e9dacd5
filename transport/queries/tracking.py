"""Where loads are, as the acting organisation may see it: points of the map, lists, one shipment.

Planner and carrier see their loads; who is only at one end of goods sees its shipments, and their
position only while it gives nobody else away.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db.models import Count, QuerySet

from collab.organisations.context import acting_organisation_id
from collab.sharing.access import log_reads
from transport.models import LOAD as LOAD_TOPIC
from transport.models import SHIPMENT as SHIPMENT_TOPIC
from transport.models import Load, Shipment
from transport.queries.whole import whole_rows
from transport.rules.eta_colour import Colour
from transport.services.links import ACTIVE

PROGRESS = (
    Colour.ON_TIME.value,
    Colour.LATE.value,
    Colour.CANNOT_MAKE_IT.value,
    Colour.NO_SIGNAL.value,
)
COLUMNS = ("id", "number", "lat", "lon", "progress", "seen", "next", "pallets", "heading", "kind")
"""What each value of a point is; ``progress`` is a place in ``PROGRESS``, ``seen`` Unix time."""
READ = ("owner_id", "pk", "number", "position", "progress", "pinged_at")
MOST_POINTS = 20_000
LOAD, SHIPMENT = 0, 1


@dataclass(frozen=True, slots=True, kw_only=True)
class TrackedRow:
    """A load under way in a list; ``seen_at`` is the time of its last position."""

    id: UUID
    number: str
    partner_id: int
    state: str
    progress: str
    plate: str
    next_name: str
    next_eta: datetime | None
    seen_at: datetime | None
    pallets: str
    missing_cause: str
    ends_at: datetime

    @property
    def element_id(self) -> str:
        """The id of the row on screens."""
        return f"tracked-{self.id}"


def active_loads() -> "QuerySet[Load]":
    """Return the loads under way that the viewer arranges or drives."""
    return whole_rows(Load.objects.filter(state__in=ACTIVE))


def points() -> list[list[Any]]:
    """Return a point for each thing on the map, in the order of ``COLUMNS``.

    One query a kind; at most 20,000 points, the newest seen first.
    """
    loads = (
        active_loads()
        .filter(pinged_at__isnull=False, position__isnull=False)
        .order_by("-pinged_at")
        .values_list(*READ)[:MOST_POINTS]
    )
    shipments = (
        whole_rows(Shipment.objects.filter(position__isnull=False, state__in=ACTIVE))
        .exclude(owner_id=acting_organisation_id())
        .order_by("-pinged_at")
        .values_list(*READ)[:MOST_POINTS]
    )
    return [*_points(loads, LOAD), *_points(shipments, SHIPMENT)]


def points_of(load_ids: Sequence[UUID]) -> list[list[Any]]:
    """Return the points of some visible loads; an ended or silent one has none."""
    rows = active_loads().filter(pk__in=load_ids, position__isnull=False, pinged_at__isnull=False)
    return _points(rows.values_list(*READ), LOAD)


def points_of_shipments(shipment_ids: Sequence[UUID]) -> list[list[Any]]:
    """Return the points of some visible shipments of others."""
    rows = whole_rows(
        Shipment.objects.filter(pk__in=shipment_ids, position__isnull=False, state__in=ACTIVE)
    ).exclude(owner_id=acting_organisation_id())
    return _points(rows.values_list(*READ), SHIPMENT)


def tracked(rows: Iterable[Load]) -> list[TrackedRow]:
    """Return loads as the list of tracking shows them."""
    ours = acting_organisation_id()
    shown = list(rows)
    log_reads(LOAD_TOPIC, [row.owner_id for row in shown])
    return [
        TrackedRow(
            id=row.pk,
            number=row.number,
            partner_id=row.counterparty_id if row.owner_id == ours else row.owner_id,
            state=row.state,
            progress=row.progress or Colour.NO_SIGNAL.value,
            plate=row.plate,
            next_name=str((row.position or {}).get("next") or ""),
            next_eta=_instant((row.position or {}).get("next_eta")),
            seen_at=row.pinged_at,
            pallets=str((row.position or {}).get("pallets") or ""),
            missing_cause=row.missing_cause,
            ends_at=row.ends_at,
        )
        for row in shown
    ]


def counts() -> dict[str, int]:
    """Return how many loads under way there are of each colour, and of all."""
    found = dict.fromkeys(PROGRESS, 0)
    rows = active_loads().order_by().values_list("progress").annotate(number=Count("pk"))
    for progress, number in rows:
        found[progress or Colour.NO_SIGNAL.value] += number
    return {**found, "all": sum(found.values())}


def _points(rows: Iterable[tuple[Any, ...]], kind: int) -> list[list[Any]]:
    """Return rows of ``READ`` as points; that others' rows are shown is written down."""
    found = list(rows)
    log_reads((LOAD_TOPIC, SHIPMENT_TOPIC)[kind], [row[0] for row in found])
    return [
        [
            str(key),
            number,
            position["latitude"],
            position["longitude"],
            PROGRESS.index(progress) if progress in PROGRESS else 3,
            round(seen.timestamp()),
            position.get("next") or "",
            position.get("pallets"),
            position.get("heading"),
            kind,
        ]
        for _owner, key, number, position, progress, seen in found
    ]


def _instant(text: Any) -> datetime | None:
    return datetime.fromisoformat(text) if text else None
