"""Hold a lot back, and everything made from it, at all granted sites at once; release it (IN-20).

One transaction writes the hold, the exception of each organisation concerned and the errands that
have each of them block its own stock: nobody hears of it before another (IN-17). Each is told
those of the things it has to do with, and no other.
"""

from collections import defaultdict
from collections.abc import Collection
from dataclasses import dataclass
from typing import Final
from uuid import UUID, uuid4

from django.db import transaction
from django.db.models import Max
from django.utils import timezone
from uuid_utils.compat import uuid7

from collab.events.audit import note
from collab.events.bus import publish
from collab.integration.inbox.locks import hold as take_turns
from collab.masterdata.refusals import Refused, clean_text, locked
from collab.organisations.context import acting_organisation_id, acting_person_id
from collab.sharing.hear import hand_over
from collab.sharing.queries import audience
from inventory.events import LotHoldChanged
from inventory.hold_alerts import clear_hold, raise_hold
from inventory.models import GENEALOGY, HeldThing, LotHold
from inventory.models.genealogy import LONGEST_REASON
from inventory.queries.genealogy import MOST_LEVELS, Direction, Trace, trace
from inventory.queries.lot_things import is_known, products_of, sightings
from inventory.queries.tracking_words import short
from inventory.rules.genealogy import STEP_URN
from inventory.services.held_stock import settle_held_stock

LISTENER: Final = "inventory.follow_lot_hold"
MOST_HELD: Final = 20_000
AT_ONCE: Final = 2000
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
    concerned = _concerned(found, things)
    open_to = {each.viewer_id for each in audience(GENEALOGY) if each.viewer_id == each.about_id}
    return Reach(
        lot=lot,
        scope=scope,
        things=tuple(things),
        told={key: names for key, names in sorted(concerned.items()) if key in open_to},
        untold=len(concerned.keys() - open_to),
        is_cut=scope == Scope.MADE and (found.is_cut or len(found.names) > MOST_HELD),
    )


@transaction.atomic
def hold_lot(lot: str, *, reason: str, scope: str = Scope.MADE.value) -> list[LotHold]:
    """Hold a lot back; return the rows, one's own first.

    Holding it again while it is held adds what was made from it since, and whom it concerns now.
    Raises ``Refused``.
    """
    why = clean_text("reason", reason, LONGEST_REASON)
    take_turns("inventory.lot_hold")
    hit = reach_of(lot, scope)
    own = acting_organisation_id()
    standing = LotHold.objects.filter(owner_id=own, counterparty_id=own, lot=lot, scope=scope)
    first = standing.filter(state=State.BLOCKED).first()
    batch = first.batch if first else uuid4()
    rows = [
        _hold(batch, hit, partner_id, names, why)
        for partner_id, names in ((own, hit.things), *hit.told.items())
    ]
    if first is None:
        note(
            action="lot.held",
            object_kind="inventory.LotHold",
            object_id=rows[0].pk,
            change={"lot": lot, "scope": scope, "reason": why, "things": len(hit.things)},
        )
    settle_held_stock()
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
    take_turns("inventory.lot_hold")
    asked = locked(LotHold, hold_id, version)
    rows = list(LotHold.objects.filter(owner_id=own, batch=asked.batch).order_by("pk"))
    waiting = [row for row in rows if row.state == State.BLOCKED]
    now = timezone.now()
    for row in waiting:
        row.state, row.released_at, row.released_reason = State.RELEASED, now, why
        row.changed_at, row.version = now, row.version + 1
        row.save()
        clear_hold(row, at=now)
        _tell(row)
    if waiting:
        note(
            action="lot.released",
            object_kind="inventory.LotHold",
            object_id=hold_id,
            change={"lot": next((row.lot for row in rows if row.lot), ""), "reason": why},
        )
        settle_held_stock()
    return rows


def _concerned(found: Trace, things: Collection[str]) -> dict[int, tuple[str, ...]]:
    """Return the things that each other organisation has to do with, in the order of the trace.

    Those are the things of its own links and events, and of own ones that are its business.
    """
    own = acting_organisation_id()
    wanted = set(things)
    names: dict[int, set[str]] = defaultdict(set)
    for edge in found.edges:
        partner_id = edge.owner_id if edge.owner_id != own else edge.counterparty_id
        names[partner_id] |= {edge.near, edge.far} & wanted
    for seen in sightings(things):
        names[seen.owner_id if seen.owner_id != own else seen.counterparty_id].add(seen.thing)
    return {
        partner_id: tuple(thing for thing in things if thing in each)
        for partner_id, each in names.items()
        if partner_id != own and each
    }


def _hold(batch: UUID, hit: Reach, partner_id: int, names: Collection[str], why: str) -> LotHold:
    """Write the hold at one organisation, or add to it what is new; nothing new, nothing told."""
    own = acting_organisation_id()
    now = timezone.now()
    row = LotHold.objects.filter(owner_id=own, batch=batch, counterparty_id=partner_id).first()
    is_new = row is None
    if row is None:
        pair = LotHold.objects.filter(owner_id=own, counterparty_id=partner_id)
        row = LotHold.objects.create(
            id=uuid4(),  # random: a time in the key would order holds to others
            counterparty_id=partner_id,
            number=(pair.aggregate(last=Max("number"))["last"] or 0) + 1,
            batch=batch,
            lot=hit.lot if hit.lot in names else "",
            scope=hit.scope,
            reason=why,
            held_at=now,
            changed_at=now,
            person_id=acting_person_id() if partner_id == own else None,
        )
    known = set(HeldThing.objects.filter(hold=row).values_list("thing", flat=True))
    fresh = [thing for thing in names if thing not in known]
    HeldThing.objects.bulk_create(
        (HeldThing(owner_id=own, counterparty_id=partner_id, hold=row, thing=t) for t in fresh),
        batch_size=AT_ONCE,
    )
    if not fresh and not is_new:
        return row
    if not is_new:
        row.changed_at, row.version = now, row.version + 1
        row.save()
    shown = row.lot or next(iter(names))
    if partner_id != own or not hit.told:  # the holder has the exceptions of those it told
        product = products_of([shown]).get(shown)
        raise_hold(
            row,
            label=short(shown),
            count=len(known) + len(fresh),
            part_number=product.number if product else "",
            at=now,
        )
    _tell(row)
    return row


def _tell(row: LotHold) -> None:
    """Tell screens, and have everybody entitled settle its stock, from this transaction on."""
    change = uuid7()
    publish(
        LotHoldChanged(
            change_id=str(change),
            hold_id=str(row.pk),
            counterparty_id=row.counterparty_id,
            state=str(row.state),
        )
    )
    if row.counterparty_id != acting_organisation_id():
        hand_over(
            change,
            listener=LISTENER,
            topic=GENEALOGY,
            about_ids=[row.counterparty_id],
            rows=[row.pk],
        )
