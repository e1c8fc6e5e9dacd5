"""Handling units that were not read where they should be: one exception for all it concerns.

Judged acting for the customer, who plans the way and sees supplier, mover and cross-dock: its
exception reaches the supplier and whoever else grants of exceptions entitle, in one transaction.
"""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from django.db.models import Q

from collab.organisations.context import acting_organisation_id
from collab.organisations.models import Organisation
from collab.organisations.names import names_of
from collab.sharing.queries import latest_rows
from collab.work.models import Alert
from collab.work.services import Concern, clear_alert, raise_alert
from inventory.models import EventThing, TrackingEvent
from inventory.queries.event_things import things_of_events
from inventory.rules.event_ids import lower_bound
from inventory.rules.expected_reads import Finding, Gap, Reading, WayPlace, judge
from inventory.rules.unit_names import plate_of, thing_of
from transport.queries.plates import (
    AdvisedUnit,
    advised_units,
    units_of_shipments,
    units_on_the_way,
)
from transport.queries.ways import Halt, ways_of

UNIT_MISSING: Final = "inventory.unit_missing"
OBJECT_KIND: Final = "inventory.advised_unit"
LOOK_FOR_UNITS: Final = "inventory.look_for_units"
GRACE: Final = timedelta(hours=1)
READERS_SINCE: Final = timedelta(days=30)
UNITS_AT_ONCE: Final = 500
READINGS_AT_ONCE: Final = 20_000
_CRITICAL: Final = frozenset({Gap.LEFT_UNREAD})


def judge_overdue(*, as_of: datetime) -> int:
    """Judge the units the acting customer has waited for longest; return how many are amiss."""
    return _judge(units_on_the_way(limit=UNITS_AT_ONCE), as_of=as_of)


def judge_events(event_ids: Sequence[UUID], *, as_of: datetime) -> int:
    """Judge the awaited units that these events are about; return how many are amiss."""
    things = {row.thing for row in things_of_events(event_ids)}
    plates = {plate for thing in things if (plate := plate_of(thing))}
    own = acting_organisation_id()
    found = advised_units(plates) if plates else {}
    awaited = {key: unit for key, unit in found.items() if unit.customer_id == own}
    return _judge(awaited, as_of=as_of)


def partners_awaiting(event_ids: Sequence[UUID]) -> list[int]:
    """Return whose business the events about handling units are: those may await them."""
    own = acting_organisation_id()
    rows = [row for row in things_of_events(event_ids) if row.owner_id == own]
    return sorted({row.counterparty_id for row in rows if plate_of(row.thing)})


def judge_shipments(shipment_ids: Sequence[UUID], *, as_of: datetime) -> int:
    """Judge the awaited units of shipments whose vehicle moved; return how many are amiss."""
    return _judge(units_of_shipments(shipment_ids) if shipment_ids else {}, as_of=as_of)


def _judge(units: Mapping[str, AdvisedUnit], *, as_of: datetime) -> int:
    if not units:
        return 0
    ways = ways_of({unit.shipment_id for unit in units.values() if unit.shipment_id})
    readings = _readings([thing_of(plate) for plate in units])
    codes = {halt.code for way in ways.values() for halt in way}
    for unit in units.values():
        codes |= {unit.ship_from.get("code", ""), unit.ship_to.get("code", "")}
    readers = _places_that_read(codes - {""}, as_of)
    raised = set(
        Alert.objects.filter(
            owner_id=acting_organisation_id(),
            type=UNIT_MISSING,
            object_id__in=[unit.unit_id for unit in units.values()],
            is_open=True,
        ).values_list("object_id", flat=True)
    )
    count = 0
    for plate, unit in units.items():
        way = _way(unit, ways.get(unit.shipment_id) if unit.shipment_id else None, readers)
        found = judge(way, readings.get(thing_of(plate), []), as_of=as_of, grace=GRACE)
        if found is not None and unit.received_at is None:
            count += 1
            _raise(unit, found, as_of)
        elif unit.unit_id in raised:
            clear_alert(
                type=UNIT_MISSING, object_kind=OBJECT_KIND, object_id=unit.unit_id, at=as_of
            )
    return count


def _way(unit: AdvisedUnit, halts: Sequence[Halt] | None, readers: set[str]) -> list[WayPlace]:
    if halts:
        return [
            WayPlace(halt.code, halt.expected_at, halt.departed_at, halt.code in readers)
            for halt in halts
        ]
    origin, destination = unit.ship_from.get("code", ""), unit.ship_to.get("code", "")
    return [
        WayPlace(origin, unit.despatched_at, unit.despatched_at, origin in readers),
        WayPlace(destination, unit.expected_at, None, destination in readers),
    ]


def _readings(things: Sequence[str]) -> dict[str, list[Reading]]:
    """Return where each thing was read, by everybody who lets the acting organisation see it."""
    rows = latest_rows(
        EventThing,
        ("event", "thing"),
        order="id",
        limit=READINGS_AT_ONCE,
        where=Q(thing__in=list(things)),
    )
    events = TrackingEvent.objects.filter(
        pk__in={row[2] for row in rows}, is_voided=False, declared_at__isnull=True
    ).exclude(site_code="")
    told = {
        key: (owner_id, code, at)
        for key, owner_id, code, at in events.values_list(
            "pk", "owner_id", "site_code", "happened_at"
        )
    }
    names = names_of({owner_id for owner_id, _code, _at in told.values()})
    found: dict[str, list[Reading]] = defaultdict(list)
    for _order, _key, event, thing in rows:
        if event in told and told[event][0] in names:
            owner_id, code, at = told[event]
            found[thing].append(Reading(f"{names[owner_id].bpn}/{code}", at))
    return found


def _places_that_read(codes: set[str], as_of: datetime) -> set[str]:
    """Return which places reported events of late: where nobody reads, nothing is missing."""
    bpns = {code.partition("/")[0] for code in codes}
    owners = dict(Organisation.objects.filter(bpn__in=bpns).values_list("bpn", "pk"))
    since = lower_bound(as_of - READERS_SINCE)
    found = set()
    for code in codes:
        bpn, _slash, site_code = code.partition("/")
        if bpn in owners and site_code:
            where = Q(owner_id=owners[bpn], site_code=site_code, pk__gte=since)
            if latest_rows(TrackingEvent, (), order="id", limit=1, where=where):
                found.add(code)
    return found


def _raise(unit: AdvisedUnit, found: Finding, as_of: datetime) -> None:
    severity = Alert.Severity.CRITICAL if found.gap in _CRITICAL else Alert.Severity.WARNING
    raise_alert(
        type=UNIT_MISSING,
        object_kind=OBJECT_KIND,
        object_id=unit.unit_id,
        concern=Concern(
            severity=severity.value,
            counterparty_id=unit.supplier_id,
            site_code=found.code.rpartition("/")[2],
            title_params={
                "pack": unit.plate,
                "advice": unit.advice_number,
                "gap": found.gap.value,
                "since": found.since.isoformat(),
            },
        ),
        at=as_of,
    )
