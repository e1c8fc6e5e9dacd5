"""An organisation's own thresholds on changes of demand and capacity, and its to-dos (FC-16)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from collab.masterdata.refusals import Refused, VersionConflict, clean_decimal, clean_text
from collab.organisations.context import acting_organisation_id, acting_person_id
from collab.work.models import Alert
from collab.work.services import Concern, clear_alert, raise_alert
from collab.work.titles import name_type
from forecasting.axis import by_week, iso_week
from forecasting.models import CapacityGroup, PlanWatch
from forecasting.queries.positions import Position
from forecasting.rules.capacity_alert import Scope, Threshold

FIRED = "forecasting.watch_fired"
MOST = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class WatchInput:
    """A threshold: fires on a rise by ``limit``, on a fall if it is negative.

    ``limit`` is a quantity, or with ``is_relative`` a share of the old figure (0.1 = 10 %).
    ``object_ids`` are series and groups for the scope ``chosen``.
    """

    name: str
    scope: str
    limit: Decimal | int | str
    is_relative: bool = True
    object_ids: Sequence[UUID] = ()
    is_active: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """What changed of one object, week by week: old and new figure of each common week."""

    object_id: UUID
    kind: Scope
    label: str
    site_code: str
    weeks: Mapping[date, tuple[Decimal, Decimal]]


@transaction.atomic
def set_watch(
    wanted: WatchInput, *, watch_id: UUID | None = None, version: int | None = None
) -> PlanWatch:
    """Create a threshold of the acting organisation, or change it.

    Raises ``Refused``, ``VersionConflict``, and ``PlanWatch.DoesNotExist`` for a foreign one.
    """
    if wanted.scope not in PlanWatch.Scope.values:
        raise Refused("scope", f"one of {', '.join(PlanWatch.Scope.values)}", wanted.scope)
    if wanted.scope == PlanWatch.Scope.CHOSEN and not wanted.object_ids:
        raise Refused("object_ids", "at least one series or group", "")
    limit = clean_decimal("limit", wanted.limit, digits=18, places=6)
    if limit == 0:
        raise Refused("limit", "a number other than 0", wanted.limit)
    if watch_id is None:
        if PlanWatch.objects.count() >= MOST:
            raise Refused("name", f"at most {MOST} thresholds", wanted.name)
        row = PlanWatch(person_id=acting_person_id(), version=0)
    else:
        row = PlanWatch.objects.select_for_update(of=("self",)).get(pk=watch_id)
        if version is not None and version != row.version:
            raise VersionConflict(row.version, version)
    row.name = clean_text("name", wanted.name, 80)
    row.scope, row.is_relative, row.limit = wanted.scope, wanted.is_relative, limit
    row.object_ids, row.is_active = list(wanted.object_ids), wanted.is_active
    row.version += 1
    row.save()
    if not row.is_active:
        _clear_all(row.pk, timezone.now())
    return row


@transaction.atomic
def remove_watch(watch_id: UUID) -> None:
    """Take a threshold away with what it has raised. Raises ``PlanWatch.DoesNotExist``."""
    row = PlanWatch.objects.select_for_update(of=("self",)).get(pk=watch_id)
    _clear_all(row.pk, timezone.now())
    row.delete()


def is_watching() -> bool:
    """Say whether the acting organisation has any active threshold at all."""
    return PlanWatch.objects.filter(is_active=True).exists()


def watch(changes: Sequence[Change], *, as_of: datetime) -> int:
    """Hold changes against the acting organisation's thresholds; return how many fired.

    One exception per threshold and object, seen by nobody else; it closes with the next change
    that stays inside.
    """
    watches = list(PlanWatch.objects.filter(is_active=True).order_by("pk"))
    if not watches or not changes:
        return 0
    us = acting_organisation_id()
    known = set(
        Alert.objects.filter(
            owner_id=us,
            type=FIRED,
            is_open=True,
            object_id__in=[each.object_id for each in changes],
        ).values_list("object_id", "bucket")
    )
    fired = 0
    for row in watches:
        threshold = _threshold(row)
        for change in changes:
            if not threshold.watches(str(change.object_id), change.kind):
                continue
            hit = [week for week, pair in sorted(change.weeks.items()) if threshold.fires(*pair)]
            fired += bool(hit)
            if hit:
                _raise(row, change, hit, us, as_of)
            elif (change.object_id, str(row.pk)) in known:
                _clear(change.object_id, str(row.pk), as_of)
    return fired


def demand_changes(found: Sequence[Position]) -> list[Change]:
    """Return what the current releases changed against the ones before."""
    return [
        Change(
            object_id=each.series_id,
            kind=Scope.DEMANDS,
            label=each.number,
            site_code=each.site_code,
            weeks={
                week: (old, new)
                for week, old, new in zip(
                    each.weeks, each.previous_forecast, each.forecast, strict=True
                )
                if old is not None and new is not None
            },
        )
        for each in found
    ]


def capacity_changes(groups: Sequence[CapacityGroup]) -> list[Change]:
    """Return what the last statement of these groups changed of their actual capacity."""
    changes = []
    for group in groups:
        before = group.previous or {}
        if not before:
            continue
        first = date.fromisoformat(before["first_week"])
        old = by_week(first, [None if each is None else Decimal(each) for each in before["actual"]])
        new = by_week(group.first_week, group.actual)
        weeks = {week: (old[week], new[week]) for week in old.keys() & new.keys()}
        changes.append(
            Change(
                object_id=group.pk,
                kind=Scope.CAPACITIES,
                label=group.name,
                site_code="",
                weeks=weeks,
            )
        )
    return changes


def _threshold(row: PlanWatch) -> Threshold:
    return Threshold(
        limit=row.limit,
        is_relative=row.is_relative,
        scope=Scope(row.scope),
        chosen=frozenset(str(key) for key in row.object_ids),
    )


def _raise(row: PlanWatch, change: Change, hit: Sequence[date], us: int, at: datetime) -> None:
    old, new = change.weeks[hit[0]]
    params: dict[str, Any] = {
        "watch": row.name,
        "object": change.label,
        "first_week": iso_week(hit[0]),
        "weeks": len(hit),
        "old": f"{old.normalize():f}",
        "new": f"{new.normalize():f}",
    }
    raise_alert(
        type=FIRED,
        object_kind=f"forecasting.{'series' if change.kind == Scope.DEMANDS else 'capacity'}",
        object_id=change.object_id,
        bucket=str(row.pk),
        concern=Concern(
            severity="info",
            counterparty_id=us,
            part_number=change.label if change.kind == Scope.DEMANDS else "",
            site_code=change.site_code,
            title_params=params,
        ),
        at=at,
    )


def _clear(object_id: UUID, bucket: str, at: datetime) -> None:
    for kind in ("forecasting.series", "forecasting.capacity"):
        clear_alert(type=FIRED, object_kind=kind, object_id=object_id, bucket=bucket, at=at)


def _clear_all(watch_id: UUID, at: datetime) -> None:
    for key in Alert.objects.filter(
        owner_id=acting_organisation_id(), type=FIRED, bucket=str(watch_id), is_open=True
    ).values_list("object_id", flat=True):
        _clear(key, str(watch_id), at)


def name_types() -> None:
    """Give the alert type of thresholds its texts, fullest first."""
    name_type(
        FIRED,
        _("%(watch)s: %(object)s changed from %(old)s to %(new)s in %(first_week)s"),
        _("A threshold of yours was reached"),
        figures=("old", "new"),
    )
