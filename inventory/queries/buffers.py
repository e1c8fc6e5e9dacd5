"""Policies, suggestions and placements as pages and the API show them."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.db.models import F, Q, QuerySet

from inventory.models import BufferPlacement, BufferPolicy, BufferSuggestion

State = BufferSuggestion.State
VIEWS: Mapping[str, tuple[str, ...]] = {
    "open": (State.OPEN,),
    "decided": (State.ACCEPTED, State.CHANGED),
    "dismissed": (State.DISMISSED,),
}
SORTS: Mapping[str, tuple[Any, ...]] = {
    "order": (F("order_quantity").desc(), "-pk"),
    "cost": (F("cost_change").desc(nulls_last=True), "-pk"),
    "part": ("policy__part_number", "policy__site_code", "-pk"),
    "lane": (F("lead_share").desc(), "-pk"),
    "newest": ("-pk",),
}
TONES: Mapping[str, str] = {
    "open": "warn", "accepted": "ok", "changed": "ok", "dismissed": "done", "superseded": "done",
    "draft": "info", "running": "brand", "solved": "ok", "discarded": "done",
}  # fmt: skip
PLACEMENT_SORTS: Mapping[str, str] = {"newest": "-pk", "name": "name"}


@dataclass(frozen=True, slots=True, kw_only=True)
class SuggestionFilter:
    """What to list; empty means any. ``why`` is "order" or "lane" (it carries most variance)."""

    view: str = "open"
    part: str = ""
    site: str = ""
    partner_bpn: str = ""
    why: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class SuggestionRow:
    """One suggestion with its policy; quantities in base units, money in ``currency``."""

    id: UUID
    policy_id: UUID
    part_number: str
    part_name: str
    unit: str
    site_code: str
    partner: str
    partner_bpn: str
    state: str
    service_level: Decimal
    safety_stock: Decimal
    reorder_point: Decimal
    target: Decimal
    minimum_days: Decimal | None
    order_quantity: Decimal
    available: Decimal | None
    before: Decimal | None
    lead_share: Decimal
    cost_change: Decimal | None
    currency: str
    figures: Mapping[str, Any]
    decided_stock: Decimal | None
    decided_at: datetime | None
    note: str
    created_at: datetime
    version: int

    @property
    def state_label(self) -> str:
        """The state in words."""
        return str(State(self.state).label)

    @property
    def tone(self) -> str:
        """The tone of the state's pill."""
        return TONES[self.state]

    @property
    def level_percent(self) -> float:
        """Service level [%]."""
        return 100 * float(self.service_level)

    @property
    def lead_percent(self) -> int:
        """Share of the variance that comes from the lead time [%]."""
        return round(100 * float(self.lead_share))

    @property
    def changes(self) -> Sequence[Mapping[str, Any]]:
        """What differs from the last decision, the largest change first."""
        found: Sequence[Mapping[str, Any]] = self.figures.get("changes", ())
        return found


def suggestions(wanted: SuggestionFilter | None = None) -> QuerySet[BufferSuggestion]:
    """Return own suggestions that match, with policy, part and partner loaded."""
    chosen = wanted or SuggestionFilter()
    rows = BufferSuggestion.objects.select_related("policy__part", "policy__partner").filter(
        state__in=VIEWS[chosen.view]
    )
    if chosen.part:
        rows = rows.filter(policy__part_number__istartswith=chosen.part)
    if chosen.site:
        rows = rows.filter(policy__site_code=chosen.site)
    if chosen.partner_bpn:
        rows = rows.filter(policy__partner__bpn=chosen.partner_bpn)
    if chosen.why == "order":
        rows = rows.filter(order_quantity__gt=0)
    elif chosen.why == "lane":
        rows = rows.filter(lead_share__gt=Decimal("0.5"))
    return rows


def suggestion_rows(found: Iterable[BufferSuggestion]) -> list[SuggestionRow]:
    """Return suggestions as lists show them."""
    return [suggestion_row(each) for each in found]


def suggestion_row(row: BufferSuggestion) -> SuggestionRow:
    """Return one suggestion whose policy, part and partner are loaded."""
    policy = row.policy
    same = (
        "state", "service_level", "safety_stock", "reorder_point", "target", "minimum_days",
        "order_quantity", "available", "before", "lead_share", "cost_change", "figures",
        "decided_stock", "decided_at", "note", "created_at", "version",
    )  # fmt: skip
    return SuggestionRow(
        id=row.pk,
        policy_id=policy.pk,
        part_number=policy.part_number,
        part_name=policy.part.name,
        unit=policy.part.base_unit,
        site_code=policy.site_code,
        partner=policy.partner.short_name,
        partner_bpn=policy.partner.bpn,
        currency=policy.currency,
        **{name: getattr(row, name) for name in same},
    )


def policies(*, part: str = "", partner_bpn: str = "") -> QuerySet[BufferPolicy]:
    """Return own policies by part and site, with part and partner loaded."""
    rows = BufferPolicy.objects.select_related("part", "partner")
    if part:
        rows = rows.filter(part_number__istartswith=part)
    if partner_bpn:
        rows = rows.filter(partner__bpn=partner_bpn)
    return rows.order_by("part_number", "site_code", "pk")


@dataclass(frozen=True, slots=True, kw_only=True)
class StageRow:
    """One stage of a placement; times in days, money in the placement's currency.

    ``everywhere`` is what its stock would cost if every stage delivered at once. ``tier`` is 0 for
    the ends of the chain and grows towards raw material.
    """

    id: str
    is_own: bool
    partner: str
    tier: int
    lead_time: int
    service_time: int | None
    inbound: int | None
    net: int | None
    safety_stock: float | None
    cost: float | None
    everywhere: float
    fixed: int | None

    @property
    def saved(self) -> float | None:
        """What it costs less than with buffers everywhere."""
        return None if self.cost is None else self.everywhere - self.cost


@dataclass(frozen=True, slots=True, kw_only=True)
class PlacementRow:
    """One placement of the list; money in ``currency``."""

    id: UUID
    name: str
    state: str
    parent_id: UUID | None
    job_id: UUID | None
    stages: int
    arcs: int
    seconds: int
    currency: str
    status: str
    cost: float | None
    bound: float | None
    everywhere: float | None
    saving_percent: float | None
    fixed: Mapping[str, int]
    notes: Sequence[str]
    created_at: datetime
    solved_at: datetime | None
    version: int

    @property
    def state_label(self) -> str:
        """The state in words."""
        return str(BufferPlacement.State(self.state).label)

    @property
    def tone(self) -> str:
        """The tone of the state's pill."""
        return TONES[self.state]

    @property
    def gap_percent(self) -> float | None:
        """How much cheaper a placement could still be at most [%]."""
        if not self.cost or self.bound is None:
            return None
        return 100 * (1 - self.bound / self.cost)


def placements(*, text: str = "", with_discarded: bool = False) -> QuerySet[BufferPlacement]:
    """Return own placements."""
    rows = BufferPlacement.objects.all()
    if not with_discarded:
        rows = rows.exclude(state=BufferPlacement.State.DISCARDED)
    return rows.filter(Q(name__icontains=text)) if text else rows


def placement_row(row: BufferPlacement) -> PlacementRow:
    """Return one placement as lists show it."""
    result: Mapping[str, Any] = row.result or {}
    return PlacementRow(
        id=row.pk,
        name=row.name,
        state=row.state,
        parent_id=row.parent_id,
        job_id=row.job_id,
        stages=len(row.problem["stages"]),
        arcs=len(row.problem["arcs"]),
        seconds=row.seconds,
        currency=row.currency,
        status=result.get("status", ""),
        cost=result.get("cost"),
        bound=result.get("bound"),
        everywhere=result.get("cost_decoupled"),
        saving_percent=result.get("saving_pct"),
        fixed=row.fixed,
        notes=row.notes,
        created_at=row.created_at,
        solved_at=row.solved_at,
        version=row.version,
    )
