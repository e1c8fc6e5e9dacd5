"""Shipments as far as the viewer may see: lists, and one with its legs, stops and notices."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.db.models import Q
from django.utils.dateparse import parse_datetime

from collab.organisations.names import NOBODY, Name, names_of
from collab.work.fields import partner_is
from transport.models import Leg, LoadState, Mode, Notice, Shipment, ShipmentCost
from transport.queries.columns import (
    BEFORE_ROAD,
    DELIVERED,
    ON_THE_ROAD,
    PROGRESS,
    STATE_TONES,
    column,
    is_own,
    may_see,
    visible,
)
from transport.queries.words import NOTICES

# What a grant may open; "counterparty" stands for the partner's name.
FIELDS = (
    "number", "state", "mode", "origin", "destination", "carrier_name", "plate", "items",
    "planned_pickup", "planned_delivery", "appointment_from", "appointment_until", "picked_up_at",
    "delivered_at", "eta", "progress", "position", "pinged_at", "weight_kg", "volume_m3",
    "pallets", "load_metres", "emissions_kg", "emissions_basis",
)  # fmt: skip
VIEWS = ("active", "road", "late", "planned", "delivered", "all")
SORTS = {
    "newest": ("-seen_planned_delivery", "-pk"),
    "due": ("seen_planned_delivery", "pk"),
    "number": ("seen_number", "pk"),
    "state": ("seen_state", "-seen_planned_delivery", "-pk"),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class ShipmentRow:
    """One shipment: the same row on the page, in the API, on the socket and the map.

    ``values`` holds what the viewer may see; places are those of ``services.places``.
    """

    id: UUID
    order_id: UUID
    owner: Name
    partner: Name
    is_own: bool
    is_inbound: bool
    version: int
    values: Mapping[str, Any]

    def __getattr__(self, name: str) -> Any:
        """Return a visible value; None for one that is hidden."""
        if name in FIELDS:
            return self.values.get(name)
        raise AttributeError(name)

    @property
    def element_id(self) -> str:
        """The id of the row on screens."""
        return f"shipment-{self.id}"

    @property
    def state_label(self) -> str:
        """The state in words."""
        state = self.values.get("state")
        return str(LoadState(state).label) if state else ""

    @property
    def tone(self) -> str:
        """The tone of the state's pill."""
        return STATE_TONES.get(str(self.values.get("state")), "info")

    @property
    def mode_label(self) -> str:
        """How it travels, in words."""
        mode = self.values.get("mode")
        return str(Mode(mode).label) if mode else ""

    @property
    def progress_label(self) -> str:
        """Whether it arrives in time, in words; empty while nothing is known."""
        return str(PROGRESS.get(str(self.values.get("progress")), ("", ""))[0])

    @property
    def progress_tone(self) -> str:
        """The tone of that."""
        return PROGRESS.get(str(self.values.get("progress")), ("", "info"))[1]

    @property
    def expected(self) -> datetime | None:
        """When it arrived, else when it is expected by the last ping, else when planned."""
        eta = self.values.get("eta") or {}
        told: datetime | None = self.values.get("delivered_at")
        estimate = parse_datetime(eta["p50"]) if eta.get("p50") else None
        planned: datetime | None = self.values.get("planned_delivery")
        return told or estimate or planned

    @property
    def parts(self) -> str:
        """The numbers of the parts on it, at most three."""
        numbers = [str(each.get("part_number")) for each in self.values.get("items") or ()]
        more = f" +{len(numbers) - 3}" if len(numbers) > 3 else ""
        return ", ".join(numbers[:3]) + more


@dataclass(frozen=True, slots=True, kw_only=True)
class ShipmentFilter:
    """What to list; empty means any. ``view`` is one of ``VIEWS``, ``sort`` of ``SORTS``."""

    view: str = "active"
    text: str = ""
    partner_bpn: str = ""
    site: str = ""
    mode: str = ""
    part: str = ""
    sort: str = "due"


def shipments(wanted: ShipmentFilter | None = None) -> Any:
    """Return the visible shipments that the filter has: a query set of ``Shipment``."""
    chosen = wanted or ShipmentFilter()
    rows = Shipment.objects.annotate(
        seen_number=column(Shipment, "number"),
        seen_state=column(Shipment, "state"),
        seen_progress=column(Shipment, "progress"),
        seen_planned_delivery=column(Shipment, "planned_delivery"),
    ).filter(_of_view(chosen.view))
    if chosen.text:
        rows = rows.annotate(
            seen_plate=column(Shipment, "plate"), seen_carrier=column(Shipment, "carrier_name")
        ).filter(
            Q(seen_number__istartswith=chosen.text)
            | Q(seen_plate__istartswith=chosen.text)
            | Q(seen_carrier__istartswith=chosen.text)
        )
    if chosen.partner_bpn:
        rows = rows.filter(partner_is(chosen.partner_bpn))
    if chosen.site:
        rows = rows.annotate(
            seen_origin=column(Shipment, "origin"), seen_destination=column(Shipment, "destination")
        ).filter(Q(seen_origin__site_code=chosen.site) | Q(seen_destination__site_code=chosen.site))
    if chosen.mode:
        rows = rows.annotate(seen_mode=column(Shipment, "mode")).filter(seen_mode=chosen.mode)
    if chosen.part:
        rows = rows.annotate(seen_items=column(Shipment, "items")).filter(
            Q(seen_items__contains=[{"part_number": chosen.part}])
            | Q(seen_items__contains=[{"partner_part_number": chosen.part}])
        )
    return rows


def list_shipments(
    wanted: ShipmentFilter | None = None, *, limit: int = 50, offset: int = 0
) -> list[ShipmentRow]:
    """Return shipments in the order the filter asks for."""
    chosen = wanted or ShipmentFilter()
    if chosen.sort not in SORTS:
        raise ValueError(f"expected a sort among {', '.join(SORTS)}, got {chosen.sort!r}")
    rows = shipments(chosen).order_by(*SORTS[chosen.sort])
    return shipment_rows(rows[offset : offset + limit])


def count_shipments(wanted: ShipmentFilter | None = None) -> int:
    """Return how many rows the filter has."""
    number: int = shipments(wanted).count()
    return number


def shipments_by_key(keys: Iterable[UUID]) -> list[ShipmentRow]:
    """Return the visible rows among ``keys``."""
    return shipment_rows(Shipment.objects.filter(pk__in=list(keys)))


def shipment_rows(found: Iterable[Shipment]) -> list[ShipmentRow]:
    """Return the plain rows of shipments with the fields that the viewer may see."""
    rows = list(found)
    names = names_of({row.owner_id for row in rows} | {row.counterparty_id for row in rows})
    return [
        ShipmentRow(
            id=row.pk,
            order_id=row.order_id,
            owner=names.get(row.owner_id, NOBODY),
            partner=names.get(row.counterparty_id, NOBODY)
            if may_see(row, "counterparty")
            else NOBODY,
            is_own=is_own(row),
            is_inbound=row.is_inbound,
            version=row.version,
            values=visible(row, FIELDS),
        )
        for row in rows
    ]


@dataclass(frozen=True, slots=True, kw_only=True)
class LegRow:
    """One leg of a shipment on a load; owner and carrier see it."""

    position: int
    load_id: UUID
    load_number: str
    load_state: str
    from_sequence: int
    to_sequence: int
    distance_km: Decimal | None

    @property
    def state_label(self) -> str:
        """The state of the load in words."""
        return str(LoadState(self.load_state).label)


def legs_of(shipment_id: UUID) -> list[LegRow]:
    """Return the visible legs of a shipment in their order."""
    rows = Leg.objects.filter(shipment_id=shipment_id).select_related("load")
    return [
        LegRow(
            position=row.position,
            load_id=row.load_id,
            load_number=row.load.number,
            load_state=row.load.state,
            from_sequence=row.from_sequence,
            to_sequence=row.to_sequence,
            distance_km=row.distance_km,
        )
        for row in rows.order_by("position")
    ]


@dataclass(frozen=True, slots=True, kw_only=True)
class NoticeRow:
    """Something that happened, as the viewer was told."""

    id: UUID
    code: str
    level: str
    stop_sequence: int | None
    facts: Mapping[str, Any]
    happened_at: datetime
    told_at: datetime

    @property
    def label(self) -> str:
        """The event in words."""
        return notice_label(self.code)

    @property
    def detail(self) -> str:
        """The fact worth a column: why, else where."""
        return str(self.facts.get("reason") or self.facts.get("place") or "")


def notices_of(
    *, load_id: UUID | None = None, shipment_id: UUID | None = None, limit: int = 100
) -> list[NoticeRow]:
    """Return what the viewer was told about a load or shipment, newest first, once each.

    A shipment's list has the events of its loads too, as far as they were told to the viewer.
    """
    rows = Notice.objects.all()
    if load_id is not None:
        rows = rows.filter(load_id=load_id)
    if shipment_id is not None:
        loads = Leg.objects.filter(shipment_id=shipment_id).values("load_id")
        rows = rows.filter(
            Q(shipment_id=shipment_id) | Q(shipment_id__isnull=True, load_id__in=loads)
        )
    found: dict[str, NoticeRow] = {}
    for row in rows.order_by("-happened_at", "-pk")[: limit * 4]:
        row_of = NoticeRow(
            id=row.pk,
            code=row.code,
            level=row.level,
            stop_sequence=row.stop_sequence,
            facts=row.facts,
            happened_at=row.happened_at,
            told_at=row.told_at,
        )
        if row.source_key not in found or is_own(row):
            found[row.source_key] = row_of
    return list(found.values())[:limit]


def cost_of(shipment_id: UUID) -> tuple[int, int | None, str] | None:
    """Return expected and actual cost [minor units] and currency; for the owner alone."""
    rows = ShipmentCost.objects.filter(shipment_id=shipment_id)
    return rows.values_list("expected_minor", "actual_minor", "currency").first()


def notice_label(code: str) -> str:
    """Return an event of the life cycle in the reader's words."""
    return str(NOTICES.get(code, code))


def _of_view(view: str) -> Q:
    if view not in VIEWS:
        raise ValueError(f"expected a view among {', '.join(VIEWS)}, got {view!r}")
    over = [*DELIVERED, "cancelled"]
    return {
        "active": Q(seen_state__isnull=True) | ~Q(seen_state__in=over),
        "road": Q(seen_state__in=ON_THE_ROAD),
        "late": Q(seen_progress__in=["late", "cannot_make_it"]) & ~Q(seen_state__in=over),
        "planned": Q(seen_state__in=BEFORE_ROAD),
        "delivered": Q(seen_state__in=DELIVERED),
    }.get(view, Q())
