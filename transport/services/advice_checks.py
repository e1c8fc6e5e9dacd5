"""Advices that come late or bring less than was called: an exception each, at the customer (TR-16).

An advice is late that arrives after the last day of a call it serves, or that was told more than
half an hour after departure. It is short if calls whose last day has come when it arrives are not
wholly on the road by then.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from collab.organisations.context import acting_organisation_id
from collab.work.models import Alert
from collab.work.services import Concern, clear_alert, raise_alert
from collab.work.titles import name_type
from forecasting.queries.advised import advised_on_calls
from forecasting.queries.calls import CallFilter, CallRow, open_calls
from transport.models import AdviceLine, DispatchAdvice
from transport.services.advice_answers import OF_ADVICE
from transport.services.advices import ON_ITS_WAY
from transport.services.arrivals import zone_of

LATE, SHORT = "transport.advice_late", "transport.advice_short"
LOOKED_BACK = timedelta(days=60)


@dataclass(frozen=True, slots=True)
class Gap:
    """What a call for a part still lacks on its last day [unit of the call]."""

    call: CallRow
    missing: Decimal


@transaction.atomic
def check_advices(advice_ids: Sequence[UUID], *, as_of: datetime) -> None:
    """Raise, renew or clear the exceptions of advices sent to the acting organisation.

    Other advices of the same suppliers that were short are looked at again: what was missing on
    one may come on another.
    """
    us = acting_organisation_id()
    told = DispatchAdvice.objects.exclude(owner_id=us).filter(counterparty_id=us)
    rows = {row.pk: row for row in told.filter(pk__in=list(advice_ids))}
    suppliers = {row.owner_id for row in rows.values()}
    standing = Alert.objects.filter(
        owner_id=us, type=SHORT, is_open=True, counterparty_id__in=suppliers
    )
    again = standing.values_list("object_id", flat=True)
    rows |= {row.pk: row for row in told.filter(pk__in=list(again))}
    for row in rows.values():
        _check(row, as_of)


def _check(advice: DispatchAdvice, as_of: datetime) -> None:
    counts = advice.state in ON_ITS_WAY
    parts = set(
        AdviceLine.objects.filter(advice_id=advice.pk).values_list("part_number", flat=True)
    )
    day = advice.expected_at.astimezone(zone_of(advice.ship_to)).date()
    calls = _calls(advice, parts, day) if counts else []
    _settle(LATE, advice, _lateness(advice, calls, day) if counts else None, as_of)
    _settle(SHORT, advice, _shortage(advice, calls, day) if counts else None, as_of)


def _calls(advice: DispatchAdvice, parts: set[str], day: date) -> list[CallRow]:
    """Return the firm calls of the advice's parts and site that begin to be due by ``day``."""
    found = open_calls(
        CallFilter(
            customer_id=acting_organisation_id(),
            supplier_id=advice.owner_id,
            since=day - LOOKED_BACK,
            until=day,
        )
    )
    site = str(advice.ship_to.get("site_code", ""))
    return [each for each in found if each.part_number in parts and each.site_code in {"", site}]


def _lateness(advice: DispatchAdvice, calls: Sequence[CallRow], day: date) -> dict[str, Any] | None:
    named = set(
        AdviceLine.objects.filter(advice_id=advice.pk, schedule_line_id__isnull=False).values_list(
            "schedule_line_id", flat=True
        )
    )
    over = [(day - each.due_until).days for each in calls if each.line_id in named]
    if (days := max(over, default=0)) > 0:
        return {"severity": "critical", "advice": advice.number, "days": days}
    if advice.is_late:
        minutes = round((advice.sent_at - advice.despatched_at) / timedelta(minutes=1))
        return {"severity": "info", "advice": advice.number, "minutes": minutes}
    return None


def _shortage(advice: DispatchAdvice, calls: Sequence[CallRow], day: date) -> dict[str, Any] | None:
    due = [each for each in calls if each.due_until <= day]
    advised = advised_on_calls(due)
    gaps = [
        Gap(each, each.quantity - advised[each.line_id])
        for each in due
        if advised[each.line_id] < each.quantity
    ]
    if not gaps:
        return None
    worst = max(gaps, key=lambda gap: gap.missing)
    same = [gap for gap in gaps if gap.call.part_number == worst.call.part_number]
    return {
        "severity": "warning",
        "advice": advice.number,
        "part": worst.call.part_number,
        "missing": format(sum((gap.missing for gap in same), Decimal(0)).normalize(), "f"),
        "unit": worst.call.unit,
    }


def _settle(
    type_name: str, advice: DispatchAdvice, found: dict[str, Any] | None, as_of: datetime
) -> None:
    if found is None:
        clear_alert(type=type_name, object_kind=OF_ADVICE, object_id=advice.pk, at=as_of)
        return
    severity = found.pop("severity")
    raise_alert(
        type=type_name,
        object_kind=OF_ADVICE,
        object_id=advice.pk,
        at=as_of,
        concern=Concern(
            severity=severity,
            counterparty_id=advice.owner_id,
            part_number=str(found.get("part", ""))[:40],
            site_code=str(advice.ship_to.get("site_code", ""))[:20],
            title_params=found,
        ),
    )


def name_types() -> None:
    """Give the exceptions their texts, fullest first."""
    name_type(
        LATE,
        _("Dispatch advice %(advice)s arrives %(days)s d after the last day of its call"),
        _("Dispatch advice %(advice)s was told %(minutes)s min after departure"),
        _("A dispatch advice is late"),
    )
    name_type(
        SHORT,
        _("Dispatch advice %(advice)s leaves %(missing)s %(unit)s of part %(part)s missing"),
        _("A dispatch advice brings less than was called"),
        figures=("missing",),
    )
