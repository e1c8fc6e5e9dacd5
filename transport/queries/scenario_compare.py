"""Two milk-run scenarios side by side: figures, and which suppliers moved."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.utils.translation import gettext_lazy as _

from transport.models import MilkRunScenario
from transport.queries.scenarios import ScenarioRow, cost_of, scenario_row, way_words
from transport.queries.studio import studio_of

if TYPE_CHECKING:
    from django_stubs_ext import StrOrPromise


@dataclass(frozen=True, slots=True)
class Measure:
    """One figure of two scenarios; less is better unless ``more_is_better``."""

    label: "StrOrPromise"
    unit: "StrOrPromise"
    left: float
    right: float
    more_is_better: bool = False

    @property
    def change(self) -> float:
        """Right less left."""
        return self.right - self.left

    @property
    def tone(self) -> str:
        """Whether the change is for the better."""
        if abs(self.change) < 0.005:
            return "flat"
        return "good" if (self.change > 0) == self.more_is_better else "bad"


@dataclass(frozen=True, slots=True)
class Moved:
    """A supplier that goes another way, or on other days, in the second scenario."""

    code: str
    name: str
    before: str
    after: str


@dataclass(frozen=True, slots=True)
class Comparison:
    """Two scenarios of one plant side by side."""

    left: ScenarioRow
    right: ScenarioRow
    rows: Sequence[Measure]
    moved: Sequence[Moved]


def compared(left: MilkRunScenario, right: MilkRunScenario) -> Comparison:
    """Return two solved scenarios side by side; raise ``ValueError`` for one without a plan."""
    if not left.plan or not right.plan:
        raise ValueError("expected two scenarios with plans")
    one, two = studio_of(left), studio_of(right)
    first, second = scenario_row(left), scenario_row(right)
    rows = [
        Measure(_("Cost a week"), left.currency, cost_of(left.plan), cost_of(right.plan)),
        Measure(_("Kilometres"), "km", left.plan["km"], right.plan["km"]),
        Measure(_("Emissions"), "kg CO2e", left.plan["kg_co2e"], right.plan["kg_co2e"]),
        Measure(_("Vehicle-days"), "", first.trucks or 0, second.trucks or 0),
        Measure(_("Mean fill of trips"), "%", one.mean_fill, two.mean_fill, more_is_better=True),
        Measure(_("Dock peak"), _("trucks in 15 min"), one.after.peak, two.after.peak),
    ]
    before, after = left.plan["suppliers"], right.plan["suppliers"]
    names = {**left.problem["x_places"], **right.problem["x_places"]}
    moved = [
        Moved(code, str(names[code]["name"]), way_words(old), way_words(new))
        for code in sorted(before.keys() | after.keys())
        if (old := before.get(code)) != (new := after.get(code))
    ]
    return Comparison(first, second, rows, moved)
