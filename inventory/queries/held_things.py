"""What an organisation has to hold back: by own holds, and by those of partners it deals with."""

from collections import defaultdict
from collections.abc import Collection, Iterable
from uuid import UUID

from django.db.models import Q

from collab.organisations.context import acting_organisation_id
from inventory.models import EventThing, FollowedThing, HeldThing, LotHold, TraceLink
from inventory.queries.genealogy import Direction, ways
from inventory.rules.genealogy import STEP_URN
from inventory.rules.reach import behind, turned

Claim = tuple[str, int]
"""A thing, and the partner who says that it is to be held."""


def held_things(things: Collection[str] | None = None) -> dict[str, set[int]]:
    """Return what the acting organisation has to hold, of these things or of all, and for whom."""
    rows = FollowedThing.objects.filter(owner_id=acting_organisation_id())
    if things is not None:
        rows = rows.filter(thing__in=things)
    found: dict[str, set[int]] = defaultdict(set)
    for thing, holder_id in rows.values_list("thing", "counterparty_id"):
        if not thing.startswith(STEP_URN):
            found[thing].add(holder_id)
    return found


def followed(hold_id: UUID) -> set[str]:
    """Return the things that the acting organisation holds back because of one hold."""
    rows = FollowedThing.objects.filter(owner_id=acting_organisation_id(), hold=hold_id)
    return {name for name in rows.values_list("thing", flat=True) if not name.startswith(STEP_URN)}


def standing_holds() -> list[LotHold]:
    """Return the holds that stand at the acting organisation, own ones once each."""
    own = acting_organisation_id()
    rows = LotHold.objects.filter(counterparty_id=own, state=LotHold.State.BLOCKED)
    return list(rows.order_by("pk"))


def covered_by(hold: LotHold) -> set[str]:
    """Return what a hold covers here, worked out from nothing, transformations among it.

    A hold of one's own counts as it is. One of a partner counts where the partner is the other
    side of own business with the thing, or with what the thing was made of: nobody else can block.
    """
    if hold.state != LotHold.State.BLOCKED:
        return set()
    named = set(HeldThing.objects.filter(hold_id=hold.pk).values_list("thing", flat=True))
    if hold.owner_id != acting_organisation_id():
        claims = [(thing, hold.owner_id) for thing in named]
        named = {thing for thing, _holder in dealt_in(claims)}
    if hold.scope == LotHold.Scope.LOT:
        return named
    return behind(named, ways(named, Direction.INTO))


def dealt_in(claims: Iterable[Claim]) -> set[Claim]:
    """Return the claims of partners whom own events name with the thing or what it is made of.

    Three statements however many claims there are.
    """
    asked = set(claims)
    if not asked:
        return set()
    back = ways({thing for thing, _partner in asked}, Direction.FROM)
    ends = {far for found in back.values() for far in found}
    names = [n for n in {*back, *ends, *(t for t, _p in asked)} if not n.startswith(STEP_URN)]
    mine = {
        "owner_id": acting_organisation_id(),
        "counterparty_id__in": {partner_id for _thing, partner_id in asked},
    }
    business: dict[int, set[str]] = defaultdict(set)
    seen = EventThing.objects.filter(thing__in=names, **mine)
    for partner_id, thing in seen.values_list("counterparty_id", "thing").distinct():
        business[partner_id].add(thing)
    links = TraceLink.objects.filter(Q(child__in=names) | Q(parent__in=names), **mine)
    known = set(names)
    for partner_id, *both in links.values_list("counterparty_id", "child", "parent"):
        business[partner_id] |= known.intersection(both)
    onward = turned(back)
    made = {partner_id: behind(told, onward) for partner_id, told in business.items()}
    return {(thing, partner_id) for thing, partner_id in asked if thing in made.get(partner_id, ())}
