"""Scenarios as pages and the API show them, and what partners show each other of them."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from collab.organisations.context import acting_organisation_id
from collab.organisations.names import NOBODY, names_of
from collab.sharing.queries import fields_for
from forecasting.models import DEMAND, Scenario, ScenarioAnswer, ScenarioOffer
from forecasting.rules.scenario import weekly_totals
from forecasting.services.scenarios import PlanOfSeries
from forecasting.week_figures import WEEK

Figures = Sequence[Decimal | None]


@dataclass(frozen=True, slots=True)
class ScenarioRow:
    """One scenario in the list."""

    id: UUID
    name: str
    state: str
    state_label: str
    changes: list[dict[str, Any]]
    created_at: datetime
    decided_at: datetime | None
    version: int


@dataclass(frozen=True, slots=True)
class ScenarioTotals:
    """Both plans summed over the changed series, week by week; totals in mixed units."""

    weeks: Sequence[date]
    before: Figures
    after: Figures


@dataclass(frozen=True, slots=True)
class OfferRow:
    """A scenario's figures of one series, with the supplier's answer; hidden values are None."""

    id: UUID
    name: str
    partner: str
    is_own: bool
    part_number: str | None
    site_code: str | None
    before: Decimal | None
    after: Decimal | None
    is_withdrawn: bool
    offered_at: datetime
    verdict: str
    note: str


def scenario_rows() -> list[ScenarioRow]:
    """Return the own scenarios, drafts first, newest first."""
    found = Scenario.objects.order_by("-pk")[:200]
    return sorted((scenario_row(each) for each in found), key=lambda row: row.state != "draft")


def scenario_row(scenario: Scenario) -> ScenarioRow:
    """Return a scenario as a plain row."""
    return ScenarioRow(
        scenario.pk,
        scenario.name,
        scenario.state,
        str(scenario.get_state_display()),
        list(scenario.changes),
        scenario.created_at,
        scenario.decided_at,
        scenario.version,
    )


def totals(plans: Sequence[PlanOfSeries]) -> ScenarioTotals:
    """Return both plans summed over the series, over all weeks any of them has."""
    if not plans:
        return ScenarioTotals((), (), ())
    first = min(each.first_week for each in plans)
    last = max(each.first_week + WEEK * (len(each.before) - 1) for each in plans)
    weeks = [first + WEEK * place for place in range((last - first) // WEEK + 1)]
    sides = (
        weekly_totals(
            {str(place): _aligned(each, each.before, weeks) for place, each in enumerate(plans)}
        ),
        weekly_totals(
            {str(place): _aligned(each, each.after, weeks) for place, each in enumerate(plans)}
        ),
    )
    return ScenarioTotals(weeks, *sides)


def offers(*, scenario_id: UUID | None = None) -> list[OfferRow]:
    """Return the offers that the viewer made or was made, newest first."""
    rows = ScenarioOffer.objects.order_by("-offered_at", "part_number")
    if scenario_id is not None:
        rows = rows.filter(owner_id=acting_organisation_id(), scenario_id=scenario_id)
    return offer_rows(list(rows[:500]))


def offer_rows(found: Sequence[ScenarioOffer]) -> list[OfferRow]:
    """Return offers as plain rows, with their answers."""
    answers = {
        each.offer_id: each
        for each in ScenarioAnswer.objects.filter(offer_id__in=[each.pk for each in found])
    }
    names = names_of({each.owner_id for each in found} | {each.counterparty_id for each in found})
    own = acting_organisation_id()
    return [
        _offer(each, answers.get(each.pk), names.get(_other(each, own), NOBODY).short, own)
        for each in found
    ]


def _other(offer: ScenarioOffer, own: int) -> int:
    return offer.counterparty_id if offer.owner_id == own else offer.owner_id


def _offer(offer: ScenarioOffer, answer: ScenarioAnswer | None, partner: str, own: int) -> OfferRow:
    fields = fields_for(DEMAND, offer.owner_id, offer.counterparty_id)

    def seen(name: str, value: Any) -> Any:
        return value if fields is None or name in fields else None

    return OfferRow(
        offer.pk,
        offer.name,
        partner,
        offer.owner_id == own,
        seen("part_number", offer.part_number),
        seen("site_code", offer.site_code),
        seen("baseline", _total(offer.baseline)),
        seen("quantities", _total(offer.quantities)),
        offer.is_withdrawn,
        offer.offered_at,
        answer.verdict if answer else "",
        answer.note if answer else "",
    )


def _aligned(plan: PlanOfSeries, figures: Figures, weeks: Sequence[date]) -> Figures:
    known = {plan.first_week + WEEK * place: figure for place, figure in enumerate(figures)}
    return [known.get(week) for week in weeks]


def _total(figures: Figures) -> Decimal:
    return sum((each for each in figures if each is not None), Decimal(0))
