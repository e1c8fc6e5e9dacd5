"""Scenarios (FC-28): a private copy of the plan with changed inputs, compared, promoted or shown.

A scenario holds its changes only; its figures are computed from the plan that stands, so that an
old scenario never brings back old demand.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.db import transaction
from django.utils import timezone
from uuid_utils.compat import uuid7

from collab.events.bus import publish
from collab.masterdata.refusals import Refused, clean_decimal, clean_text, locked
from collab.organisations.context import acting_organisation_id, acting_person_id
from forecasting.events import ScenarioAnswered, ScenarioOffered
from forecasting.models import (
    DemandSeries,
    DemandVersion,
    OrderLine,
    Scenario,
    ScenarioAnswer,
    ScenarioOffer,
    Step,
)
from forecasting.rules.scenario import KINDS, Change, Difference, apply_changes, compare
from forecasting.services.versions import NewVersion, add_versions
from forecasting.week_figures import THOUSANDTH, Weekly

MOST_CHANGES = 100
SERIES_PER_EVENT = 200
State = Scenario.State
Figures = Sequence[Decimal | None]


@dataclass(frozen=True, slots=True)
class PlanOfSeries:
    """What a scenario does to one series, week by week from ``first_week`` on."""

    series: DemandSeries
    first_week: date
    before: Figures
    after: Figures
    difference: Difference


@transaction.atomic
def open_scenario(*, name: str) -> Scenario:
    """Open a scenario without changes; it is seen by the own organisation alone."""
    return Scenario.objects.create(name=clean_text("name", name, 120), person_id=acting_person_id())


@transaction.atomic
def change_scenario(
    scenario_id: UUID, changes: Sequence[Mapping[str, Any]], *, version: int | None = None
) -> Scenario:
    """Replace the changes of a draft: dictionaries of kind, first, last, value and parts.

    Raises ``Refused`` naming the change by its place, ``VersionConflict``, and the model's
    ``DoesNotExist``.
    """
    scenario = _draft(scenario_id, version)
    if len(changes) > MOST_CHANGES:
        raise Refused("changes", f"at most {MOST_CHANGES} changes", len(changes))
    scenario.changes = [_plain(_change(place, each)) for place, each in enumerate(changes, 1)]
    scenario.version += 1
    scenario.save()
    return scenario


def outcome_of(scenario: Scenario) -> list[PlanOfSeries]:
    """Return the plans that the scenario changes, by part number; the others are left out.

    Costs are counted with the price of the newest order of the part, where there is one.
    """
    changes = changes_of(scenario)
    current = (
        DemandVersion.objects.filter(is_current=True, series__is_active=True)
        .select_related("series")
        .order_by("series__part_number", "series__site_code", "pk")
    )
    prices = _prices()
    found = []
    for version in current:
        number = version.series.part_number
        if not any(each.concerns(number) for each in changes):
            continue
        after = _rounded(apply_changes(number, version.first_week, version.quantities, changes))
        step = compare(
            number,
            version.first_week,
            version.quantities,
            after,
            price_minor=prices.get((version.series.counterparty_id, number)),
        )
        if step.weeks_changed:
            found.append(
                PlanOfSeries(version.series, version.first_week, version.quantities, after, step)
            )
    return found


@transaction.atomic
def promote_scenario(
    scenario_id: UUID, *, version: int | None = None, as_of: datetime | None = None
) -> Scenario:
    """Make the scenario's figures the plan: a new version of each series it changes.

    Again changes nothing. Raises ``Refused`` for one that is discarded or changes nothing.
    """
    now = as_of or timezone.now()
    scenario = locked(Scenario, scenario_id, version)
    if scenario.state == State.PROMOTED:
        return scenario
    if scenario.state == State.DISCARDED:
        raise Refused("state", "a scenario that is a draft", scenario.state)
    plans = outcome_of(scenario)
    if not plans:
        raise Refused("changes", "at least one change that changes a plan", len(scenario.changes))
    add_versions([_version(each, scenario, now) for each in plans])
    scenario.outcome = {"series": len(plans), "change": str(_total(plans))}
    return _decided(scenario, State.PROMOTED, now)


@transaction.atomic
def discard_scenario(
    scenario_id: UUID, *, version: int | None = None, as_of: datetime | None = None
) -> Scenario:
    """Put a scenario away and withdraw what was offered of it; again changes nothing."""
    scenario = locked(Scenario, scenario_id, version)
    if scenario.state == State.DISCARDED:
        return scenario
    if scenario.state == State.PROMOTED:
        raise Refused("state", "a scenario that is a draft", scenario.state)
    ScenarioOffer.objects.filter(owner_id=acting_organisation_id(), scenario_id=scenario.pk).update(
        is_withdrawn=True
    )
    return _decided(scenario, State.DISCARDED, as_of or timezone.now())


@transaction.atomic
def offer_scenario(
    scenario_id: UUID, *, supplier_id: int, as_of: datetime | None = None
) -> list[ScenarioOffer]:
    """Show a supplier what the scenario asks of its own series, to accept or to abort.

    Offering again replaces figures that have changed since; the supplier then answers anew.
    """
    now = as_of or timezone.now()
    scenario = _draft(scenario_id, None)
    plans = [each for each in outcome_of(scenario) if each.series.counterparty_id == supplier_id]
    if not plans:
        raise Refused("supplier", "a supplier whose plan the scenario changes", supplier_id)
    ScenarioOffer.objects.filter(
        owner_id=acting_organisation_id(), scenario_id=scenario.pk, counterparty_id=supplier_id
    ).delete()
    offers = ScenarioOffer.objects.bulk_create(_offer(each, scenario, now) for each in plans)
    for start in range(0, len(offers), SERIES_PER_EVENT):
        chunk = offers[start : start + SERIES_PER_EVENT]
        publish(
            ScenarioOffered(
                change_id=str(uuid7()),
                supplier_id=supplier_id,
                offer_ids=[str(each.pk) for each in chunk],
            )
        )
    return offers


@transaction.atomic
def answer_offer(
    offer_id: UUID, *, verdict: str, note: str = "", as_of: datetime | None = None
) -> ScenarioAnswer:
    """Accept or abort a customer's scenario, acting for the supplier; the last answer counts."""
    if verdict not in ScenarioAnswer.Verdict.values:
        raise Refused("verdict", f"one of {', '.join(ScenarioAnswer.Verdict.values)}", verdict)
    offer = ScenarioOffer.objects.exclude(owner_id=acting_organisation_id()).get(
        pk=offer_id, counterparty_id=acting_organisation_id()
    )
    if offer.is_withdrawn:
        raise Refused("offer", "a scenario that still stands", offer.name)
    answer, _is_new = ScenarioAnswer.objects.update_or_create(
        owner_id=acting_organisation_id(),
        offer_id=offer.pk,
        defaults={
            "verdict": verdict,
            "note": clean_text("note", note, 400, required=False),
            "person_id": acting_person_id(),
            "answered_at": as_of or timezone.now(),
        },
        create_defaults={
            "counterparty_id": offer.owner_id,
            "verdict": verdict,
            "note": clean_text("note", note, 400, required=False),
            "person_id": acting_person_id(),
            "answered_at": as_of or timezone.now(),
        },
    )
    publish(
        ScenarioAnswered(
            answer_id=str(answer.pk),
            offer_id=str(offer.pk),
            customer_id=offer.owner_id,
            verdict=verdict,
        )
    )
    return answer


def changes_of(scenario: Scenario) -> list[Change]:
    """Return the changes of a scenario, in their order."""
    return [_change(place, each) for place, each in enumerate(scenario.changes, 1)]


def _change(place: int, told: Mapping[str, Any]) -> Change:
    name = f"changes.{place}"
    kind = str(told.get("kind", ""))
    if kind not in KINDS:
        raise Refused(f"{name}.kind", f"one of {', '.join(KINDS)}", kind)
    value = clean_decimal(f"{name}.value", told.get("value", ""), digits=18, places=3)
    try:
        return Change(
            kind,  # type: ignore[arg-type]  # one of KINDS
            _day(f"{name}.first", told.get("first")),
            _day(f"{name}.last", told.get("last")),
            value,
            frozenset(str(number) for number in told.get("parts") or ()),
        )
    except Refused:
        raise
    except ValueError as wrong:
        expected, _comma, got = str(wrong).removeprefix("expected ").rpartition(", got ")
        raise Refused(name, expected, got) from None


def _day(name: str, value: Any) -> date:
    try:
        return value if isinstance(value, date) else date.fromisoformat(str(value))
    except ValueError:
        raise Refused(name, "a day as 2026-11-23", value) from None


def _plain(change: Change) -> dict[str, Any]:
    return {
        "kind": change.kind,
        "first": change.first.isoformat(),
        "last": change.last.isoformat(),
        "value": str(change.value),
        "parts": sorted(change.parts),
    }


def _draft(scenario_id: UUID, version: int | None) -> Scenario:
    scenario = locked(Scenario, scenario_id, version)
    if scenario.state != State.DRAFT:
        raise Refused("state", "a scenario that is a draft", scenario.state)
    return scenario


def _decided(scenario: Scenario, state: str, now: datetime) -> Scenario:
    scenario.state, scenario.decided_at = state, now
    scenario.version += 1
    scenario.save()
    return scenario


def _version(plan: PlanOfSeries, scenario: Scenario, now: datetime) -> NewVersion:
    return NewVersion(
        series_id=plan.series.pk,
        step=Step.PLANNER.value,
        likely=Weekly(plan.first_week, tuple(plan.after)),
        note=scenario.name,
        source_id=scenario.pk,
        changed_at=now,
    )


def _offer(plan: PlanOfSeries, scenario: Scenario, now: datetime) -> ScenarioOffer:
    return ScenarioOffer(
        owner_id=acting_organisation_id(),
        counterparty_id=plan.series.counterparty_id,
        scenario_id=scenario.pk,
        name=scenario.name,
        series_id=plan.series.pk,
        part_number=plan.series.part_number,
        site_code=plan.series.site_code,
        first_week=plan.first_week,
        baseline=list(plan.before),
        quantities=list(plan.after),
        offered_at=now,
    )


def _rounded(figures: Figures) -> list[Decimal | None]:
    return [None if each is None else each.quantize(THOUSANDTH) for each in figures]


def _total(plans: Sequence[PlanOfSeries]) -> Decimal:
    return sum((each.difference.change for each in plans), Decimal(0))


def _prices() -> dict[tuple[int, str], Decimal]:
    """Return the newest known price per unit [minor units] by supplier and part number."""
    rows = (
        OrderLine.objects.filter(owner_id=acting_organisation_id(), price_minor__isnull=False)
        .order_by("counterparty_id", "part_number", "-ordered_at")
        .distinct("counterparty_id", "part_number")
        .values_list("counterparty_id", "part_number", "price_minor", "price_unit")
    )
    return {
        (supplier, number): Decimal(price or 0) / unit
        for supplier, number, price, unit in rows
        if unit
    }
