"""Holds that stand, by hold and by thing, as the viewer may see them."""

from collections import defaultdict
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from uuid import UUID

from django.db.models import Count, Q, QuerySet, Sum

from collab.organisations.context import acting_organisation_id
from collab.organisations.names import NOBODY, Name, names_of
from inventory.models import HeldStock, HeldThing, LotHold
from inventory.queries.tracking_words import short
from transport.queries.whole import whole_rows

State = LotHold.State
VIEWS = ("standing", "released", "all")


@dataclass(frozen=True, slots=True, kw_only=True)
class HoldRow:
    """One hold at one organisation: the same row on the page, in the API, on the socket."""

    id: UUID
    number: int
    owner: Name
    partner: Name
    is_own: bool
    lot: str
    scope: str
    state: str
    reason: str
    released_reason: str
    held_at: datetime
    released_at: datetime | None
    changed_at: datetime
    things: int
    told: int  # own holds: how many partners were told
    version: int

    @property
    def name(self) -> str:
        """The number as people say it."""
        return f"H-{self.number}"

    @property
    def element_id(self) -> str:
        """The id of the row on screens."""
        return f"hold-{self.id}"

    @property
    def label(self) -> str:
        """The lot as people say it; empty where the viewer does not know it."""
        return short(self.lot) if self.lot else ""

    @property
    def is_standing(self) -> bool:
        """Whether it blocks."""
        return self.state == State.BLOCKED

    @property
    def state_label(self) -> str:
        """The state in words."""
        return str(State(self.state).label)

    @property
    def scope_label(self) -> str:
        """What it covers, in words."""
        return str(LotHold.Scope(self.scope).label)


def has_holds() -> bool:
    """Say whether anything is, or was, to be held by the acting organisation."""
    return HeldStock.objects.filter(quantity__gt=0).exists() or _ours(standing=True).exists()


def holds(view: str = "all") -> "QuerySet[LotHold]":
    """Return own holds once each, and those that partners addressed to us."""
    return _ours(standing={"standing": True, "released": False}.get(view))


def hold_rows(
    view: str = "standing", *, limit: int, offset: int = 0, keys: Sequence[UUID] | None = None
) -> list[HoldRow]:
    """Return ``holds``, latest change first; ``keys`` takes some of them."""
    rows = holds(view) if keys is None else holds(view).filter(pk__in=keys)
    return rows_of(list(rows.order_by("-changed_at", "-pk")[offset : offset + limit]))


def rows_of(found: Sequence[LotHold]) -> list[HoldRow]:
    """Return visible holds with their names and counts; four queries however many there are."""
    counts = _counted(found)
    own = acting_organisation_id()
    told = dict(
        LotHold.objects.filter(owner_id=own, batch__in=[row.batch for row in found])
        .exclude(counterparty_id=own)
        .order_by()
        .values_list("batch")
        .annotate(Count("pk"))
    )
    names = names_of({key for row in found for key in (row.owner_id, row.counterparty_id)})
    return [
        HoldRow(
            id=row.pk,
            number=row.number,
            owner=names.get(row.owner_id, NOBODY),
            partner=names.get(row.counterparty_id, NOBODY),
            is_own=row.owner_id == own,
            lot=row.lot,
            scope=row.scope,
            state=row.state,
            reason=row.reason,
            released_reason=row.released_reason,
            held_at=row.held_at,
            released_at=row.released_at,
            changed_at=row.changed_at,
            things=counts.get(row.pk, 0),
            told=told.get(row.batch, 0) if row.owner_id == own else 0,
            version=row.version,
        )
        for row in found
    ]


def hold_by_key(key: UUID) -> HoldRow | None:
    """Return a visible hold; of an own one the row at a partner too."""
    row = whole_rows(LotHold.objects.filter(pk=key)).first()
    if row is not None and row.owner_id == acting_organisation_id():
        mine = LotHold.objects.filter(owner_id=row.owner_id, batch=row.batch)
        key = mine.filter(counterparty_id=row.owner_id).values_list("pk", flat=True).get()
    return next(iter(hold_rows("all", limit=1, keys=[key])), None)


def held_names(key: UUID, *, limit: int) -> list[str]:
    """Return the things that a visible hold names."""
    rows = whole_rows(HeldThing.objects.filter(hold_id=key))
    return list(rows.order_by("pk").values_list("thing", flat=True)[:limit])


def partners_told(key: UUID) -> list[tuple[Name, int]]:
    """Return whom an own hold was told to, with how many things each was told."""
    own = acting_organisation_id()
    mine = LotHold.objects.filter(owner_id=own)
    batch = mine.filter(batch__in=mine.filter(pk=key).values("batch"))
    rows = list(batch.exclude(counterparty_id=own).order_by("counterparty_id"))
    counts = _counted(rows)
    names = names_of({row.counterparty_id for row in rows})
    return [(names.get(r.counterparty_id, NOBODY), counts.get(r.pk, 0)) for r in rows]


def holds_on(things: Collection[str]) -> dict[str, list[HoldRow]]:
    """Return the standing holds that name these things, by thing."""
    rows = HeldThing.objects.filter(thing__in=things, hold__in=_ours(standing=True).values("pk"))
    pairs = list(rows.values_list("thing", "hold_id"))
    known = {row.id: row for row in hold_rows(limit=500, keys=list({key for _t, key in pairs}))}
    found: dict[str, list[HoldRow]] = defaultdict(list)
    for thing, key in pairs:
        if key in known:
            found[thing].append(known[key])
    return found


def blocked_stock(things: Collection[str]) -> dict[str, Decimal]:
    """Return how much of own stock stands blocked because of each thing [base units]."""
    rows = HeldStock.objects.filter(thing__in=things, quantity__gt=0).order_by()
    return dict(rows.values_list("thing").annotate(Sum("quantity")))


def _counted(rows: Sequence[LotHold]) -> dict[UUID, int]:
    """Return how many things each hold names."""
    things = HeldThing.objects.filter(hold_id__in=[row.pk for row in rows]).order_by()
    return dict(things.values_list("hold_id").annotate(Count("pk")))


def _ours(*, standing: bool | None = None) -> "QuerySet[LotHold]":
    """Return own holds, as we hold them ourselves, and those addressed to us."""
    own = acting_organisation_id()
    rows = whole_rows(LotHold.objects.filter(counterparty_id=own))
    if standing is None:
        return rows
    return rows.filter(Q(state=State.BLOCKED) if standing else Q(state=State.RELEASED))
