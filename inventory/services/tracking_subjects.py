"""What a batch of tracking events is about: places, products, and whose business each is.

Everything is looked up for the whole batch at once: the number of queries does not grow with it.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Final
from uuid import UUID

from django.db.models import Q

from collab.integration.epcis.identifiers import gln_of, gtin_of
from collab.integration.epcis.model import TrackingFacts
from collab.masterdata.queries.products import Product, products_by_gtin
from collab.organisations.context import acting_organisation_id
from collab.organisations.models import Organisation, Site
from inventory.models import ReadPoint, UnitState
from inventory.rules.unit_fold import SINGLE_ROLES
from inventory.rules.unit_names import plate_of
from transport.queries.plates import AdvisedUnit, advised_units

_BPN = re.compile(r"BPN[LS][A-Za-z0-9]{12}")
Said = tuple[str, str, Decimal | None, str]
"""One thing of an event: role, name, quantity, unit."""
PARTY_KINDS: Final = frozenset({"owning_party", "possessing_party"})


@dataclass(frozen=True, slots=True)
class KnownPlace:
    """What a place's identifier stands for; ``owner_id`` is another organisation's if foreign."""

    owner_id: int
    site_id: UUID | None
    site_code: str
    counterparty_id: int | None


@dataclass(frozen=True, slots=True)
class Subjects:
    """What the identifiers of one batch stand for; what is unknown is not there."""

    owner_id: int
    places: Mapping[str, KnownPlace]
    organisations: Mapping[str, int]
    products: Mapping[str, Product]  # these three by thing
    advised: Mapping[str, AdvisedUnit]
    units: Mapping[str, int]

    def place_of(self, facts: TrackingFacts, *, sign: int) -> KnownPlace | None:
        """Return where an event counts: what it takes at its read point, else where goods are."""
        first, second = facts.read_point, facts.biz_location
        if sign > 0:
            first, second = second, first
        place = self.places.get(first)
        if place is None or place.site_id is None:
            place = self.places.get(second)
        return place if place is not None and place.site_id is not None else None

    def foreign_place(self, facts: TrackingFacts) -> str:
        """Return the place of an event that belongs to somebody else, empty if none does."""
        for name in (facts.read_point, facts.biz_location):
            if (place := self.places.get(name)) is not None and place.owner_id != self.owner_id:
                return name
        return ""

    def counterparty_of(self, facts: TrackingFacts, things: Sequence[Said]) -> int:
        """Return the one partner whose business an event is, the owner itself where none is told.

        The first of these that names exactly one: the owning and possessing parties, the dispatch
        advices of its units, what its units were before, its read points, the partner its parts
        are made for. Two partners in one event are told to neither.
        """
        own = self.owner_id
        for named in (self._parties, self._advised, self._known, self._read_points, self._makers):
            if others := {each for each in named(facts, things) if each != own}:
                return others.pop() if len(others) == 1 else own
        return own

    def _parties(self, facts: TrackingFacts, _things: Sequence[Said]) -> list[int]:
        return [
            self.organisations[party.value]
            for party in (*facts.sources, *facts.destinations)
            if party.kind in PARTY_KINDS and party.value in self.organisations
        ]

    def _advised(self, _facts: TrackingFacts, things: Sequence[Said]) -> list[int]:
        return [self.advised[said[1]].partner_id for said in things if said[1] in self.advised]

    def _known(self, _facts: TrackingFacts, things: Sequence[Said]) -> list[int]:
        return [self.units[said[1]] for said in things if said[1] in self.units]

    def _read_points(self, facts: TrackingFacts, _things: Sequence[Said]) -> list[int]:
        return [
            place.counterparty_id
            for name in (facts.read_point, facts.biz_location)
            if (place := self.places.get(name)) is not None and place.counterparty_id is not None
        ]

    def _makers(self, _facts: TrackingFacts, things: Sequence[Said]) -> list[int]:
        return [
            product.partner_id
            for said in things
            if (product := self.products.get(said[1])) is not None
            and product.partner_id is not None
        ]


def subjects_of(
    batch: Sequence[TrackingFacts], told: Iterable[Sequence[Said]], *, on: date
) -> Subjects:
    """Look up what a batch names, acting for whoever recorded it; at most nine queries.

    ``told`` are the things of each event.
    """
    things, singles = set(), set()
    for each in told:
        for role, thing, _quantity, _uom in each:
            things.add(thing)
            if role in SINGLE_ROLES:
                singles.add(thing)
    names = {each for facts in batch for each in (facts.read_point, facts.biz_location) if each}
    parties = {
        party.value
        for facts in batch
        if facts.sources or facts.destinations
        for party in (*facts.sources, *facts.destinations)
        if party.kind in PARTY_KINDS
    }
    sites = _sites(names | parties)
    return Subjects(
        owner_id=acting_organisation_id(),
        places=_places(names, sites),
        organisations=_organisations(parties, sites),
        products=_products(things, on),
        advised=_advised(singles),
        units=_units(singles) if singles else {},
    )


def _products(things: set[str], on: date) -> dict[str, Product]:
    gtins = {thing: gtin for thing in things if (gtin := gtin_of(thing))}
    if not gtins:
        return {}
    found = products_by_gtin(set(gtins.values()), on=on)
    return {thing: found[gtin] for thing, gtin in gtins.items() if gtin in found}


def _advised(singles: set[str]) -> dict[str, AdvisedUnit]:
    plates = {thing: plate for thing in singles if (plate := plate_of(thing))}
    if not plates:
        return {}
    found = advised_units(plates.values())
    return {thing: found[plate] for thing, plate in plates.items() if plate in found}


def _sites(names: set[str]) -> dict[str, KnownPlace]:
    """Return the visible sites behind GLNs and BPNs, the acting organisation's own last."""
    codes = {code for name in names for code in _codes(name)}
    if not codes:
        return {}
    rows = Site.visible.filter(Q(gln__in=codes) | Q(bpn__in=codes)).values_list(
        "gln", "bpn", "owner_id", "id", "code"
    )
    own = acting_organisation_id()
    found: dict[str, KnownPlace] = {}
    for gln, bpn, owner_id, site_id, code in sorted(rows, key=lambda row: row[2] == own):
        place = KnownPlace(owner_id, site_id if owner_id == own else None, code, None)
        found |= {each: place for each in (gln, bpn) if each}
    return {name: found[code] for name in names for code in _codes(name) if code in found}


def _codes(name: str) -> list[str]:
    bpn = _BPN.search(name)
    return [code for code in (gln_of(name), bpn[0] if bpn else "") if code]


def _places(names: set[str], sites: Mapping[str, KnownPlace]) -> dict[str, KnownPlace]:
    found = {name: sites[name] for name in names if name in sites}
    own = acting_organisation_id()
    points = ReadPoint.objects.filter(identifier__in=names).values_list(
        "identifier", "site_id", "site__code", "counterparty_id"
    )
    for identifier, site_id, code, counterparty_id in points:
        found[identifier] = KnownPlace(own, site_id, code or "", counterparty_id)
    return found


def _organisations(parties: set[str], sites: Mapping[str, KnownPlace]) -> dict[str, int]:
    found = {name: sites[name].owner_id for name in parties if name in sites}
    bpns = {match[0]: name for name in parties if (match := _BPN.search(name))}
    if bpns:
        rows = Organisation.objects.filter(bpn__in=bpns).values_list("bpn", "pk")
        found |= {bpns[bpn]: key for bpn, key in rows}
    return found


def _units(singles: set[str]) -> dict[str, int]:
    own = acting_organisation_id()
    rows = UnitState.objects.filter(owner_id=own, thing__in=singles).exclude(counterparty_id=own)
    return dict(rows.values_list("thing", "counterparty_id"))
