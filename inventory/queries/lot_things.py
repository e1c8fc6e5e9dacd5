"""What is known of traced things besides their links: part, place, whose business, stock."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Final
from uuid import UUID

from django.db import connection

from collab.integration.epcis.identifiers import gtin_of, lot_of, to_link
from collab.masterdata.models import Part
from collab.masterdata.queries.products import Product, products_by_gtin
from collab.organisations.clock import own_day
from collab.organisations.context import acting_organisation_id
from collab.organisations.models import Site
from inventory.models import EventThing, TraceLink, UnitState
from inventory.queries.event_things import opened
from inventory.queries.thing_names import thing_called
from inventory.rules.unit_names import thing_of
from transport.queries.whole import whole_rows

_SEEN: Final = """
SELECT thing, owner_id, counterparty_id, site_id, part_id, sum(counted), max(id::text)
  FROM inventory_eventthing
 WHERE thing = ANY(%(things)s::text[]) AND owner_id = ANY(%(owners)s::bigint[])
   AND (owner_id = %(own)s OR (owner_id, counterparty_id)
        IN (SELECT * FROM unnest(%(owners)s::bigint[], %(abouts)s::bigint[])))
 GROUP BY 1, 2, 3, 4, 5
"""
_AT: Final = """
SELECT thing, owner_id, counterparty_id, site_id, part_id,
       CASE WHEN is_ended THEN 0 ELSE 1 END, seen_event::text
  FROM inventory_unitstate
 WHERE thing = ANY(%(things)s::text[]) AND owner_id = ANY(%(owners)s::bigint[])
   AND (owner_id = %(own)s OR (owner_id, counterparty_id)
        IN (SELECT * FROM unnest(%(owners)s::bigint[], %(abouts)s::bigint[])))
"""


@dataclass(frozen=True, slots=True)
class Sighting:
    """What one organisation's visible events say of a thing at one of its sites.

    ``quantity`` is what they leave there [base units of the owner's part], 1 for a serial.
    """

    thing: str
    owner_id: int
    counterparty_id: int
    site_id: UUID | None
    part_id: UUID | None
    quantity: Decimal
    seen: str


@dataclass(frozen=True, slots=True)
class Place:
    """A site where traced things are, as far as the viewer may see it."""

    owner_id: int
    site_id: UUID
    code: str
    name: str


def searched(text: str) -> str:
    """Return what a person searched for as the name of a thing.

    EPC URNs and Digital Links as they are read from a label become the canonical link, 18 digits
    a licence plate, a partner's name that is joined to a thing that thing; anything else stays as
    it is.
    """
    bare = text.strip()
    if len(bare) == 20 and bare.startswith("00") and bare.isdigit():
        bare = bare[2:]  # with the identifier that a scanner puts before it
    if bare.isdigit() and len(bare) == 18:
        return thing_of(bare)
    return thing_called(bare.lower()) if bare.lower().startswith("urn:uuid:") else to_link(bare)


def named_like(text: str, *, limit: int) -> list[str]:
    """Return the own or visible linked things whose lot or serial is ``text``, newest first."""
    bare = text.strip()
    if not bare:
        return []
    found: dict[str, None] = {}
    for column in ("parent", "child"):
        rows = whole_rows(TraceLink.objects.filter(**{f"{column}__iendswith": f"/{bare}"}))
        found |= dict.fromkeys(rows.order_by("-at").values_list(column, flat=True)[: limit * 4])
    units = whole_rows(UnitState.objects.filter(thing__iendswith=f"/{bare}"))
    found |= dict.fromkeys(units.order_by("-observed_at").values_list("thing", flat=True)[:limit])
    return list(found)[:limit]


def is_known(thing: str) -> bool:
    """Say whether the viewer has or sees anything of a thing."""
    return (
        whole_rows(TraceLink.objects.filter(child=thing)).exists()
        or whole_rows(TraceLink.objects.filter(parent=thing)).exists()
        or whole_rows(UnitState.objects.filter(thing=thing)).exists()
        or EventThing.objects.filter(owner_id=acting_organisation_id(), thing=thing).exists()
    )


def sightings(things: Collection[str]) -> list[Sighting]:
    """Return what visible events say of things: of lots what they leave, of units where they are.

    Two queries, however many things there are.
    """
    lots = [thing for thing in things if lot_of(thing)]
    units = [thing for thing in things if not lot_of(thing)]
    params: dict[str, Any] = {"own": acting_organisation_id(), **opened()}
    found: list[Sighting] = []
    with connection.cursor() as cursor:
        for sql, names in ((_SEEN, lots), (_AT, units)):
            if names:
                cursor.execute(sql, params | {"things": names})
                found += [Sighting(*row) for row in cursor.fetchall()]
    return found


def products_of(things: Iterable[str]) -> dict[str, Product]:
    """Return the own products behind things with a trade item number, by thing."""
    gtins = {thing: gtin for thing in things if (gtin := gtin_of(thing))}
    known = products_by_gtin(set(gtins.values()), on=own_day()) if gtins else {}
    return {thing: known[gtin] for thing, gtin in gtins.items() if gtin in known}


def vehicles(products: dict[str, Product]) -> set[str]:
    """Return those of the things whose product is a vehicle programme."""
    keys = {each.part_id for each in products.values()}
    programmes = set(
        Part.objects.filter(pk__in=keys, kind=Part.Kind.PROGRAMME).values_list("pk", flat=True)
    )
    return {thing for thing, each in products.items() if each.part_id in programmes}


def places_of(seen: Sequence[Sighting]) -> dict[str, list[tuple[Place, Decimal]]]:
    """Return where things are and how much is there, by thing; those not told are left out."""
    keys = {each.site_id for each in seen if each.site_id is not None and each.quantity > 0}
    sites = {
        key: Place(owner_id, key, code, name)
        for key, owner_id, code, name in Site.visible.filter(pk__in=keys).values_list(
            "pk", "owner_id", "code", "name"
        )
    }
    sums: dict[tuple[str, UUID], Decimal] = defaultdict(Decimal)
    for each in seen:
        if each.site_id in sites:
            sums[each.thing, each.site_id] += each.quantity
    found: dict[str, list[tuple[Place, Decimal]]] = defaultdict(list)
    for (thing, key), amount in sorted(sums.items(), key=lambda item: -item[1]):
        if amount > 0:
            found[thing].append((sites[key], amount))
    return found
