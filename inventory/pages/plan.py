"""Planned output: a few weeks of one part, day by day, beside the projection it shapes."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

from django.forms import BoundField
from django.http import HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods

from collab.masterdata.refusals import Refused
from collab.organisations.clock import own_day
from collab.organisations.models import Site
from collab.shell.page import WRITERS, PageRequest, for_roles, go_to, page_url
from inventory.charts import projection_chart
from inventory.forms import PlanForm, SubjectForm, day_field
from inventory.queries import CoverageRow, coverage_list
from inventory.queries.coverage import own_coverage
from inventory.queries.plans import own_plan
from inventory.services import Plan, plan_many
from inventory.services.subjects import Subject, resolve

WEEKS = 5
LISTED = 100


@dataclass(frozen=True, slots=True)
class Day:
    """One day of the calendar; ``field`` is None for a day that has passed.

    ``need`` and ``stock`` (at the day's end, base units) are None where no demand is known.
    """

    on: date
    field: BoundField | None
    need: Decimal | None
    stock: Decimal | None


@dataclass(frozen=True, slots=True)
class Week:
    """One ISO week, Monday first."""

    number: int
    days: Sequence[Day]


@require_http_methods(["GET", "POST"])
@for_roles(*WRITERS)
def plan(request: PageRequest) -> HttpResponse:
    """Plan the output of one part; without one chosen, show the parts there are."""
    asked = {name: request.GET.get(name, "") for name in ("counterparty", "part_number", "site")}
    chooser = SubjectForm(asked if all(asked.values()) else None, initial=asked)
    subject = _subject(chooser)
    if subject is None:
        own = [row for row in coverage_list(limit=LISTED) if row.is_own]
        context = {"chooser": chooser, "rows": own}
        return render(request, "inventory/plan_choose.html", context, status=_status(chooser))
    days = _days(subject)
    before = own_plan(
        subject.counterparty_id, subject.part.id, subject.site_id, first=days[0], last=days[-1]
    )
    initial = {day_field(day): _shown(before[day]) for day in days if before.get(day)}
    form = PlanForm(days, request.POST or None, initial=initial)
    if request.method == "POST" and form.is_valid():
        changes = form.changes(before)
        if _save(form, subject, asked, changes):
            count = len(changes)
            text = ngettext("%(n)s day planned anew.", "%(n)s days planned anew.", count)
            return go_to(
                request, page_url(request, "inventory:plan", **asked), toast=text % {"n": count}
            )
    coverage = own_coverage(subject.counterparty_id, subject.part.id, subject.site_id)
    context = {
        "chooser": chooser,
        "subject": subject,
        "form": form,
        "weeks": _weeks(form, days, coverage),
        "coverage": coverage,
        "chart": projection_chart(coverage) if coverage else None,
        "total": sum(before.values(), Decimal(0)),
    }
    return render(request, "inventory/plan.html", context, status=_status(form))


def _status(form: SubjectForm | PlanForm) -> int:
    return 422 if form.errors else 200


def _subject(chooser: SubjectForm) -> Subject | None:
    """Return what the person chose, or None with the reason in the form."""
    if not chooser.is_valid():
        return None
    try:
        return resolve(**chooser.cleaned_data, on=own_day())
    except Refused as refused:
        chooser.refuse(refused)
        return None


def _days(subject: Subject) -> list[date]:
    """Return the days that can be planned: from today at the site to the end of week five."""
    zone = ZoneInfo(Site.objects.values_list("timezone", flat=True).get(pk=subject.site_id))
    today = timezone.localdate(timezone=zone)
    end = today - timedelta(days=today.weekday()) + timedelta(weeks=WEEKS)
    return [today + timedelta(days=offset) for offset in range((end - today).days)]


def _weeks(form: PlanForm, days: Sequence[date], coverage: CoverageRow | None) -> list[Week]:
    known = {day.on: day for day in coverage.projection} if coverage else {}
    monday = days[0] - timedelta(days=days[0].weekday())
    weeks = []
    for offset in range(WEEKS):
        first = monday + timedelta(weeks=offset)
        cells = []
        for day in (first + timedelta(days=each) for each in range(7)):
            seen = known.get(day)
            field = form[day_field(day)] if day >= days[0] else None
            is_ahead = seen is not None and day > days[0]
            cells.append(
                Day(
                    day,
                    field,
                    seen.demand if seen and is_ahead else None,
                    seen.stock if seen and is_ahead else None,
                )
            )
        weeks.append(Week(first.isocalendar().week, cells))
    return weeks


def _save(
    form: PlanForm, subject: Subject, asked: Mapping[str, str], changes: Mapping[date, Decimal]
) -> bool:
    """Record the changed days; return False with the reasons in the form if one is refused."""
    unit = subject.part.base_unit
    plans = [Plan(**asked, on=day, quantity=changes[day], unit=unit) for day in sorted(changes)]
    for verdict in plan_many(plans):
        if verdict.refused is not None:
            day = plans[verdict.row].on
            expected, value = verdict.refused.expected, verdict.refused.value
            form.refuse(Refused(day_field(day), expected, value))
    return form.is_valid()


def _shown(quantity: Decimal) -> str:
    text = f"{quantity:f}"
    return text.rstrip("0").rstrip(".") if "." in text else text
