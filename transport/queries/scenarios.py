"""Milk-run scenarios as lists show them."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from django.db.models import QuerySet
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from transport.models import MilkRunScenario
from transport.queries.timetable import WEEKDAYS

State = MilkRunScenario.State
TONES: Mapping[str, str] = {
    "draft": "info", "running": "brand", "solved": "ok", "infeasible": "crit",
    "published": "done", "discarded": "done",
}  # fmt: skip
MODES: Mapping[str, Promise] = {
    "milkrun": _("Milk run"),
    "direct": _("Direct"),
    "cross-dock": _("Cross-dock"),
}
VIEWS: Mapping[str, tuple[str, ...]] = {
    "current": ("draft", "running", "solved", "infeasible", "published"),
    "solved": ("solved",),
    "published": ("published",),
    "discarded": ("discarded",),
}
SORTS: Mapping[str, str] = {"newest": "-pk", "week": "-first_week", "name": "name"}


@dataclass(frozen=True, slots=True, kw_only=True)
class ScenarioRow:
    """One scenario of the list; money in its currency, emissions in kg CO2e, a week's figures."""

    id: UUID
    name: str
    plant: str
    plant_code: str
    first_week: date
    state: str
    parent_id: UUID | None
    job_id: UUID | None
    currency: str
    suppliers: int
    cost: float | None
    direct_cost: float | None
    km: float | None
    kg: float | None
    trucks: int | None
    co2_price: float
    seconds: int
    solved_at: datetime | None
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
    def saving_percent(self) -> float | None:
        """What is saved against shipping all direct [%]."""
        if self.cost is None or not self.direct_cost:
            return None
        return 100 * (1 - self.cost / self.direct_cost)


def scenarios(view: str = "current", plant: str = "", text: str = "") -> QuerySet[MilkRunScenario]:
    """Return own scenarios that a filter has; empty means any."""
    rows = MilkRunScenario.objects.select_related("plant").filter(state__in=VIEWS[view])
    if plant:
        rows = rows.filter(plant__code=plant)
    return rows.filter(name__icontains=text) if text else rows


def scenario_rows(rows: Iterable[MilkRunScenario]) -> list[ScenarioRow]:
    """Return scenarios as lists show them."""
    return [scenario_row(each) for each in rows]


def scenario_row(row: MilkRunScenario) -> ScenarioRow:
    """Return one scenario as lists show it."""
    plan: Mapping[str, Any] = row.plan or {}
    return ScenarioRow(
        id=row.pk,
        name=row.name,
        plant=row.plant.name,
        plant_code=row.plant.code,
        first_week=row.first_week,
        state=row.state,
        parent_id=row.parent_id,
        job_id=row.job_id,
        currency=row.currency,
        suppliers=len(row.problem.get("suppliers", ())),
        cost=cost_of(plan) if plan else None,
        direct_cost=plan["baseline"]["cost"] if plan else None,
        km=plan.get("km"),
        kg=plan.get("kg_co2e"),
        trucks=len(plan["routes"]) if plan else None,
        co2_price=row.co2_price_minor / 100,
        seconds=row.seconds,
        solved_at=row.solved_at,
        version=row.version,
    )


def cost_of(plan: Mapping[str, Any]) -> float:
    """Return what the solver minimised: the cost of the rules and of the options."""
    return float(plan["cost"]["total"] + sum(plan.get("x_extra", {}).values()))


def way_words(choice: Mapping[str, Any] | None) -> str:
    """Return a supplier's way and weekdays in words: Milk run, Mon Wed."""
    if choice is None:
        return "–"
    days = " ".join(str(WEEKDAYS[day]) for day in choice["pattern"])
    return f"{MODES[choice['mode']]}, {days}"
