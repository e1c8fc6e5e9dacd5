"""Tell everybody whom an event of a load concerns, each in a row of its own (TR-11)."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from collab.organisations.context import acting_organisation_id
from transport.models import Leg, Load, Notice, Shipment, Stop
from transport.rules.states import EVENTS_BY_CODE, Audience, LoadEvent

INNER = (Audience.PLANNER, Audience.CARRIER)
"""Who may read ``inner`` facts: the two that see the whole load."""
RANK = (
    Audience.PLANNER, Audience.CUSTOMER, Audience.CARRIER, Audience.DESTINATION, Audience.ORIGIN,
)  # fmt: skip
"""An organisation with several parts in a load is told in the first of these."""


def tell(
    load: Load,
    code: str,
    *,
    happened_at: datetime,
    key: str,
    level: str = "",
    stop: Stop | None = None,
    shipment: Shipment | None = None,
    facts: Mapping[str, Any] | None = None,
    inner: Mapping[str, Any] | None = None,
) -> list[Notice]:
    """Write one notice for each party that event ``code`` concerns; return the new ones.

    ``key`` makes the event unique on its load: telling it twice tells it once. With a ``stop``
    only those hear it whose goods get on or off there, with a ``shipment`` only its own ends;
    with neither, all ends of all goods on the load. ``facts`` are plain JSON for everybody told,
    ``inner`` for planner and carrier alone. Raises ``ValueError`` for an unknown code.
    """
    if (event := EVENTS_BY_CODE.get(code)) is None:
        raise ValueError(f"expected a code of rules.states, got {code!r}")
    concerned = _concerned(load, stop, shipment)
    parties = _parties(load, event, concerned, stop)
    source_key = f"{load.number}/{code}/{key}"[:160]
    owner = acting_organisation_id()
    told = set(
        Notice.objects.filter(
            owner_id=owner, source_key=source_key, counterparty_id__in=list(parties)
        ).values_list("counterparty_id", flat=True)
    )
    said = {audience: {**(facts or {}), **(inner or {})} for audience in INNER}
    return Notice.objects.bulk_create(
        Notice(
            owner_id=owner,
            counterparty_id=party,
            load_id=load.pk,
            load_number=load.number,
            shipment_id=_shipment_of(party, shipment, concerned, audience),
            stop_sequence=stop.sequence if stop else None,
            level=level or event.level.value,
            code=code,
            audience=audience.value,
            facts=said.get(audience, dict(facts or {})),
            happened_at=happened_at,
            source_key=source_key,
        )
        for party, audience in sorted(parties.items())
        if party not in told
    )


def shipments_on(load_id: UUID) -> list[Shipment]:
    """Return the own shipments that have a leg on the load; one query."""
    legs = Leg.objects.filter(owner_id=acting_organisation_id(), load_id=load_id)
    return list(Shipment.objects.filter(pk__in=legs.values("shipment_id")).order_by("number"))


def _concerned(load: Load, stop: Stop | None, shipment: Shipment | None) -> Sequence[Shipment]:
    if shipment is not None:
        return [shipment]
    if stop is None:
        return shipments_on(load.pk)
    legs = Leg.objects.filter(owner_id=acting_organisation_id(), load_id=load.pk)
    here = legs.filter(from_sequence=stop.sequence) | legs.filter(to_sequence=stop.sequence)
    return list(Shipment.objects.filter(pk__in=here.values("shipment_id")).order_by("number"))


def _parties(
    load: Load, event: LoadEvent, concerned: Sequence[Shipment], stop: Stop | None
) -> dict[int, Audience]:
    """Return who is told, and in which part; nobody twice."""
    ends = {
        Audience.PLANNER: [load.owner_id],
        Audience.CARRIER: [load.counterparty_id],
        Audience.CUSTOMER: [_customer(each) for each in concerned] or [load.owner_id],
        Audience.ORIGIN: _at(each.origin for each in concerned),
        Audience.DESTINATION: _at(each.destination for each in concerned),
    }
    if stop is not None and stop.purpose == Stop.Purpose.CROSS_DOCK:
        ends[Audience.DESTINATION].append(stop.place["organisation_id"])
    found: dict[int, Audience] = {}
    for audience in RANK:
        if audience in event.audiences:
            for party in ends[audience]:
                found.setdefault(party, audience)
    return found


def _customer(shipment: Shipment) -> int:
    """Return who the goods are for."""
    key: int = shipment.destination["organisation_id"]
    return key


def _at(places: Iterable[Mapping[str, Any]]) -> list[int]:
    return [place["organisation_id"] for place in places]


def _shipment_of(
    party: int, shipment: Shipment | None, concerned: Sequence[Shipment], audience: Audience
) -> UUID | None:
    """Return the shipment a notice is about, where it is one that the party may see."""
    if shipment is not None:
        return shipment.pk
    if audience in INNER:
        return None
    theirs = [each for each in concerned if each.counterparty_id == party]
    return theirs[0].pk if len(theirs) == 1 else None
