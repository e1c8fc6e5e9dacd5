"""Own risk areas: lists, the map, and those that a load meets (TR-15)."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.db.models import Q, QuerySet

from collab.organisations.context import acting_organisation_id
from collab.work.models import Alert
from transport.models import RiskArea
from transport.services.risk_watch import AT_RISK, INSIDE

VIEWS = ("now", "coming", "past", "all")
SOON = timedelta(days=7)
MOST_ON_MAP = 300


@dataclass(frozen=True, slots=True, kw_only=True)
class Met:
    """A risk area that an own load meets: in it, or before it on its way."""

    area: RiskArea
    alert_id: UUID
    load_id: UUID
    load_number: str
    is_inside: bool


def areas(view: str = "all", *, as_of: datetime, kind: str = "", text: str = "") -> Any:
    """Return the own areas of a view: valid now, coming, past, or all of them."""
    rows: QuerySet[RiskArea] = RiskArea.objects.filter(_of_view(view, as_of))
    if kind:
        rows = rows.filter(kind=kind)
    return rows.filter(name__icontains=text) if text else rows


def counts(*, as_of: datetime) -> dict[str, int]:
    """Return how many areas each view has."""
    return {view: areas(view, as_of=as_of).count() for view in VIEWS}


def on_map(*, as_of: datetime) -> list[dict[str, Any]]:
    """Return the own areas that are valid within a week, as the map draws them."""
    rows = RiskArea.objects.filter(
        Q(valid_to__isnull=True) | Q(valid_to__gt=as_of), valid_from__lt=as_of + SOON
    )
    return [
        {
            "id": str(row.pk),
            "name": row.name,
            "kind": str(RiskArea.Kind(row.kind).label),
            "severity": row.severity,
            "shape": row.shape,
        }
        for row in rows.order_by("valid_from", "pk")[:MOST_ON_MAP]
    ]


def met_by(load_ids: Sequence[UUID]) -> list[Met]:
    """Return the areas that own loads among ``load_ids`` meet, the worst first; two queries."""
    alerts = list(
        Alert.objects.filter(
            owner_id=acting_organisation_id(),
            type=AT_RISK,
            is_open=True,
            object_id__in=list(load_ids),
        )
    )
    known = {str(row.pk): row for row in RiskArea.objects.filter(pk__in=[a.bucket for a in alerts])}
    found = [
        Met(
            area=known[alert.bucket],
            alert_id=alert.pk,
            load_id=alert.object_id,
            load_number=str(alert.title_params.get("load", "")),
            is_inside=alert.title_params.get("where") == INSIDE,
        )
        for alert in alerts
        if alert.bucket in known
    ]
    worst = [each.value for each in reversed(RiskArea.Severity)]
    return sorted(
        found, key=lambda each: (not each.is_inside, worst.index(each.area.severity))
    )  # fmt: skip


def _of_view(view: str, as_of: datetime) -> Q:
    if view == "now":
        return Q(valid_from__lte=as_of) & (Q(valid_to__isnull=True) | Q(valid_to__gt=as_of))
    if view == "coming":
        return Q(valid_from__gt=as_of)
    return Q(valid_to__lte=as_of) if view == "past" else Q()
