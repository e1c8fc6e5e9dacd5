"""Hold a lot back, and everything made from it, at all granted sites at once; release it (IN-20).

One transaction writes the hold, the exception of each organisation concerned and the errands that
have each of them block its own stock: nobody hears of it before another (IN-17). Each is told
those of the things it has to do with, and no other. From then on the hold grows by itself
(``inventory.services.hold_upkeep``).
"""

from dataclasses import dataclass
from typing import Final
from uuid import UUID, uuid4

from django.db import transaction
from django.utils import timezone

from collab.events.audit import note
from collab.integration.inbox.locks import hold as take_turns
from collab.masterdata.refusals import Refused, clean_text, locked
from collab.organisations.context import acting_organisation_id
from inventory.hold_alerts import clear_hold
from inventory.models import LotHold
from inventory.models.genealogy import LONGEST_REASON
from inventory.queries.genealogy import MOST_LEVELS, Direction, trace
from inventory.queries.lot_things import is_known
from inventory.rules.genealogy import STEP_URN
from inventory.services.held_stock import settle_held_stock
from inventory.services.hold_following import follow_holds
from inventory.services.hold_rows import HoldWord, concerned, reachable_partners, tell, write_hold
from inventory.services.hold_upkeep import TURN

MOST_HELD: Final = 20_000
State, Scope = LotHold.State, LotHold.Scope


@dataclass(frozen=True, slots=True)
class Reach:
    """What a hold of a lot hits: all things, and those that each partner has to do with.

    ``told`` are partners who can be told, ``untold`` how many have shared no genealogy.
    """

    lot: str
    scope: str
    things: tuple[str, ...]
    told: dict[int, tuple[str, ...]]
    untold: int
    is_cut: bool


def reach_of(lot: str, scope: str) -> Reach:
    """Return what holding a lot would hit now; raise ``Refused`` for one that is not known."""
    if scope not in Scope.values:
        raise Refused("scope", f"one of {', '.join(Scope.values)}", scope)
    if lot.startswith(STEP_URN) or not is_known(lot):
        raise Refused("lot", "a lot, serial or unit that you know", lot)
    found = trace(lot, Direction.INTO, levels=MOST_LEVELS if scope == Scope.MADE else 0)
    things = found.names[:MOST_HELD] if scope == Scope.MADE else [lot]
    partners = concerned(things, found.edges)
    open_to = reachable_partners()
    return Reach(
        lot=lot,
        scope=scope,
        things=tuple(things),
        told={key: names for key, names in sorted(partners.items()) if key in open_to},
        untold=len(partners.keys() - open_to),
        is_cut=scope == Scope.MADE and (found.is_cut or len(found.names) > MOST_HELD),
    )


@transaction.atomic
def hold_lot(lot: str, *, reason: str, scope: str = Scope.MADE.value) -> list[LotHold]:
    """Hold a lot back; return the rows, one's own first.

    Holding it again while it is held changes nothing but what a new grant opened since. Raises
    ``Refused``.
    """
    why = clean_text("reason", reason, LONGEST_REASON)
    take_turns(TURN)
    hit = reach_of(lot, scope)
    own = acting_organisation_id()
    standing = LotHold.objects.filter(owner_id=own, counterparty_id=own, lot=lot, scope=scope)
    first = standing.filter(state=State.BLOCKED, follows__isnull=True).first()
    word = HoldWord(batch=first.batch if first else uuid4(), lot=lot, scope=scope, reason=why)
    rows = [
        write_hold(word, partner_id, names, is_raised=partner_id != own or not hit.told)
        for partner_id, names in ((own, hit.things), *hit.told.items())
    ]
    if first is None:
        note(
            action="lot.held",
            object_kind="inventory.LotHold",
            object_id=rows[0].pk,
            change={"lot": lot, "scope": scope, "reason": why, "things": len(hit.things)},
        )
    settle_held_stock(follow_holds(rows[:1]).changed)
    return rows


@transaction.atomic
def release_lot(hold_id: UUID, *, reason: str = "", version: int | None = None) -> list[LotHold]:
    """Release an own hold everywhere at once; one that is released stays so.

    Raises ``LotHold.DoesNotExist`` for everybody but the owner, ``VersionConflict``.
    """
    why = clean_text("reason", reason, LONGEST_REASON, required=False)
    own = acting_organisation_id()
    if not LotHold.objects.filter(pk=hold_id, owner_id=own).exists():
        raise LotHold.DoesNotExist
    take_turns(TURN)
    asked = locked(LotHold, hold_id, version)
    rows = list(LotHold.objects.filter(owner_id=own, batch=asked.batch).order_by("pk"))
    waiting = [row for row in rows if row.state == State.BLOCKED]
    now = timezone.now()
    for row in waiting:
        row.state, row.released_at, row.released_reason = State.RELEASED, now, why
        row.changed_at, row.version = now, row.version + 1
        row.save()
        clear_hold(row, at=now)
        tell(row)
    if waiting:
        note(
            action="lot.released",
            object_kind="inventory.LotHold",
            object_id=hold_id,
            change={"lot": next((row.lot for row in rows if row.lot), ""), "reason": why},
        )
        settle_held_stock(follow_holds(waiting).changed)
    return rows
