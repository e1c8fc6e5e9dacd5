"""A plan of the founding story: Avalon's need of a harness from Brasov, week by week."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.utils import timezone

from collab.events.relay import work_off
from collab.masterdata.models import Part, PartAlias
from collab.masterdata.rules.part_numbers import compare_key
from collab.organisations.context import acting_for
from collab.organisations.models import Organisation
from forecasting.models import DeliverySchedule, DemandSeries, DemandVersion, Step
from forecasting.services.publishing import publish_releases
from forecasting.services.releases import prepare_releases
from forecasting.services.series import open_series
from forecasting.services.versions import NewVersion, add_version
from forecasting.week_figures import Weekly, monday_of
from tests.harness.clock import today_here

THEIRS, OURS = "AM-700", "BH-100"


def this_week() -> date:
    """Return the Monday of the current week by the clock of the services."""
    return monday_of(today_here())


def week(number: int) -> date:
    """Return the Monday ``number`` weeks from the current one."""
    return this_week() + timedelta(weeks=number)


@dataclass(frozen=True, slots=True)
class Plan:
    """A demand series with ways to move it on."""

    customer: Organisation
    supplier: Organisation
    series_id: UUID

    def say(
        self, quantities: Sequence[int | None], *, first: date | None = None, **more: Any
    ) -> DemandVersion:
        """Let the customer's statistics (or another step) say these weeks."""
        figures = tuple(None if each is None else Decimal(each) for each in quantities)
        with acting_for(self.customer):
            return add_version(
                NewVersion(
                    **{
                        "series_id": self.series_id,
                        "step": Step.STATISTICS.value,
                        "likely": Weekly(first or this_week(), figures),
                        "changed_at": timezone.now(),
                        **more,
                    }
                )
            )

    def release(self, quantities: Sequence[int], *, at: datetime | None = None) -> DeliverySchedule:
        """Let the customer state these weeks and publish them, held or not."""
        self.say(quantities)
        with acting_for(self.customer):
            (draft,) = prepare_releases(series_ids=[self.series_id], as_of=at)
            draft.state = draft.State.DRAFT
            draft.save()
            (schedule,) = publish_releases(draft_ids=[draft.pk], as_of=at).schedules
        work_off()
        return schedule


def make_plan(customer: Organisation, supplier: Organisation) -> Plan:
    """Make the part known to both and open its series."""
    with acting_for(supplier):
        own = make_part(OURS)
        PartAlias.objects.create(
            part=own,
            partner=customer,
            partner_number=THEIRS,
            compare_key=compare_key(THEIRS),
            valid_from=date(2025, 1, 1),
        )
    with acting_for(customer):
        theirs = make_part(THEIRS)
        PartAlias.objects.create(
            part=theirs,
            partner=supplier,
            partner_number=OURS,
            compare_key=compare_key(OURS),
            valid_from=date(2025, 1, 1),
        )
        series, _is_new = open_series(supplier=supplier.bpn, part_number=THEIRS)
    return Plan(customer, supplier, series.pk)


def make_part(number: str) -> Part:
    """Create a part of the acting organisation, counted in pieces."""
    part: Part = Part.objects.create(
        number=number, compare_key=compare_key(number), name="Harness", base_unit="H87"
    )
    return part


def series_of(plan: Plan) -> DemandSeries:
    """Return the series as its customer sees it."""
    with acting_for(plan.customer):
        found: DemandSeries = DemandSeries.objects.get(pk=plan.series_id)
    return found
