"""Accuracy as far as the viewer may see it: by step, partner and part, beside zero and naive."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from django.db.models import (
    Aggregate,
    Avg,
    CharField,
    Count,
    F,
    FloatField,
    JSONField,
    Max,
    Q,
    Sum,
)
from django.db.models.fields.json import KT
from django.db.models.functions import Cast
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from collab.organisations.context import acting_organisation_id
from collab.organisations.models import Organisation
from collab.organisations.names import NOBODY, Name, names_of
from collab.sharing.queries import fields_for
from collab.work.fields import seen
from forecasting.models import DEMAND, AccuracyFigure, Step
from forecasting.rules.accuracy import StepValue, value_added
from forecasting.services.measure_scores import CHAIN, COMMIT, LAGS, NAIVE, RELEASE, ZERO
from forecasting.services.measure_worth import OVERRIDE

SUPPLIERS, CUSTOMERS = "suppliers", "customers"
VIEWS = (SUPPLIERS, CUSTOMERS)
STEPS: dict[str, str | Promise] = {
    Step.STATISTICS.value: Step.STATISTICS.label,
    Step.SIGNAL.value: Step.SIGNAL.label,
    Step.PLANNER.value: Step.PLANNER.label,
    Step.CHAIN.value: Step.CHAIN.label,
    Step.MESSAGE.value: Step.MESSAGE.label,
    RELEASE: _("Release"),
    COMMIT: _("Commit"),
    Step.CONSENSUS.value: Step.CONSENSUS.label,
    ZERO: _("Always zero"),
    NAIVE: _("As a year before"),
}
REFERENCES = frozenset({ZERO, NAIVE})
NUMBERS = (
    "bias", "msse", "wape", "spl", "coverage", "nervousness", "msse_zero", "msse_naive", "loss",
)  # fmt: skip
SORTS = {
    "part": ("seen_part", "pk"),
    "-part": ("-seen_part", "pk"),
    **{name: (F(f"n_{name}").asc(nulls_last=True), "pk") for name in NUMBERS},
    **{f"-{name}": (F(f"n_{name}").desc(nulls_last=True), "pk") for name in NUMBERS},
}
MOST_TRENDS = 5_000


class Median(Aggregate):
    """The middle value; a few wild parts do not move it."""

    function = "percentile_cont"
    template = "%(function)s(0.5) WITHIN GROUP (ORDER BY %(expressions)s)"
    name = "Median"
    output_field = FloatField()


@dataclass(frozen=True, slots=True, kw_only=True)
class AccuracyFilter:
    """What is asked for: own series (``suppliers``) or those of customers, one lag and step."""

    view: str = SUPPLIERS
    lag: int = LAGS[1]
    step: str = RELEASE
    partner: str = ""  # BPN
    part: str = ""
    sort: str = "-msse"

    @property
    def is_empty(self) -> bool:
        """Whether no part or partner is chosen."""
        return not (self.partner or self.part)


@dataclass(frozen=True, slots=True)
class StepSummary:
    """One step over all series: MSSE, SPL and coverage are means, the others medians."""

    step: str
    label: str | Promise
    series: int
    msse: float | None
    skill_zero: float | None
    skill_naive: float | None
    spl: float | None
    coverage: float | None
    bias: float | None
    nervousness: float | None
    accuracy: float | None
    is_reference: bool


@dataclass(frozen=True, slots=True)
class PartnerSummary:
    """One step over all series with one partner."""

    partner: Name
    series: int
    msse: float | None
    skill_naive: float | None
    bias: float | None
    nervousness: float | None


@dataclass(frozen=True, slots=True)
class FigureRow:
    """One series at one step and lag; what the viewer may not see is None or empty."""

    id: UUID
    series_id: UUID
    owner: Name
    partner: Name
    part_number: str
    site_code: str
    step: str
    lag_weeks: int
    until: date | None
    weeks: int | None
    measures: Mapping[str, Any]
    computed_at: datetime | None

    @property
    def skill_naive(self) -> float | None:
        """The skill against seasonal naive: 1 = perfect, below 0 = worse than it."""
        return _skill(self.measures.get("msse"), self.measures.get("msse_naive"))

    @property
    def accuracy(self) -> float | None:
        """The accuracy of reviews [%]: 100 % minus the error of the protection interval's sum."""
        return _accuracy(self.measures.get("wape"))


@dataclass(frozen=True, slots=True)
class Overrides:
    """How planners' overrides turned out."""

    series: int
    cells: int
    better: int
    skill: float | None


def figures(view: str = "") -> Any:
    """Return the visible figures with their columns as far as visible, ``n_`` the numbers."""
    text = CharField()
    rows = AccuracyFigure.objects.annotate(
        seen_part=seen(DEMAND, "part_number", text),
        seen_step=seen(DEMAND, "step", text),
        seen_measures=seen(DEMAND, "measures", JSONField()),
    ).annotate(
        **{f"n_{name}": Cast(KT(f"seen_measures__{name}"), FloatField()) for name in NUMBERS}
    )
    own = Q(owner_id=acting_organisation_id())
    if view == SUPPLIERS:
        rows = rows.filter(own)
    return rows.exclude(own) if view == CUSTOMERS else rows


def filtered(wanted: AccuracyFilter, *, is_any_step: bool = False) -> Any:
    """Return the figures that the filter lets through, of all steps on demand."""
    rows = figures(wanted.view).filter(lag_weeks=wanted.lag)
    if not is_any_step:
        rows = rows.filter(seen_step=wanted.step)
    if wanted.part:
        rows = rows.filter(seen_part__istartswith=wanted.part)
    if wanted.partner:
        partner = Organisation.objects.filter(bpn=wanted.partner).values("pk")
        name = "series__counterparty_id" if wanted.view == SUPPLIERS else "owner_id"
        rows = rows.filter(**{f"{name}__in": partner})
    return rows


def step_summaries(wanted: AccuracyFilter) -> list[StepSummary]:
    """Return each step with its measures over all series, references last."""
    rows = filtered(wanted, is_any_step=True).exclude(seen_step=None).exclude(seen_step=OVERRIDE)
    found = {each["seen_step"]: each for each in _grouped(rows, "seen_step")}
    return [_summary(step, found[step]) for step in STEPS if step in found]


def partner_summaries(wanted: AccuracyFilter) -> list[PartnerSummary]:
    """Return the chosen step by partner, the worst first."""
    key = "series__counterparty_id" if wanted.view == SUPPLIERS else "owner_id"
    found = list(_grouped(filtered(wanted), key))
    names = names_of({each[key] for each in found})
    rows = [
        PartnerSummary(
            names.get(each[key], NOBODY),
            each["series"],
            each["msse"],
            _skill(each["msse_compared"], each["msse_naive"]),
            each["bias"],
            each["nervousness"],
        )
        for each in found
    ]
    return sorted(rows, key=lambda row: -(row.msse or 0.0))


def figure_rows(rows: Any) -> list[FigureRow]:
    """Return rows of ``figures`` with the fields that the viewer may see."""
    found = list(rows.select_related("series"))
    names = names_of(
        {each.owner_id for each in found} | {each.series.counterparty_id for each in found}
    )
    return [_row(each, names) for each in found]


def worth_of_steps(wanted: AccuracyFilter) -> tuple[int, Sequence[StepValue]]:
    """Return over how many series, and what each step of the chain added to the one before.

    Mean losses over the series in which all steps are measured on the same weeks. Steps that
    less than half of the series have are left out, and the rarest where no series has all.
    """
    losses: dict[UUID, dict[str, float]] = defaultdict(dict)
    rows = filtered(wanted, is_any_step=True).filter(seen_step__in=CHAIN, n_loss__isnull=False)
    for series_id, step, loss in rows.values_list("series_id", "seen_step", "n_loss"):
        losses[series_id][step] = loss
    steps = [
        step for step in CHAIN if 2 * sum(step in each for each in losses.values()) >= len(losses)
    ]
    while len(steps) > 1:
        whole = [each for each in losses.values() if set(steps) <= each.keys()]
        if whole:
            mean = [(step, sum(each[step] for each in whole) / len(whole)) for step in steps]
            return len(whole), value_added(mean)
        steps.remove(min(steps, key=lambda step: sum(step in each for each in losses.values())))
    return 0, ()


def override_summary(wanted: AccuracyFilter) -> Overrides | None:
    """Return how the planners' overrides of the newest weeks turned out; None without any."""
    rows = figures(wanted.view).filter(seen_step=OVERRIDE)
    found = rows.aggregate(
        series=Count("pk"),
        cells=Sum(_number("cells")),
        better=Sum(_number("better")),
        skill=Median(_number("skill")),
    )
    if not found["series"]:
        return None
    return Overrides(found["series"], int(found["cells"]), int(found["better"]), found["skill"])


def trend(wanted: AccuracyFilter) -> list[dict[str, Any]]:
    """Return the mean MSSE of the step and of seasonal naive every four weeks, oldest first.

    Over at most 5,000 figures. Zero is left out: its error is so large that it hides the rest.
    """
    steps = (wanted.step, NAIVE)
    sums: dict[str, dict[str, list[float]]] = defaultdict(lambda: defaultdict(list))
    rows = filtered(wanted, is_any_step=True).filter(seen_step__in=steps)
    for step, measures in rows.values_list("seen_step", "seen_measures")[:MOST_TRENDS]:
        for week, loss in (measures or {}).get("trend", []):
            sums[week][step].append(loss)
    return [
        {
            "week": week,
            "values": [
                sum(losses) / len(losses) if (losses := by_step.get(step)) else None
                for step in steps
            ],
        }
        for week, by_step in sorted(sums.items())
    ]


def measured_at() -> datetime | None:
    """Return when own series were last measured."""
    rows = AccuracyFigure.objects.filter(owner_id=acting_organisation_id())
    newest: datetime | None = rows.aggregate(at=Max("computed_at"))["at"]
    return newest


def partners_measured(view: str) -> list[Name]:
    """Return the partners that figures are about, by name."""
    key = "series__counterparty_id" if view == SUPPLIERS else "owner_id"
    rows = figures(view).order_by().values_list(key, flat=True).distinct()
    found = {name for name in names_of(set(rows)).values() if name.bpn}
    return sorted(found, key=lambda name: name.short)


def _number(name: str) -> Cast:
    return Cast(KT(f"seen_measures__{name}"), FloatField())


def _grouped(rows: Any, key: str) -> Any:
    return (
        rows.order_by()
        .values(key)
        .annotate(
            series=Count("pk"),
            msse=Avg("n_msse"),
            msse_compared=Avg("n_msse", filter=Q(n_msse_naive__isnull=False)),
            msse_naive=Avg("n_msse_naive", filter=Q(n_msse__isnull=False)),
            msse_zero=Avg("n_msse_zero"),
            spl=Avg("n_spl"),
            coverage=Avg("n_coverage"),
            bias=Median("n_bias"),
            wape=Median("n_wape"),
            nervousness=Median("n_nervousness"),
        )
    )


def _summary(step: str, found: Mapping[str, Any]) -> StepSummary:
    return StepSummary(
        step,
        STEPS[step],
        found["series"],
        found["msse"],
        None if step in REFERENCES else _skill(found["msse"], found["msse_zero"]),
        None if step in REFERENCES else _skill(found["msse_compared"], found["msse_naive"]),
        found["spl"],
        found["coverage"],
        found["bias"],
        found["nervousness"],
        _accuracy(found["wape"]),
        step in REFERENCES,
    )


def _row(row: AccuracyFigure, names: Mapping[int, Name]) -> FigureRow:
    allowed = fields_for(DEMAND, row.owner_id, row.counterparty_id)

    def shown(name: str, hidden: Any) -> Any:
        return getattr(row, name) if allowed is None or name in allowed else hidden

    return FigureRow(
        row.pk,
        row.series_id,
        names.get(row.owner_id, NOBODY),
        names.get(row.series.counterparty_id, NOBODY),
        shown("part_number", ""),
        shown("site_code", ""),
        shown("step", ""),
        row.lag_weeks,
        shown("until", None),
        shown("weeks", None),
        shown("measures", {}),
        shown("computed_at", None),
    )


def _skill(loss: float | None, reference: float | None) -> float | None:
    if loss is None or reference is None:
        return None
    return value_added([("reference", reference), ("step", loss)])[1].added


def _accuracy(wape: float | None) -> float | None:
    """Return 100 % minus the WAPE, not below 0, as ``rules.accuracy.Scores`` does."""
    return None if wape is None else max(0.0, 1 - wape) * 100
