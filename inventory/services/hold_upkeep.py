"""What follows news for holds: they grow, whom they newly concern is told, stock is settled.

Every door that brings news ends here: events that were recorded, links that documents state, a
partner's links, a partner's hold. Own holds are raised at whoever comes to have the goods; those
that pass on a partner's hold grow and end with it (``inventory.services.hold_passing``).
"""

from collections.abc import Collection, Mapping
from typing import Final
from uuid import UUID

from django.db import transaction
from django.utils import timezone

from collab.integration.inbox.locks import hold as take_turns
from collab.organisations.context import acting_organisation_id
from inventory.hold_alerts import clear_hold
from inventory.models import FollowedThing, HeldThing, LotHold, TraceLink
from inventory.queries.genealogy import Edge, links_at
from inventory.queries.held import has_holds
from inventory.queries.held_things import followed, standing_holds
from inventory.rules.genealogy import STEP_URN
from inventory.services.held_stock import settle_held_stock
from inventory.services.hold_following import Change, Following, follow_change, follow_holds
from inventory.services.hold_rows import concerned, reachable_partners, word_of, write_hold

TURN: Final = "inventory.genealogy"
"""The lock of links and holds: neither changes while the other is worked out."""


@transaction.atomic
def keep_up(change: Change) -> int:
    """Let holds follow news of the acting organisation; return how many moves of stock it took."""
    if not change.things or not has_holds():
        return 0
    take_turns(TURN)
    found = follow_change(change)
    raise_onward(found)
    extend_passed_on(found.fresh)
    return settle_held_stock(change.things | found.changed)


@transaction.atomic
def follow_partner_links(keys: Collection[UUID]) -> int:
    """Let holds follow links of a partner that changed, as far as they are visible here."""
    if not has_holds():
        return 0
    rows = list(TraceLink.objects.filter(pk__in=keys).values_list("child", "parent", "ended_at"))
    if len(rows) < len(set(keys)):  # some are gone, and nothing tells which things they were of
        return follow_all_again()
    ends = frozenset(name for child, parent, _ended in rows for name in (child, parent))
    return keep_up(Change(ends, any(ended is not None for _c, _p, ended in rows)))


@transaction.atomic
def follow_all_again() -> int:
    """Work out all standing holds from nothing and settle all held stock; return its moves.

    For what no event tells: what a grant opened or closed, or an older version has not kept.
    """
    take_turns(TURN)
    standing = standing_holds()
    gone = FollowedThing.objects.filter(owner_id=acting_organisation_id())
    gone.exclude(hold__in=[hold.pk for hold in standing]).delete()
    raise_onward(follow_holds(standing))
    return settle_held_stock()


def raise_onward(found: Following) -> None:
    """Raise own holds at the partners whom they concern newly, with the things that are theirs."""
    keys = [*found.fresh, *found.met]
    own = acting_organisation_id()
    mine = LotHold.objects.filter(owner_id=own, counterparty_id=own, pk__in=keys)
    holds = list(mine.filter(state=LotHold.State.BLOCKED).order_by("pk"))
    if not holds:
        return
    news = {
        row.pk: sorted(
            name
            for name in {*found.fresh.get(row.pk, ()), *found.met.get(row.pk, ())}
            if not name.startswith(STEP_URN)
        )
        for row in holds
    }
    edges = _edges(news)
    open_to = reachable_partners()
    for row in holds:
        if news[row.pk]:
            spread(row, news[row.pk], edges.get(row.pk, ()), open_to)


def spread(
    row: LotHold, things: Collection[str], edges: Collection[Edge], open_to: Collection[int]
) -> list[LotHold]:
    """Add things to an own hold, here and at whom they concern; return the rows at partners.

    ``edges`` are the links into these things from what is held. Things that are named are named
    no second time; where nothing is new nobody is told. Who holds what is passed on is left out.
    """
    own = acting_organisation_id()
    word = word_of(row)
    origin = _holder_of(word.follows)
    told = {
        (partner_id, thing)
        for partner_id, thing in HeldThing.objects.filter(
            owner_id=own, hold__batch=word.batch, thing__in=things
        ).values_list("counterparty_id", "thing")
    }
    if fresh := [thing for thing in things if (own, thing) not in told]:
        at_partners = LotHold.objects.filter(owner_id=own, batch=word.batch)
        is_alone = not at_partners.exclude(counterparty_id=own).exists()
        write_hold(word, own, fresh, is_raised=is_alone)
    rows = []
    for partner_id, names in sorted(concerned(things, edges).items()):
        fresh = [thing for thing in names if (partner_id, thing) not in told]
        if fresh and partner_id in open_to and partner_id != origin:
            rows.append(write_hold(word, partner_id, fresh, is_raised=True))
    if rows:
        clear_hold(row, at=timezone.now())  # those told have the exception now
    return rows


def extend_passed_on(fresh: Mapping[UUID, Collection[str]]) -> None:
    """Let own holds that pass partners' holds on cover what those came to cover."""
    own = acting_organisation_id()
    passed = LotHold.objects.filter(
        owner_id=own, counterparty_id=own, follows__in=list(fresh), state=LotHold.State.BLOCKED
    )
    for row in passed.order_by("pk"):
        names = followed(row.follows) - followed(row.pk) if row.follows else set()
        if names:
            write_hold(word_of(row), own, sorted(names), is_raised=False)
            raise_onward(follow_holds([row]))


def hold_by_new_name(alias: str, thing: str) -> None:
    """Let own standing holds that name a thing by an alias name it as it is called now, too."""
    own = acting_organisation_id()
    named = HeldThing.objects.filter(owner_id=own, counterparty_id=own, thing=alias)
    mine = LotHold.objects.filter(owner_id=own, pk__in=named.values("hold_id"))
    for row in mine.filter(state=LotHold.State.BLOCKED).order_by("pk"):
        write_hold(word_of(row), own, [thing], is_raised=False)
        raise_onward(follow_holds([row]))


def _holder_of(hold_id: UUID | None) -> int | None:
    if hold_id is None:
        return None
    return LotHold.objects.filter(pk=hold_id).values_list("owner_id", flat=True).first()


def _edges(news: Mapping[UUID, Collection[str]]) -> dict[UUID, list[Edge]]:
    """Return by hold the links at its news that begin at something it covers; two statements."""
    found = links_at({name for names in news.values() for name in names})
    rows = FollowedThing.objects.filter(
        owner_id=acting_organisation_id(),
        hold__in=list(news),
        thing__in={edge.near for edge in found},
    )
    starts = set(rows.values_list("hold", "thing"))
    return {
        key: [
            edge
            for edge in found
            if (key, edge.near) in starts and (edge.near in names or edge.far in names)
        ]
        for key, names in ((key, set(told)) for key, told in news.items())
    }
