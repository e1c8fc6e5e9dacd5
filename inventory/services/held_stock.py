"""Bring own stock in line with the holds that apply to it: blocked while held, as before after.

What should be blocked of a thing is worked out anew from what holds cover, and only the difference
is booked. So the same news twice changes nothing, holds may overlap, and goods of a held lot that
arrive later are blocked when they arrive. Free, consigned and vendor-managed stock is blocked, in
this order, and becomes again what it was.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Final
from uuid import UUID

from django.db import transaction
from django.utils import timezone

from collab.integration.inbox.locks import hold as take_turns
from collab.masterdata.models import Part
from collab.masterdata.queries import parts_by_id
from collab.organisations.context import acting_organisation_id
from inventory.models import FollowedThing, HeldStock, StockKind, StockPosition
from inventory.queries.held_things import held_things
from inventory.queries.lot_things import sightings
from inventory.rules.stock_ledger import MovementKind
from inventory.services.posting import Entry, post
from inventory.services.subjects import Subject

ZERO: Final = Decimal(0)
KINDS: Final = (StockKind.FREE.value, StockKind.CONSIGNED.value, StockKind.VMI.value)
"""What may be blocked, first what is freely at hand."""
Spot = tuple[str, UUID, UUID]
"""A thing, its part, and the own site where it is."""


@dataclass(frozen=True, slots=True)
class Shift:
    """So much of a thing to move from the row's kind to blocked stock; negative: back."""

    row: HeldStock
    position: StockPosition
    amount: Decimal


@transaction.atomic
def settle_held_stock(things: Collection[str] | None = None) -> int:
    """Block and free own stock of these things, or of all, as holds say; return how many moves."""
    if things is not None and not things:
        return 0
    take_turns("inventory.held_stock")
    held = held_things(things)
    known_rows = HeldStock.objects.filter(owner_id=acting_organisation_id())
    if things is not None:
        known_rows = known_rows.filter(thing__in=things)
    rows: dict[Spot, list[HeldStock]] = defaultdict(list)
    for row in known_rows.select_for_update(of=("self",)).order_by("pk"):
        rows[row.thing, row.part_id, row.site_id].append(row)
    wanted = _balances(held)
    shifts: list[Shift] = []
    for spot in sorted(rows.keys() | wanted.keys(), key=str):
        known = rows.get(spot, [])
        if spot[0] not in held:
            shifts += _free(known)
        else:
            more = wanted.get(spot, ZERO) - sum((row.quantity for row in known), ZERO)
            shifts += _block(spot, known, more, held[spot[0]]) if more > 0 else []
    return _book(shifts)


def settle_held_part(part_id: UUID) -> int:
    """Block what held goods of a part still lack, now that its stock changed; return the moves."""
    mine = FollowedThing.objects.filter(owner_id=acting_organisation_id())
    if not mine.exists():  # as a rule nothing is held, and each change of stock comes by here
        return 0
    gtin = Part.objects.filter(pk=part_id).values_list("gtin", flat=True).first()
    if not gtin:
        return 0
    link = f"https://id.gs1.org/01/{gtin.zfill(14)}/"
    return settle_held_stock(
        set(mine.filter(thing__startswith=link).values_list("thing", flat=True))
    )


def _balances(held: Iterable[str]) -> dict[Spot, Decimal]:
    """Return how much of held things own events leave at own sites [base units]."""
    own = acting_organisation_id()
    sums: dict[Spot, Decimal] = defaultdict(lambda: ZERO)
    for seen in sightings(list(held)):
        if seen.owner_id == own and seen.site_id is not None and seen.part_id is not None:
            sums[seen.thing, seen.part_id, seen.site_id] += Decimal(seen.quantity)
    return {spot: amount for spot, amount in sums.items() if amount > 0}


def _block(spot: Spot, known: Sequence[HeldStock], more: Decimal, holders: set[int]) -> list[Shift]:
    """Take ``more`` from stock: first from that kept for whoever holds, free before other kinds."""
    thing, part_id, site_id = spot
    positions = StockPosition.objects.filter(
        owner_id=acting_organisation_id(),
        part_id=part_id,
        site_id=site_id,
        kind__in=KINDS,
        quantity__gt=0,
    )
    by_key = {(row.counterparty_id, row.kind): row for row in known}
    shifts = []
    for position in sorted(positions, key=lambda each: _turn(each, holders)):
        amount = min(more, position.quantity)
        if amount <= 0:
            break
        row = by_key.get((position.counterparty_id, position.kind)) or HeldStock(
            thing=thing,
            part_id=part_id,
            site_id=site_id,
            counterparty_id=position.counterparty_id,
            kind=position.kind,
            version=0,
        )
        shifts.append(Shift(row, position, amount))
        more -= amount
    return shifts


def _turn(position: StockPosition, holders: set[int]) -> tuple[Any, ...]:
    """Return what positions are taken in the order of."""
    is_others = position.counterparty_id not in holders
    return is_others, KINDS.index(position.kind), -position.quantity, position.pk


def _free(known: Iterable[HeldStock]) -> list[Shift]:
    """Give back what was blocked to the kind it had, as far as it is still there."""
    shifts = []
    for row in known:
        position = StockPosition.objects.filter(
            owner_id=acting_organisation_id(),
            counterparty_id=row.counterparty_id,
            part_id=row.part_id,
            site_id=row.site_id,
            kind=StockKind.BLOCKED,
        ).first()
        if row.quantity > 0 and position is not None:
            shifts.append(Shift(row, position, -min(row.quantity, position.quantity)))
    return shifts


def _book(shifts: Sequence[Shift]) -> int:
    """Write the pairs of movements in one posting, each row's quantity with them.

    Several things may share a position: what one has taken is no longer there for the next.
    """
    now = timezone.now()
    parts = parts_by_id({shift.row.part_id for shift in shifts})
    left: dict[tuple[UUID, str], Decimal] = {}
    entries: list[Entry] = []
    moves = 0
    for shift in shifts:
        row, position = shift.row, shift.position
        there = left.setdefault((position.pk, position.kind), position.quantity)
        amount = min(abs(shift.amount), there)
        left[position.pk, position.kind] = there - amount
        is_blocking = shift.amount > 0
        row.quantity = row.quantity + amount if is_blocking else ZERO
        row.version, row.changed_at = row.version + 1, now
        row.save()
        if not amount:
            continue
        moves += 1
        subject = Subject(
            row.counterparty_id,
            parts[row.part_id],
            position.partner_part_number,
            row.site_id,
            position.site_code,
        )
        signed = amount if is_blocking else -amount
        for kind, quantity in ((row.kind, -signed), (StockKind.BLOCKED.value, signed)):
            entries.append(
                Entry(
                    subject=subject,
                    kind=MovementKind.TRANSFER.value,
                    quantity=quantity,
                    at=now,
                    stock_kind=kind,
                    stage=position.stage,
                    document=f"hold:{row.pk}:{row.version}",
                )
            )
    if entries:
        post(entries)
    return moves
