"""Limits of what devices measure, as people state them (IN-14)."""

import math
from dataclasses import dataclass
from typing import Final
from uuid import UUID

from django.db import transaction
from django.utils import timezone

from collab.masterdata.queries import part_by_number
from collab.masterdata.refusals import Refused, clean_text, clean_whole, locked, refusing
from collab.organisations.context import acting_organisation_id
from inventory.models import Device, SensorLimit
from inventory.models.devices import METRIC
from inventory.models.tracking import LINK
from inventory.services.limit_jobs import judge_metrics

MOST_SECONDS: Final = 86_400
_TAKEN = {"inventory_limit_once": ("metric", "one limit for a metric and what it holds for")}


@dataclass(frozen=True, slots=True, kw_only=True)
class LimitPlan:
    """A limit as somebody states it; empty ``thing``, ``part_number``, ``device_kind`` mean any."""

    metric: str
    unit: str = ""
    least: float | None = None
    most: float | None = None
    duration_s: int = 0
    severity: str = SensorLimit.Severity.WARNING.value
    thing: str = ""
    part_number: str = ""
    device_kind: str = ""


@transaction.atomic
def keep_limit(
    plan: LimitPlan, *, key: UUID | None = None, version: int | None = None
) -> SensorLimit:
    """State a limit, or change the one with ``key``; what it covers is judged anew.

    More than a handful of devices are judged in a job (``inventory.services.limit_jobs``).

    Raises ``Refused``, ``VersionConflict`` and ``SensorLimit.DoesNotExist``.
    """
    row = SensorLimit(owner_id=acting_organisation_id())
    before = ""
    if key is not None:
        row = locked(SensorLimit, key, version)
        before = row.metric
        row.version += 1
    row.metric = clean_text("metric", plan.metric, METRIC)
    row.unit = clean_text("unit", plan.unit, 12, required=False)
    row.least, row.most = _number("least", plan.least), _number("most", plan.most)
    if row.least is None and row.most is None:
        raise Refused("most", "a lowest or a highest value", None)
    if row.least is not None and row.most is not None and row.least >= row.most:
        raise Refused("most", f"a value above the lowest, {row.least:g}", row.most)
    row.duration_s = clean_whole("duration_s", plan.duration_s, at_least=0, at_most=MOST_SECONDS)
    _state_scope(row, plan)
    with refusing(_TAKEN, {"metric": row.metric}):
        row.save()
    judge_metrics({before, row.metric} - {""}, as_of=timezone.now())
    return row


@transaction.atomic
def remove_limit(key: UUID, *, version: int | None = None) -> None:
    """Take a limit away; what it alone held open closes.

    Raises ``SensorLimit.DoesNotExist`` and ``VersionConflict``.
    """
    row = locked(SensorLimit, key, version)
    row.delete()
    judge_metrics({row.metric}, as_of=timezone.now())


def _state_scope(row: SensorLimit, plan: LimitPlan) -> None:
    if plan.severity not in SensorLimit.Severity.values:
        names = ", ".join(SensorLimit.Severity.values)
        raise Refused("severity", f"one of {names}", plan.severity)
    if plan.device_kind and plan.device_kind not in Device.Kind.values:
        names = ", ".join(Device.Kind.values)
        raise Refused("device_kind", f"one of {names}", plan.device_kind)
    row.severity, row.device_kind = plan.severity, plan.device_kind
    row.thing = clean_text("thing", plan.thing, LINK, required=False)
    row.part_id = None
    if plan.part_number:
        part = part_by_number(plan.part_number)
        if part is None:
            raise Refused("part_number", "a part number of yours", plan.part_number)
        row.part_id = part.id


def _number(field: str, value: float | None) -> float | None:
    if value is not None and not math.isfinite(value):
        raise Refused(field, "a finite number", value)
    return value
