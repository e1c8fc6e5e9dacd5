"""What an organisation has to hold back: by own holds, and by those of partners it deals with."""

from collections import defaultdict

from django.db.models import Q

from collab.organisations.context import acting_organisation_id
from inventory.models import EventThing, HeldThing, LotHold, TraceLink
from inventory.queries.genealogy import Direction, reach


def held_things() -> dict[str, set[int]]:
    """Return what the acting organisation has to hold, with whoever holds it.

    A hold of its own counts as it is. One of a partner counts where the partner is the other side
    of own business with the thing, or with what the thing was made of: nobody else can block.
    """
    own = acting_organisation_id()
    found: dict[str, set[int]] = defaultdict(set)
    standing = Q(state=LotHold.State.BLOCKED) & (Q(owner_id=own) | Q(counterparty_id=own))
    for each in LotHold.objects.filter(standing):
        named = list(HeldThing.objects.filter(hold_id=each.pk).values_list("thing", flat=True))
        mine = named if each.owner_id == own else [n for n in named if _is_party(n, each.owner_id)]
        held = reach(mine, Direction.INTO) if each.scope == LotHold.Scope.MADE else set(mine)
        for thing in held:
            found[thing].add(each.owner_id)
    return found


def _is_party(thing: str, partner_id: int) -> bool:
    """Say whether own events name the partner as the other side of a thing or of its makings."""
    own = acting_organisation_id()
    names = list(reach([thing], Direction.FROM))
    mine = {"owner_id": own, "counterparty_id": partner_id}
    return (
        EventThing.objects.filter(thing__in=names, **mine).exists()
        or TraceLink.objects.filter(Q(child__in=names) | Q(parent__in=names), **mine).exists()
    )
