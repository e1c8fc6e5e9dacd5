"""The coverage grid: each part and site with its stock by stage, its age and its coming days."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from django.utils import timezone
from django.utils.translation import pgettext

from inventory.models import Coverage, SourceGrade, Stage
from inventory.queries.coverage import CoverageRow
from inventory.queries.heat import HeatCell, HeatColumn, heat_row
from inventory.queries.part_names import names_by_number
from inventory.queries.stages import StageFigure, StageRow, stage_rows
from inventory.queries.tiers import Tier, tier_of
from inventory.rules.evidence import is_doubtful, worst

ZERO = Decimal(0)
GROUP = ("owner_id", "counterparty_id", "part_number", "site_code")


@dataclass(frozen=True, slots=True, kw_only=True)
class Figure:
    """A quantity [base units] with where it comes from and of when it is."""

    quantity: Decimal
    grade: str
    observed_at: datetime | None
    is_doubtful: bool
    expected_at: datetime | None = None

    @property
    def grade_label(self) -> str:
        """The source in words; empty where it is not told."""
        return str(SourceGrade(self.grade).label) if self.grade else ""

    @property
    def grade_short(self) -> str:
        """The source in a word."""
        is_booked = self.grade == SourceGrade.BOOKED
        return pgettext("source", "System") if is_booked else self.grade_label


@dataclass(frozen=True, slots=True, kw_only=True)
class GridLine:
    """One coverage with the figures of its stages; None where nothing is known or granted.

    ``name`` is what the viewer calls the part. ``on_hand`` is usable stock of all stages, of
    which ``cross_dock`` and ``line_side`` are parts; ``blocked`` and ``in_transit`` are not in it.
    """

    coverage: CoverageRow
    name: str
    tier: Tier
    on_hand: Figure | None
    blocked: Figure | None
    in_transit: Figure | None
    cross_dock: Figure | None
    line_side: Figure | None
    cells: Sequence[HeatCell] = ()

    @property
    def figures(self) -> list[tuple[str, Figure | None]]:
        """Name and figure of each column of stock, in their order."""
        return [
            ("on_hand", self.on_hand),
            ("blocked", self.blocked),
            ("in_transit", self.in_transit),
            ("cross_dock", self.cross_dock),
            ("line_side", self.line_side),
        ]


def grid_lines(rows: Sequence[CoverageRow], columns: Sequence[HeatColumn] = ()) -> list[GridLine]:
    """Return coverages with their stages and cells; a fixed number of queries."""
    keys = {
        row["pk"]: row
        for row in Coverage.objects.filter(pk__in=[each.id for each in rows]).values("pk", *GROUP)
    }
    staged = {
        (row.holder.bpn, row.partner.bpn, row.part_number, row.site_code): row
        for row in stage_rows(_once(keys.values()))
    }
    names = names_by_number(row.number for row in rows)
    found = []
    for row in rows:
        key = keys[row.id]
        place = (row.owner.bpn, row.partner.bpn, key["part_number"], key["site_code"])
        stages = staged.get(place)
        cells = heat_row(row, columns).cells if columns else ()
        found.append(_line(row, stages, names.get(row.number, ""), tier_of(key["owner_id"]), cells))
    return found


def _once(groups: Iterable[dict[str, object]]) -> list[dict[str, object]]:
    seen = {tuple(group[name] for name in GROUP): group for group in groups}
    return list(seen.values())


def _line(
    row: CoverageRow, stages: StageRow | None, name: str, tier: Tier, cells: Sequence[HeatCell]
) -> GridLine:
    figures = stages.figures if stages else {}
    return GridLine(
        coverage=row,
        name=name,
        tier=tier,
        on_hand=_on_hand(row),
        blocked=_blocked(figures.values()),
        in_transit=_in_transit(row, figures.get(Stage.IN_TRANSIT.value)),
        cross_dock=_usable(figures.get(Stage.CROSS_DOCK.value)),
        line_side=_usable(figures.get(Stage.LINE_SIDE.value)),
        cells=cells,
    )


def _on_hand(row: CoverageRow) -> Figure | None:
    if row.on_hand is None:
        return None
    return Figure(
        quantity=row.on_hand,
        grade=row.source_grade or "",
        observed_at=row.observed_at,
        is_doubtful=row.is_doubtful,
    )


def _usable(figure: StageFigure | None) -> Figure | None:
    if figure is None:
        return None
    return Figure(
        quantity=figure.usable,
        grade=figure.evidence.grade.value,
        observed_at=figure.evidence.observed_at,
        is_doubtful=figure.is_doubtful,
        expected_at=figure.expected_at,
    )


def _blocked(figures: Iterable[StageFigure]) -> Figure | None:
    """Return the blocked stock of all stages; 0 where stock is known and none is blocked."""
    known = list(figures)
    if not known:
        return None
    held = [each for each in known if each.blocked] or known
    evidence = worst(each.evidence for each in held)
    return Figure(
        quantity=sum((each.blocked for each in held), ZERO),
        grade=evidence.grade.value,
        observed_at=evidence.observed_at,
        is_doubtful=is_doubtful(evidence, now=timezone.now()),
    )


def _in_transit(row: CoverageRow, figure: StageFigure | None) -> Figure | None:
    """Return what is announced: the line by line figure, else what the coverage tells."""
    if figure is not None:
        return _usable(figure)
    if row.in_transit is None:
        return None
    return Figure(
        quantity=row.in_transit,
        grade=SourceGrade.BOOKED.value if row.in_transit else "",
        observed_at=row.observed_at if row.in_transit else None,
        is_doubtful=False,
        expected_at=row.next_arrival_at,
    )
