"""The rows of one hold, one at each organisation: written, added to, and told."""

from collections import defaultdict
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from typing import Final
from uuid import UUID, uuid4

from django.db.models import Max
from django.utils import timezone
from uuid_utils.compat import uuid7

from collab.events.bus import publish
from collab.organisations.context import acting_organisation_id, acting_person_id
from collab.sharing.hear import hand_over
from collab.sharing.queries import audience
from inventory.events import LotHoldChanged
from inventory.hold_alerts import raise_hold
from inventory.models import GENEALOGY, HeldThing, LotHold
from inventory.queries.genealogy import Edge
from inventory.queries.lot_things import products_of, sightings
from inventory.queries.tracking_words import short

LISTENER: Final = "inventory.follow_lot_hold"
AT_ONCE: Final = 2000


@dataclass(frozen=True, slots=True, kw_only=True)
class HoldWord:
    """What all rows of a hold say; ``follows`` is the partner's hold that is passed on."""

    batch: UUID
    lot: str
    scope: str
    reason: str
    follows: UUID | None = None


def word_of(row: LotHold) -> HoldWord:
    """Return what an own hold says, from the row at the owner itself."""
    return HoldWord(
        batch=row.batch, lot=row.lot, scope=row.scope, reason=row.reason, follows=row.follows
    )


def concerned(things: Collection[str], edges: Iterable[Edge]) -> dict[int, tuple[str, ...]]:
    """Return the things that each other organisation has to do with, in the order of ``things``.

    Those are the things of its own links and events, and of own ones that are its business.
    """
    own = acting_organisation_id()
    wanted = set(things)
    names: dict[int, set[str]] = defaultdict(set)
    for edge in edges:
        partner_id = edge.owner_id if edge.owner_id != own else edge.counterparty_id
        names[partner_id] |= {edge.near, edge.far} & wanted
    for seen in sightings(things):
        names[seen.owner_id if seen.owner_id != own else seen.counterparty_id].add(seen.thing)
    return {
        partner_id: tuple(thing for thing in things if thing in each)
        for partner_id, each in names.items()
        if partner_id != own and each
    }


def reachable_partners() -> set[int]:
    """Return the partners who can be told of own genealogy: those it is open to."""
    return {each.viewer_id for each in audience(GENEALOGY) if each.viewer_id == each.about_id}


def write_hold(
    word: HoldWord, partner_id: int, names: Collection[str], *, is_raised: bool
) -> LotHold:
    """Write the hold at one organisation, or add to it what is new; nothing new, nothing told.

    ``is_raised`` says whether the row has an exception: the holder has those of whom it told.
    """
    own, now = acting_organisation_id(), timezone.now()
    mine = LotHold.objects.filter(owner_id=own, batch=word.batch, counterparty_id=partner_id)
    row = mine.first()
    is_new = row is None
    row = row or _new_row(word, partner_id, names)
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
    if is_raised:
        shown = row.lot or next(iter(names))
        product = products_of([shown]).get(shown)
        raise_hold(
            row,
            label=short(shown),
            count=len(known) + len(fresh),
            part_number=product.number if product else "",
            at=now,
        )
    tell(row)
    return row


def tell(row: LotHold) -> None:
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


def _new_row(word: HoldWord, partner_id: int, names: Collection[str]) -> LotHold:
    own, now = acting_organisation_id(), timezone.now()
    pair = LotHold.objects.filter(owner_id=own, counterparty_id=partner_id)
    is_own = partner_id == own
    return LotHold.objects.create(
        id=uuid4(),  # random: a time in the key would order holds to others
        counterparty_id=partner_id,
        number=(pair.aggregate(last=Max("number"))["last"] or 0) + 1,
        batch=word.batch,
        lot=word.lot if word.lot in names else "",
        scope=word.scope,
        reason=word.reason,
        held_at=now,
        changed_at=now,
        follows=word.follows if is_own else None,
        person_id=acting_person_id() if is_own else None,
    )
