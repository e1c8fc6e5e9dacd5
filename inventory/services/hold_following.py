"""Know thing by thing what standing holds cover, and follow only those that news are about.

What a hold covers is kept in ``FollowedThing``. New links are looked up in it, so an event costs
what it and the things behind it cost, however many holds stand. Where a link went or ended, the
holds it belonged to are worked out from nothing: then something may no longer be covered.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Final
from uuid import UUID

from collab.organisations.context import acting_organisation_id
from inventory.models import FollowedThing, HeldThing, LotHold
from inventory.queries.genealogy import Direction, links_at, ways
from inventory.queries.held_things import covered_by, dealt_in
from inventory.rules.reach import behind

AT_ONCE: Final = 2000
ByHold = Mapping[UUID, Collection[str]]


@dataclass(frozen=True, slots=True)
class Change:
    """What news are about: things that were seen or linked; ``is_loosened``: a link went."""

    things: frozenset[str] = frozenset()
    is_loosened: bool = False

    def __or__(self, other: "Change") -> "Change":
        return Change(self.things | other.things, self.is_loosened or other.is_loosened)


@dataclass(frozen=True, slots=True)
class Following:
    """What became of holds: by hold the things that are new to it, and those it had and news name.

    ``lost`` are things that some hold no longer covers.
    """

    fresh: ByHold = field(default_factory=dict)
    met: ByHold = field(default_factory=dict)
    lost: frozenset[str] = frozenset()

    @property
    def changed(self) -> set[str]:
        """All things that are covered now and were not, or were and are not."""
        return {*self.lost, *(name for found in self.fresh.values() for name in found)}


def follow_holds(holds: Iterable[LotHold]) -> Following:
    """Work out anew what these holds cover here; one that is released covers nothing."""
    fresh: dict[UUID, set[str]] = {}
    lost: set[str] = set()
    for hold in holds:
        mine = FollowedThing.objects.filter(owner_id=acting_organisation_id(), hold=hold.pk)
        known, wanted = set(mine.values_list("thing", flat=True)), covered_by(hold)
        if gone := known - wanted:
            mine.filter(thing__in=gone).delete()
            lost |= gone
        fresh[hold.pk] = wanted - known
        _write(hold, fresh[hold.pk])
    return Following(fresh=fresh, lost=frozenset(lost))


def follow_change(change: Change) -> Following:
    """Let news grow the holds that cover what they are about."""
    met = _met(change.things)
    claims = _claims(change.things)
    holds = LotHold.objects.in_bulk([*met, *claims])
    if change.is_loosened:
        found = follow_holds(holds.values())
        return Following(found.fresh, met, found.lost)
    fresh = _fresh(holds, _starts(holds, met, claims, change.things))
    for key, names in fresh.items():
        _write(holds[key], names)
    return Following(fresh, met)


def _met(things: Collection[str]) -> dict[UUID, set[str]]:
    """Return which of the things each hold covers so far."""
    found: dict[UUID, set[str]] = defaultdict(set)
    rows = FollowedThing.objects.filter(owner_id=acting_organisation_id(), thing__in=things)
    for hold, thing in rows.values_list("hold", "thing"):
        found[hold].add(thing)
    return found


def _claims(things: Collection[str]) -> dict[UUID, set[str]]:
    """Return what partners' holds name of the things and of what was made of them.

    Only about these can news make the acting organisation a party to the partner's goods.
    """
    own = acting_organisation_id()
    partners = LotHold.objects.filter(counterparty_id=own, state=LotHold.State.BLOCKED)
    standing = partners.exclude(owner_id=own)
    if not standing.exists():
        return {}
    names = behind(things, ways(things, Direction.INTO))
    rows = HeldThing.objects.filter(thing__in=names, hold__in=standing.values("pk"))
    found: dict[UUID, set[str]] = defaultdict(set)
    for hold, thing in rows.values_list("hold_id", "thing"):
        found[hold].add(thing)
    return found


def _starts(
    holds: Mapping[UUID, LotHold], met: ByHold, claims: ByHold, things: Collection[str]
) -> dict[UUID, set[str]]:
    """Return by hold the things that it may reach newly: named ones, and ends of links it met."""
    starts: dict[UUID, set[str]] = defaultdict(set)
    known = _known(claims)
    asked = {
        (thing, holds[key].owner_id): None
        for key, names in claims.items()
        for thing in names
        if thing not in known.get(key, ())
    }
    ours = dealt_in(asked)
    for key, names in claims.items():
        starts[key] |= {thing for thing in names if (thing, holds[key].owner_id) in ours}
    by_thing: dict[str, list[UUID]] = defaultdict(list)
    for key, names in met.items():
        if holds[key].scope == LotHold.Scope.MADE:
            for thing in names:
                by_thing[thing].append(key)
    if by_thing:
        for edge in links_at(things):
            for key in by_thing.get(edge.near, ()):
                starts[key].add(edge.far)
    return starts


def _fresh(holds: Mapping[UUID, LotHold], starts: ByHold) -> dict[UUID, set[str]]:
    """Return by hold what lies behind its starts and is new to it."""
    onward = {key for key in starts if holds[key].scope == LotHold.Scope.MADE}
    graph = ways({name for key in onward for name in starts[key]}, Direction.INTO)
    graphs = {key: graph if key in onward else {} for key in starts}
    known = _known({key: behind(names, graphs[key]) for key, names in starts.items()})
    found = {key: behind(names, graphs[key], known.get(key, ())) for key, names in starts.items()}
    return {key: names for key, names in found.items() if names}


def _known(asked: ByHold) -> dict[UUID, set[str]]:
    """Return which of the things asked for each hold covers so far; one statement."""
    names = {name for found in asked.values() for name in found}
    rows = FollowedThing.objects.filter(
        owner_id=acting_organisation_id(), hold__in=list(asked), thing__in=names
    )
    known: dict[UUID, set[str]] = defaultdict(set)
    if names:
        for hold, thing in rows.values_list("hold", "thing"):
            known[hold].add(thing)
    return known


def _write(hold: LotHold, names: Collection[str]) -> None:
    own = acting_organisation_id()
    FollowedThing.objects.bulk_create(
        (
            FollowedThing(owner_id=own, hold=hold.pk, counterparty_id=hold.owner_id, thing=name)
            for name in sorted(names)
        ),
        batch_size=AT_ONCE,
        ignore_conflicts=True,
    )
