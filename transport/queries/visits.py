"""Visits of vehicles at the viewer's own places: what a supplier, cross-dock or plant sees."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db.models import Q
from django.utils.dateparse import parse_datetime

from collab.organisations.context import acting_organisation_id
from collab.organisations.names import NOBODY, Name, names_of
from transport.models import LoadState, Stop, Visit
from transport.queries.columns import DELIVERED, PROGRESS, STATE_TONES, column, is_own, visible

VISIT_FIELDS = (
    "load_number", "load_state", "purpose", "place", "dock", "carrier_name", "plate",
    "window_from", "window_until", "planned_arrival", "planned_departure", "arrived_at",
    "departed_at", "eta", "progress", "pinged_at", "weight_kg", "volume_m3", "pallets",
    "load_metres", "empties",
)  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class VisitRow:
    """A vehicle at a place of the viewer, with the viewer's own units."""

    id: UUID
    load_id: UUID
    stop_sequence: int
    owner: Name
    is_own: bool
    version: int
    values: Mapping[str, Any]

    def __getattr__(self, name: str) -> Any:
        """Return a visible value; None for one that is hidden."""
        if name in VISIT_FIELDS:
            return self.values.get(name)
        raise AttributeError(name)

    @property
    def element_id(self) -> str:
        """The id of the row on screens."""
        return f"visit-{self.id}"

    @property
    def purpose_label(self) -> str:
        """What for, in words."""
        purpose = self.values.get("purpose")
        return str(Stop.Purpose(purpose).label) if purpose else ""

    @property
    def state_label(self) -> str:
        """The state of the load in words."""
        state = self.values.get("load_state")
        return str(LoadState(state).label) if state else ""

    @property
    def tone(self) -> str:
        """The tone of the state's pill."""
        return STATE_TONES.get(str(self.values.get("load_state")), "info")

    @property
    def progress_label(self) -> str:
        """Whether it comes in time, in words."""
        return str(PROGRESS.get(str(self.values.get("progress")), ("", ""))[0])

    @property
    def progress_tone(self) -> str:
        """The tone of that."""
        return PROGRESS.get(str(self.values.get("progress")), ("", "info"))[1]

    @property
    def expected(self) -> datetime | None:
        """When it came, else when it is expected by the last ping, else when planned."""
        eta = self.values.get("eta") or {}
        came: datetime | None = self.values.get("arrived_at")
        planned: datetime | None = self.values.get("planned_arrival")
        return came or (parse_datetime(eta["p50"]) if eta.get("p50") else None) or planned


@dataclass(frozen=True, slots=True, kw_only=True)
class VisitFilter:
    """Visits at the viewer's own places: coming, past, or all; of one place, of some days."""

    view: str = "coming"
    site: str = ""
    since: datetime | None = None
    until: datetime | None = None


VISIT_VIEWS = ("coming", "past", "all")


def visits(wanted: VisitFilter | None = None) -> Any:
    """Return the visits at the viewer's own places: a query set of ``Visit``."""
    chosen = wanted or VisitFilter()
    rows = Visit.objects.filter(counterparty_id=acting_organisation_id()).annotate(
        seen_planned_arrival=column(Visit, "planned_arrival"),
    )
    over = Q(departed_at__isnull=False) | Q(load_state__in=["cancelled", *DELIVERED])
    if chosen.view == "coming":
        rows = rows.filter(~over)
    elif chosen.view == "past":
        rows = rows.filter(over)
    if chosen.site:
        rows = rows.filter(place__site_code=chosen.site)
    if chosen.since is not None:
        rows = rows.filter(planned_arrival__gte=chosen.since)
    if chosen.until is not None:
        rows = rows.filter(planned_arrival__lt=chosen.until)
    return rows.order_by("-seen_planned_arrival" if chosen.view == "past" else
                         "seen_planned_arrival", "pk")  # fmt: skip


def visits_by_key(keys: Iterable[UUID]) -> list[VisitRow]:
    """Return the visible rows among ``keys``."""
    return visit_rows(Visit.objects.filter(pk__in=list(keys)))


def visit_rows(found: Iterable[Visit]) -> list[VisitRow]:
    """Return the plain rows of visits with the fields that the viewer may see."""
    rows = list(found)
    names = names_of({row.owner_id for row in rows})
    return [
        VisitRow(
            id=row.pk,
            load_id=row.load_id,
            stop_sequence=row.stop_sequence,
            owner=names.get(row.owner_id, NOBODY),
            is_own=is_own(row),
            version=row.version,
            values=visible(row, VISIT_FIELDS),
        )
        for row in rows
    ]
