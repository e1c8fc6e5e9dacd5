"""Capacity groups with the demand linked to them, as far as the viewer may see."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.db.models import CharField, F, OuterRef, Q, Subquery

from collab.organisations.context import acting_organisation_id
from collab.organisations.names import NOBODY, Name, names_of
from collab.sharing.queries import fields_for
from collab.work.fields import partner_is, seen
from forecasting.axis import Quantities, aligned, weeks_from
from forecasting.models import (
    CAPACITY,
    CapacityGroup,
    CapacityLink,
    CapacityMatch,
    DeliverySchedule,
)

FIELDS = (
    "name", "kind", "unit", "is_active", "first_week", "actual", "maximum", "agreed", "delta",
    "volatility", "links", "demand", "status", "worst", "change", "cumulative_gap", "external_id",
    "changed_at",
)  # fmt: skip
VIEWS = ("all", "short", "flex", "pools", "inactive")
SORTS = {
    # The words of the statuses happen to stand in the order of urgency.
    "worst": (F("seen_worst").asc(nulls_last=True), "seen_name", "pk"),
    "name": (F("seen_name").asc(nulls_last=True), "pk"),
}
SEVERITY = ("bottleneck", "flex", "zero", "surplus", "none")


@dataclass(frozen=True, slots=True, kw_only=True)
class CapacityFilter:
    """What to list; empty means any."""

    view: str = "all"
    name: str = ""
    kind: str = ""
    partner_bpn: str = ""
    sort: str = "worst"


@dataclass(frozen=True, slots=True, kw_only=True)
class GroupRow:
    """A capacity group; ``values`` holds what the viewer may see, hidden columns read None.

    Figures are per week from ``first_week`` on. A pool over several customers is its owner's
    alone: ``is_pool``.
    """

    id: UUID
    owner: Name
    partner: Name
    is_own: bool
    is_pool: bool
    version: int
    values: Mapping[str, Any]
    computed_at: datetime | None

    def __getattr__(self, name: str) -> Any:
        """Return a visible value; None for one that is hidden."""
        if name in FIELDS:
            return self.values.get(name)
        raise AttributeError(name)

    @property
    def element_id(self) -> str:
        """The id of the row on screens."""
        return f"capacity-{self.id}"

    @property
    def weeks(self) -> list[date]:
        """The Mondays of the figures."""
        first, figures = self.values.get("first_week"), self.values.get("actual")
        return weeks_from(first, len(figures)) if first and figures else []

    def counts(self) -> dict[str, int]:
        """Return the number of weeks by status."""
        status = self.values.get("status") or []
        return {name: list(status).count(name) for name in SEVERITY}


@dataclass(frozen=True, slots=True, kw_only=True)
class LinkRow:
    """What loads a group: a series or another group, with its load factor if it has one."""

    id: UUID
    series_id: UUID | None
    child_id: UUID | None
    text: str
    partner: str
    load_factor: Decimal | None


@dataclass(frozen=True, slots=True)
class SeriesLoad:
    """How the groups of one series stand, week by week: the worst of them.

    ``actual`` and ``maximum`` are those of the group where the series is alone in it, else empty.
    """

    status: Sequence[str]
    is_alone: bool
    actual: Quantities
    maximum: Quantities


def groups(wanted: CapacityFilter | None = None) -> Any:
    """Return the visible groups that match; a query set whose annotations mypy does not know."""
    chosen = wanted or CapacityFilter()
    if chosen.sort not in SORTS:
        raise ValueError(f"expected a sort among {', '.join(SORTS)}, got {chosen.sort!r}")
    us = acting_organisation_id()
    rows = CapacityGroup.objects.annotate(
        seen_name=seen(CAPACITY, "name", CharField()),
        seen_kind=seen(CAPACITY, "kind", CharField()),
        matched_worst=Subquery(
            CapacityMatch.objects.filter(group_id=OuterRef("pk")).values("worst")[:1]
        ),
        seen_worst=seen(CAPACITY, "matched_worst", CharField(), name="worst"),
    ).filter(_of_view(chosen.view, us))
    if chosen.name:
        rows = rows.filter(seen_name__icontains=chosen.name)
    if chosen.kind:
        rows = rows.filter(seen_kind=chosen.kind)
    if chosen.partner_bpn:
        rows = rows.filter(partner_is(chosen.partner_bpn))
    return rows.order_by(*SORTS[chosen.sort])


def group_rows(found: Iterable[CapacityGroup]) -> list[GroupRow]:
    """Return the plain rows of groups with the fields that the viewer may see; three queries."""
    rows = list(found)
    keys = [row.pk for row in rows]
    names = names_of({row.owner_id for row in rows} | {row.counterparty_id for row in rows})
    matches = {each.group_id: each for each in CapacityMatch.objects.filter(group_id__in=keys)}
    links = links_of(keys)
    return [_row(row, names, matches.get(row.pk), links.get(row.pk, [])) for row in rows]


def group_of(group_id: UUID) -> GroupRow | None:
    """Return one visible group."""
    found = group_rows(CapacityGroup.objects.filter(pk=group_id))
    return found[0] if found else None


def links_of(group_ids: Sequence[UUID]) -> dict[UUID, list[LinkRow]]:
    """Return what loads each group, by group; the names as far as the viewer may see them."""
    rows = list(CapacityLink.objects.filter(group_id__in=group_ids).order_by("pk"))
    series = {
        each.series_id: each
        for each in DeliverySchedule.objects.filter(
            series_id__in=[row.series_id for row in rows if row.series_id], is_current=True
        )
    }
    children = dict(
        CapacityGroup.objects.filter(pk__in=[row.child_id for row in rows if row.child_id])
        .values_list("pk", "name")
    )  # fmt: skip
    names = names_of({each.owner_id for each in series.values()})
    found: dict[UUID, list[LinkRow]] = {}
    for row in rows:
        schedule = series.get(row.series_id) if row.series_id else None
        text = children.get(row.child_id, "") if row.child_id else _series_text(schedule)
        found.setdefault(row.group_id, []).append(
            LinkRow(
                id=row.pk,
                series_id=row.series_id,
                child_id=row.child_id,
                text=text,
                partner=names.get(schedule.owner_id, NOBODY).short if schedule else "",
                load_factor=row.load_factor,
            )
        )
    return found


def series_loads(series_ids: Sequence[UUID], weeks: Sequence[date]) -> dict[UUID, SeriesLoad]:
    """Return how the capacity behind each series stands in these weeks; three queries.

    A series without a visible group is left out.
    """
    links = list(CapacityLink.objects.filter(series_id__in=series_ids).order_by("pk"))
    keys = {link.group_id for link in links}
    known = {each.pk: each for each in CapacityGroup.objects.filter(pk__in=keys, is_active=True)}
    matches = {each.group_id: each for each in CapacityMatch.objects.filter(group_id__in=keys)}
    crowd: dict[UUID, int] = {}
    for group_id in CapacityLink.objects.filter(group_id__in=keys).values_list(
        "group_id", flat=True
    ):
        crowd[group_id] = crowd.get(group_id, 0) + 1
    found: dict[UUID, SeriesLoad] = {}
    for link in links:
        group, match = known.get(link.group_id), matches.get(link.group_id)
        if group is None or match is None or link.series_id is None:
            continue
        allowed = fields_for(CAPACITY, group.owner_id, group.counterparty_id)
        if allowed is not None and not {"status", "actual", "maximum"} <= allowed:
            continue
        load = SeriesLoad(
            _aligned_status(match, weeks),
            crowd[link.group_id] == 1 and link.load_factor in {None, Decimal(1)},
            aligned(group.first_week, group.actual, weeks),
            aligned(group.first_week, group.maximum, weeks),
        )
        before = found.get(link.series_id)
        found[link.series_id] = load if before is None else _worse(before, load)
    return found


def series_links(series_id: UUID) -> list[GroupRow]:
    """Return the visible groups that one series loads."""
    keys = CapacityLink.objects.filter(series_id=series_id).values_list("group_id", flat=True)
    return group_rows(CapacityGroup.objects.filter(pk__in=list(keys)).order_by("name"))


def _aligned_status(match: CapacityMatch, weeks: Sequence[date]) -> list[str]:
    shift = [(week - match.first_week).days // 7 for week in weeks]
    status = match.status
    return [status[each] if 0 <= each < len(status) else "none" for each in shift]


def _worse(one: SeriesLoad, other: SeriesLoad) -> SeriesLoad:
    pairs = zip(one.status, other.status, strict=True)
    return SeriesLoad([min(pair, key=SEVERITY.index) for pair in pairs], False, [], [])


def _series_text(schedule: DeliverySchedule | None) -> str:
    if schedule is None:
        return ""
    is_ours = schedule.counterparty_id == acting_organisation_id()
    number = (is_ours and schedule.supplier_part_number) or schedule.part_number
    return f"{number} {schedule.site_code}".strip()


def _of_view(view: str, us: int) -> Q:
    if view not in VIEWS:
        raise ValueError(f"expected a view among {', '.join(VIEWS)}, got {view!r}")
    if view == "short":
        return Q(is_active=True, seen_worst="bottleneck")
    if view == "flex":
        return Q(is_active=True, seen_worst="flex")
    if view == "pools":
        return Q(owner_id=us, counterparty_id=us)
    return Q(is_active=view != "inactive")


def _row(
    row: CapacityGroup,
    names: Mapping[int, Name],
    match: CapacityMatch | None,
    links: Sequence[LinkRow],
) -> GroupRow:
    us = acting_organisation_id()
    allowed = fields_for(CAPACITY, row.owner_id, row.counterparty_id)
    every: dict[str, Any] = {
        name: getattr(row, name) for name in FIELDS if hasattr(row, name) and name != "links"
    }
    every["links"] = links
    if match is not None:
        weeks = weeks_from(row.first_week, len(row.actual))
        every |= {
            "demand": aligned(match.first_week, match.demand, weeks),
            "status": _aligned_status(match, weeks),
            "worst": match.worst,
            "change": match.change,
            "cumulative_gap": aligned(match.first_week, match.cumulative_gap, weeks),
        }
        if match.volatility:
            every["volatility"] = {**(row.volatility or {}), "measured": match.volatility}
    is_own = row.owner_id == us
    owner, counterparty = (names.get(key, NOBODY) for key in (row.owner_id, row.counterparty_id))
    is_known = is_own or row.counterparty_id == us or allowed is None
    return GroupRow(
        id=row.pk,
        owner=owner,
        partner=(counterparty if is_own else owner) if is_known else NOBODY,
        is_own=is_own,
        is_pool=is_own and row.counterparty_id == us,
        version=row.version,
        values={name: value for name, value in every.items() if allowed is None or name in allowed},
        computed_at=match.computed_at if match else None,
    )
