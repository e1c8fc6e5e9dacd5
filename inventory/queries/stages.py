"""Stock by part, site and stage over own and granted tiers, each figure with its evidence.

Stages as in CX-0122 (IN-02); the grade of a sum is the worst of what it sums (IN-24).
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.db.models import Max, Min, Q, QuerySet, Sum
from django.utils import timezone

from collab.organisations.context import acting_organisation_id
from collab.organisations.names import NOBODY, Name, names_of
from inventory.in_transit import still_on_the_way
from inventory.models import SourceGrade, Stage, StockKind, StockPosition
from inventory.rules.evidence import Evidence, Grade, confidence, is_doubtful, worst
from transport.queries.announced import AnnouncedLine, on_the_way
from transport.queries.whole import whole_rows

ZERO = Decimal(0)
VIEWS = ("all", "blocked", "old")
SORTS = {
    "part": ("part_number", "owner__short_name", "site_code"),
    "site": ("site_code", "part_number"),
    "holder": ("owner__short_name", "part_number", "site_code"),
    "age": ("oldest", "part_number"),
}
OLD_AFTER = timedelta(hours=48)
KEYS = ("owner_id", "counterparty_id", "part_number", "partner_part_number", "site_code", "unit")
GroupKey = tuple[int, int, str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class StockFilter:
    """What to list; empty means any. ``view`` is one of ``VIEWS``, ``sort`` of ``SORTS``."""

    view: str = "all"
    part: str = ""
    number: str = ""  # exactly this one, of either side
    site: str = ""
    partner_bpn: str = ""
    stage: str = ""
    sort: str = "part"


@dataclass(frozen=True, slots=True, kw_only=True)
class StageFigure:
    """What is at one stage: usable and blocked [base units], and how far it can be trusted."""

    stage: str
    usable: Decimal
    blocked: Decimal
    evidence: Evidence
    confidence: Decimal
    is_doubtful: bool
    expected_at: datetime | None = None

    @property
    def grade_label(self) -> str:
        """The source in words."""
        return str(SourceGrade(self.evidence.grade.value).label)


@dataclass(frozen=True, slots=True, kw_only=True)
class StageRow:
    """One part of a holder at one site for one partner, stage by stage."""

    id: UUID
    holder: Name
    partner: Name
    is_own: bool
    number: str  # the viewer's, else the holder's
    part_number: str
    partner_part_number: str
    site_code: str
    unit: str
    figures: Mapping[str, StageFigure] = field(default_factory=dict)

    @property
    def labelled(self) -> list[tuple[str, StageFigure | None]]:
        """Each stage in words with its figure, ``None`` where there is nothing."""
        return [(str(label), self.figures.get(stage)) for stage, label in Stage.choices]

    @property
    def total(self) -> StageFigure:
        """All stages together: the worst grade, the oldest figure."""
        return _summed(list(self.figures.values()))

    @property
    def here(self) -> StageFigure | None:
        """All stages but what is on its way; None where only that is known."""
        found = [each for key, each in self.figures.items() if key != Stage.IN_TRANSIT]
        return _summed(found) if found else None

    @property
    def on_the_way(self) -> StageFigure | None:
        """What is in transit."""
        return self.figures.get(Stage.IN_TRANSIT.value)


def stock_groups(wanted: StockFilter) -> "QuerySet[StockPosition, dict[str, Any]]":
    """Return the visible holder-part-site groups that the filter has, in its order.

    A grant that opens some fields only opens no group: sums would tell the others.
    """
    if wanted.view not in VIEWS:
        raise ValueError(f"expected a view among {', '.join(VIEWS)}, got {wanted.view!r}")
    if wanted.sort not in SORTS:
        raise ValueError(f"expected a sort among {', '.join(SORTS)}, got {wanted.sort!r}")
    rows = whole_rows(StockPosition.objects.filter(observed_at__isnull=False))
    if wanted.part:
        rows = rows.filter(
            Q(part_number__istartswith=wanted.part)
            | Q(partner_part_number__istartswith=wanted.part)
        )
    if wanted.number:
        rows = rows.filter(
            Q(part_number=wanted.number) | Q(partner_part_number=wanted.number)
        )  # fmt: skip
    if wanted.site:
        rows = rows.filter(site_code=wanted.site)
    if wanted.stage:
        rows = rows.filter(stage=wanted.stage)
    if wanted.partner_bpn:
        rows = rows.filter(
            Q(owner__bpn=wanted.partner_bpn) | Q(counterparty__bpn=wanted.partner_bpn)
        )
    if wanted.view == "blocked":
        rows = rows.filter(kind=StockKind.BLOCKED, quantity__gt=0)
    found = rows.values(*KEYS).annotate(
        oldest=Min("observed_at"), newest=Max("observed_at"), quantity_sum=Sum("quantity")
    )
    if wanted.view == "old":
        found = found.filter(oldest__lt=timezone.now() - OLD_AFTER)
    ordered: QuerySet[StockPosition, dict[str, Any]] = found.order_by(
        *SORTS[wanted.sort], "owner_id", "counterparty_id", "part_number"
    )
    return ordered


def stage_rows(groups: Iterable[Mapping[str, Any]]) -> list[StageRow]:
    """Return groups with their figures; four queries however many there are."""
    wanted = [_key(group) for group in groups]
    positions: dict[GroupKey, list[StockPosition]] = defaultdict(list)
    rows = whole_rows(StockPosition.objects.filter(observed_at__isnull=False)).filter(
        owner_id__in={key[0] for key in wanted}, part_number__in={key[2] for key in wanted}
    )
    for position in rows.order_by("pk"):
        key = (position.owner_id, position.counterparty_id, position.part_number,
               position.site_code)  # fmt: skip
        positions[key].append(position)
    names = names_of({key[0] for key in wanted} | {key[1] for key in wanted})
    moving = _moving(wanted)
    return [
        _row(positions[key], moving.get(key, []), names) for key in wanted if positions.get(key)
    ]


def stage_labels() -> list[str]:
    """Return the stages in words, in the order of the cells."""
    return [str(label) for _value, label in Stage.choices]


def _key(group: Mapping[str, Any]) -> GroupKey:
    return (
        group["owner_id"], group["counterparty_id"], group["part_number"], group["site_code"],
    )  # fmt: skip


def _row(
    positions: Sequence[StockPosition],
    moving: Sequence[AnnouncedLine],
    names: Mapping[int, Name],
) -> StageRow:
    first = positions[0]
    own = acting_organisation_id()
    by_stage: dict[str, list[StockPosition]] = defaultdict(list)
    for each in positions:
        by_stage[each.stage].append(each)
    figures = {stage: _figure(stage, rows) for stage, rows in by_stage.items()}
    if told := [each for each in moving if each.unit == first.unit]:
        figures[Stage.IN_TRANSIT.value] = _in_transit(told)
    is_mine = first.counterparty_id == own and first.owner_id != own
    return StageRow(
        id=first.pk,
        holder=names.get(first.owner_id, NOBODY),
        partner=names.get(first.counterparty_id, NOBODY),
        is_own=first.owner_id == own,
        number=(first.partner_part_number if is_mine else "") or first.part_number,
        part_number=first.part_number,
        partner_part_number=first.partner_part_number,
        site_code=first.site_code,
        unit=first.unit,
        figures=figures,
    )


def _figure(stage: str, rows: Sequence[StockPosition]) -> StageFigure:
    now = timezone.now()
    evidence = worst(
        Evidence(Grade(each.source_grade), each.observed_at) for each in rows if each.observed_at
    )
    return StageFigure(
        stage=stage,
        usable=sum((each.quantity for each in rows if each.kind != StockKind.BLOCKED), ZERO),
        blocked=sum((each.quantity for each in rows if each.kind == StockKind.BLOCKED), ZERO),
        evidence=evidence,
        confidence=confidence(evidence, now=now),
        is_doubtful=is_doubtful(evidence, now=now),
    )


def _summed(found: Sequence[StageFigure]) -> StageFigure:
    """Return a sum, which rests on the worst of what it sums."""
    evidence, now = worst(each.evidence for each in found), timezone.now()
    return StageFigure(
        stage="",
        usable=sum((each.usable for each in found), ZERO),
        blocked=sum((each.blocked for each in found), ZERO),
        evidence=evidence,
        confidence=confidence(evidence, now=now),
        is_doubtful=is_doubtful(evidence, now=now),
    )


def _in_transit(lines: Sequence[AnnouncedLine]) -> StageFigure:
    now = timezone.now()
    evidence = worst(evidence_of(line) for line in lines)
    return StageFigure(
        stage=Stage.IN_TRANSIT.value,
        usable=sum((each.quantity for each in lines), ZERO),
        blocked=ZERO,
        evidence=evidence,
        confidence=confidence(evidence, now=now),
        is_doubtful=is_doubtful(evidence, now=now),
        expected_at=min(each.expected_at for each in lines),
    )


def evidence_of(line: AnnouncedLine) -> Evidence:
    """Return what an announced quantity rests on: a vehicle that is followed, or a message."""
    grade = Grade.SENSOR if line.is_tracked else Grade.BOOKED
    trip = max(line.expected_at - line.despatched_at, timedelta(hours=24))
    return Evidence(grade, line.sent_at, trip)


def _moving(wanted: Sequence[GroupKey]) -> dict[GroupKey, list[AnnouncedLine]]:
    """Return what is on its way for each group of the acting side, as customer or supplier."""
    own = acting_organisation_id()
    mine = {key for key in wanted if key[0] == own}
    if not mine:
        return {}
    numbers = {key[2] for key in mine}
    lines = still_on_the_way(
        on_the_way(partner_ids={key[1] for key in mine}, part_numbers=numbers)
    )  # fmt: skip
    found: dict[GroupKey, list[AnnouncedLine]] = defaultdict(list)
    for line in lines:
        if line.customer_id == own:
            found[own, line.supplier_id, line.part_number, line.site_code].append(line)
        elif line.supplier_id == own:
            site = str(line.ship_from.get("site_code", ""))
            found[own, line.customer_id, line.supplier_part_number, site].append(line)
    return found
