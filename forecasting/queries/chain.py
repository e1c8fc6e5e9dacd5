"""What the own demand is made of: which customer's parts cause how much of each bought part."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from uuid import UUID

from collab.masterdata.models import BomLine
from collab.organisations.context import acting_organisation_id
from collab.organisations.names import NOBODY, Name, names_of
from forecasting.models import (
    DemandSeries,
    DemandVersion,
    PartPlanning,
    Pegging,
    ReleaseDraft,
    SeriesPlanning,
    Step,
)
from forecasting.services.propagation import USUAL_LEAD_TIME_DAYS
from forecasting.week_figures import WEEK, monday_of

SHOWN_WEEKS = 12
SHOWN_CAUSES = 4
Figures = Sequence[Decimal | None]


@dataclass(frozen=True, slots=True)
class Cause:
    """How much of a need one customer's part causes, week by week and in all."""

    customer: str
    part_number: str
    quantities: Figures
    total: Decimal


@dataclass(frozen=True, slots=True)
class ChainRow:
    """One own series that customers' releases feed; quantities in base units of the part."""

    series_id: UUID
    part_number: str
    supplier: str
    unit: str
    first_week: date
    quantities: Figures
    total: Decimal
    causes: Sequence[Cause]
    share: Decimal | None
    is_released_alone: bool
    draft_state: str
    computed_at: datetime

    @property
    def points(self) -> list[float]:
        """The weeks as a drawing takes them; a missing one is drawn as none."""
        return [float(each or 0) for each in self.quantities]

    @property
    def more_causes(self) -> int:
        """How many causes are folded away."""
        return max(0, len(self.causes) - SHOWN_CAUSES)

    @property
    def share_percent(self) -> str:
        """The share in %, empty where it is even."""
        return "" if self.share is None else f"{(self.share * 100).normalize():f}"


@dataclass(frozen=True, slots=True)
class MadePart:
    """An own part that has components, and the working days it takes."""

    part_id: UUID
    number: str
    name: str
    lead_time_days: int
    is_planned: bool


@dataclass(frozen=True, slots=True)
class _Known:
    """What all rows share: names, states of open drafts, and the weeks shown."""

    names: Mapping[int, Name]
    drafts: Mapping[UUID, str]
    weeks: Sequence[date]


def chain_rows(*, today: date, part: str = "") -> list[ChainRow]:
    """Return the own series whose current version comes from customers' releases, by part."""
    versions = DemandVersion.objects.filter(
        is_current=True, step=Step.CHAIN, series__is_active=True
    ).select_related("series")
    if part:
        versions = versions.filter(series__part_number__istartswith=part)
    found = list(versions.order_by("series__part_number", "series__site_code", "pk"))
    keys = [each.series_id for each in found]
    pegs = defaultdict(list)
    for peg in Pegging.objects.filter(series_id__in=keys).order_by("customer_part_number"):
        pegs[peg.series_id].append(peg)
    planning = {each.series_id: each for each in SeriesPlanning.objects.filter(series_id__in=keys)}
    drafts = dict(
        ReleaseDraft.objects.filter(series_id__in=keys, state__in=["draft", "held"]).values_list(
            "series_id", "state"
        )
    )
    names = names_of(
        {each.series.counterparty_id for each in found}
        | {peg.customer_id for each in pegs.values() for peg in each}
    )
    first = monday_of(today)
    known = _Known(names, drafts, [first + WEEK * place for place in range(SHOWN_WEEKS)])
    return [_row(each, pegs[each.series_id], planning.get(each.series_id), known) for each in found]


def made_parts() -> list[MadePart]:
    """Return the own parts that have components and customers, with their lead times."""
    planned = dict(PartPlanning.objects.values_list("part_id", "lead_time_days"))
    rows = (
        BomLine.objects.order_by("parent__number")
        .values_list("parent_id", "parent__number", "parent__name")
        .distinct()
    )
    return [
        MadePart(key, number, name, planned.get(key, USUAL_LEAD_TIME_DAYS), key in planned)
        for key, number, name in rows
    ]


def own_series(series_id: UUID) -> DemandSeries | None:
    """Return one of the acting organisation's own series."""
    return DemandSeries.objects.filter(pk=series_id, owner_id=acting_organisation_id()).first()


def _row(
    version: DemandVersion, pegs: Sequence[Pegging], planning: SeriesPlanning | None, known: _Known
) -> ChainRow:
    causes = [
        Cause(
            known.names.get(peg.customer_id, NOBODY).short,
            peg.customer_part_number,
            _aligned(peg.first_week, peg.quantities, known.weeks),
            _total(peg.quantities),
        )
        for peg in pegs
    ]
    return ChainRow(
        version.series_id,
        version.series.part_number,
        known.names.get(version.series.counterparty_id, NOBODY).short,
        version.series.unit,
        known.weeks[0],
        _aligned(version.first_week, version.quantities, known.weeks),
        _total(version.quantities),
        causes,
        planning.share if planning else None,
        planning is not None and planning.is_released_alone,
        known.drafts.get(version.series_id, ""),
        version.created_at,
    )


def _aligned(first_week: date, figures: Figures, weeks: Sequence[date]) -> Figures:
    known = {first_week + WEEK * place: figure for place, figure in enumerate(figures)}
    return [known.get(week) for week in weeks]


def _total(figures: Figures) -> Decimal:
    return sum((each for each in figures if each is not None), Decimal(0))
