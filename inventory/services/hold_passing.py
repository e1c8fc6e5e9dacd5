"""Pass a partner's hold on to those who have the goods now, as a hold of one's own (IN-17, IN-20).

Nobody blocks goods that it has no part in: a partner's hold reaches as far as the business with
that partner. What became of the goods since, and who has it, is the knowledge of whoever sold it
on: it is offered to pass the hold on, names no third party, and from then on the own hold grows
and ends with the partner's.
"""

from collections.abc import Sequence
from uuid import UUID, uuid4

from django.db import transaction
from django.utils.translation import gettext as _

from collab.events.audit import note
from collab.integration.inbox.locks import hold as take_turns
from collab.masterdata.refusals import Refused, clean_text
from collab.organisations.context import acting_organisation_id
from inventory.models import LotHold
from inventory.models.genealogy import LONGEST_REASON
from inventory.queries.genealogy import links_at
from inventory.queries.held_things import followed
from inventory.services.held_stock import settle_held_stock
from inventory.services.hold_following import follow_holds
from inventory.services.hold_rows import HoldWord, concerned, reachable_partners, write_hold
from inventory.services.hold_upkeep import TURN, extend_passed_on, raise_onward
from inventory.services.lot_holds import release_lot


def passed_on(hold_id: UUID) -> LotHold | None:
    """Return the own hold that passes a partner's hold on; ``None`` while none does."""
    own = acting_organisation_id()
    mine = LotHold.objects.filter(owner_id=own, counterparty_id=own, follows=hold_id)
    return mine.filter(state=LotHold.State.BLOCKED).first()


def onward_of(hold: LotHold) -> dict[int, tuple[str, ...]]:
    """Return whom a partner's hold concerns further on, with the things each would be told.

    The holder is left out, as are partners to whom own genealogy is not open.
    """
    things = sorted(followed(hold.pk))
    held = set(things)
    edges = [edge for edge in links_at(things) if edge.near in held]
    open_to = reachable_partners() - {hold.owner_id}
    found = concerned(things, edges) if things else {}
    return {key: names for key, names in sorted(found.items()) if key in open_to}


@transaction.atomic
def pass_on(hold_id: UUID, *, reason: str = "") -> list[LotHold]:
    """Hold onward what a partner's hold covers here; return the rows, one's own first.

    A hold that was passed on before is not passed on twice. Without a ``reason`` the partner's is
    said again. Raises ``LotHold.DoesNotExist`` for a hold that is not a partner's standing one,
    and ``Refused`` where it concerns nobody further.
    """
    own = acting_organisation_id()
    take_turns(TURN)
    standing = LotHold.objects.filter(counterparty_id=own, state=LotHold.State.BLOCKED)
    hold = standing.exclude(owner_id=own).get(pk=hold_id)
    if (known := passed_on(hold.pk)) is not None:
        return _rows(known)
    told = onward_of(hold)
    if not told:
        raise Refused("hold", "a hold that concerns a further partner of yours", str(hold))
    word = HoldWord(
        batch=uuid4(),
        lot=hold.lot,
        scope=hold.scope,
        reason=clean_text("reason", reason or hold.reason, LONGEST_REASON),
        follows=hold.pk,
    )
    first = write_hold(word, own, sorted(followed(hold.pk)), is_raised=False)
    rows = [first, *(write_hold(word, key, names, is_raised=True) for key, names in told.items())]
    note(
        action="lot.passed_on",
        object_kind="inventory.LotHold",
        object_id=first.pk,
        change={"lot": hold.lot, "follows": str(hold.pk), "partners": len(told)},
    )
    settle_held_stock(follow_holds([first]).changed)
    return rows


@transaction.atomic
def hear_holds(keys: Sequence[UUID]) -> int:
    """Follow partners' holds that were raised here, grew or were released; return the moves.

    Own holds that pass them on grow with them and are released with them.
    """
    take_turns(TURN)
    own = acting_organisation_id()
    heard = LotHold.objects.filter(counterparty_id=own, pk__in=keys).exclude(owner_id=own)
    holds = list(heard.order_by("pk"))
    found = follow_holds(holds)
    raise_onward(found)
    extend_passed_on(found.fresh)
    for hold in holds:
        follower = passed_on(hold.pk) if hold.state == LotHold.State.RELEASED else None
        if follower is not None:
            release_lot(follower.pk, reason=hold.released_reason or _("Released by the holder"))
    return settle_held_stock(found.changed)


def _rows(first: LotHold) -> list[LotHold]:
    others = LotHold.objects.filter(owner_id=first.owner_id, batch=first.batch)
    return [first, *others.exclude(pk=first.pk).order_by("counterparty_id")]
