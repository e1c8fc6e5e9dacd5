"""Which coverages a viewer asks for; hidden columns neither filter, order nor count."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.db.models import (
    BooleanField,
    CharField,
    Count,
    DateTimeField,
    DecimalField,
    F,
    Max,
    Min,
    Q,
)  # fmt: skip
from django.utils import timezone

from collab.work.fields import partner_is, seen
from inventory.models import COVERAGE, Coverage
from inventory.queries.part_names import numbers_named
from inventory.queries.tiers import owners_in
from inventory.rules.coverage_level import HeatBin

VIEWS = ("all", "short", "under_3", "stale")
LEVELS = tuple(Coverage.Level.values)
BINS = tuple(HeatBin)
EDGES = (None, Decimal(1), Decimal(3), Decimal(5), Decimal(10), Decimal(20), None)
SORT_COLUMNS: Mapping[str, tuple[str, ...]] = {
    "run_out": ("seen_run_out_at",),
    "days": ("seen_days",),
    "part": ("seen_part_number",),
    "holder": ("owner__short_name", "seen_site_code", "seen_part_number"),
    "site": ("seen_site_code", "seen_days"),
    "age": ("seen_observed_at",),
    "on_hand": ("seen_on_hand",),
}
SORTS = frozenset(SORT_COLUMNS) | {f"-{name}" for name in SORT_COLUMNS}


@dataclass(frozen=True, slots=True, kw_only=True)
class CoverageFilter:
    """What to list; empty means any.

    ``view`` is one of ``VIEWS``, ``level`` of ``LEVELS``, ``sort`` of ``SORTS`` (a minus turns it
    round, unknown values stay last). ``tier`` is a key of ``inventory.queries.tiers``, ``bin`` a
    column of the heat map that today's days of supply lie in; ``keys`` are single rows.
    """

    view: str = "all"
    part: str = ""
    site: str = ""
    tier: str = ""
    partner_bpn: str = ""
    level: str = ""
    bin: HeatBin | None = None
    keys: frozenset[UUID] | None = None
    sort: str = "run_out"

    @property
    def is_narrow(self) -> bool:
        """Whether anything but the view is asked for."""
        return bool(
            self.part or self.site or self.tier or self.partner_bpn or self.level or self.bin
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Summary:
    """The figures above the list: rows in all and in each view, by heat bin, and their ages."""

    parts: int
    short: int
    under_3: int
    stale: int
    newest: datetime | None
    oldest: datetime | None
    by_bin: Mapping[HeatBin, int]

    @property
    def counts(self) -> dict[str, int]:
        """Rows by view."""
        return {
            "all": self.parts, "short": self.short, "under_3": self.under_3, "stale": self.stale,
        }  # fmt: skip


def annotated() -> Any:
    """Return the visible coverage with its columns as far as visible: ``seen_<column>``.

    A query set of ``Coverage``; its annotations are unknown to the type checker.
    """
    text, when = CharField(), DateTimeField()
    amount = DecimalField(max_digits=18, decimal_places=3)
    return Coverage.objects.annotate(
        seen_part_number=seen(COVERAGE, "part_number", text),
        seen_partner_part_number=seen(COVERAGE, "partner_part_number", text),
        seen_site_code=seen(COVERAGE, "site_code", text),
        seen_days=seen(COVERAGE, "days_of_supply", DecimalField(max_digits=8, decimal_places=2)),
        seen_on_hand=seen(COVERAGE, "on_hand", amount),
        seen_is_short=seen(COVERAGE, "is_short", BooleanField()),
        seen_level=seen(COVERAGE, "level", text),
        seen_run_out_at=seen(COVERAGE, "run_out_at", when),
        seen_observed_at=seen(COVERAGE, "observed_at", when),
        seen_stale_after=seen(COVERAGE, "stale_after", when),
    )


def filtered(wanted: CoverageFilter) -> Any:
    """Return the visible rows that match, in no order."""
    rows = _narrowed(wanted).filter(_of_view(wanted.view))
    if wanted.bin is not None:
        rows = rows.filter(_of_bin(wanted.bin))
    return rows if wanted.keys is None else rows.filter(pk__in=wanted.keys)


def ordered(rows: Any, sort: str) -> Any:
    """Return the rows in the order ``sort`` names, unknown values last."""
    if sort not in SORTS:
        raise ValueError(f"expected a sort among {', '.join(sorted(SORTS))}, got {sort!r}")
    columns = [F(name) for name in SORT_COLUMNS[sort.removeprefix("-")]]
    if sort.startswith("-"):
        return rows.order_by(*(each.desc(nulls_last=True) for each in columns), "-pk")
    return rows.order_by(*(each.asc(nulls_last=True) for each in columns), "pk")


def summary(wanted: CoverageFilter | None = None) -> Summary:
    """Return the counts of all views and bins under the rest of the filter; one query."""
    counted = {f"bin_{place}": _of_bin(each) for place, each in enumerate(BINS)}
    counted |= {name: _of_view(name) for name in VIEWS[1:]}
    found = _narrowed(wanted or CoverageFilter()).aggregate(
        parts=Count("pk"),
        newest=Max("seen_observed_at"),
        oldest=Min("seen_observed_at"),
        **{name: Count("pk", filter=condition) for name, condition in counted.items()},
    )
    by_bin = {each: found.pop(f"bin_{place}") for place, each in enumerate(BINS)}
    return Summary(by_bin=by_bin, **found)


def of_part(number: str) -> Q:
    """Return the condition that the part has this number, by either partner's naming."""
    return Q(seen_part_number=number) | Q(seen_partner_part_number=number)


def holders() -> list[int]:
    """Return the keys of all who hold visible coverage."""
    return list(Coverage.objects.order_by().values_list("owner_id", flat=True).distinct())


def site_codes(*, most: int = 200) -> list[str]:
    """Return the codes of the sites of visible coverage, for a filter to choose from."""
    codes = annotated().exclude(seen_site_code=None).order_by("seen_site_code")
    return list(codes.values_list("seen_site_code", flat=True).distinct()[:most])


def _narrowed(wanted: CoverageFilter) -> Any:
    rows = annotated()
    if wanted.part:
        rows = rows.filter(_of_part_beginning(wanted.part))
    if wanted.site:
        rows = rows.filter(seen_site_code__iexact=wanted.site)
    if wanted.tier:
        rows = rows.filter(owner_id__in=owners_in(wanted.tier, holders()))
    if wanted.partner_bpn:
        rows = rows.filter(partner_is(wanted.partner_bpn))
    if wanted.level:
        rows = rows.filter(seen_level=wanted.level)
    return rows


def _of_part_beginning(text: str) -> Q:
    """Match either partner's number, and own parts whose name holds ``text``."""
    begins = Q(seen_part_number__istartswith=text) | Q(seen_partner_part_number__istartswith=text)
    numbers = numbers_named(text)
    if not numbers:
        return begins
    return begins | Q(seen_part_number__in=numbers) | Q(seen_partner_part_number__in=numbers)


def _of_view(view: str) -> Q:
    if view not in VIEWS:
        raise ValueError(f"expected a view among {', '.join(VIEWS)}, got {view!r}")
    if view == "short":
        return Q(seen_is_short=True)
    if view == "under_3":
        return Q(seen_days__isnull=False, seen_days__lt=3)
    if view == "stale":
        return Q(seen_stale_after__isnull=False, seen_stale_after__lt=timezone.now())
    return Q()


def _of_bin(wanted: HeatBin) -> Q:
    """Match today's days of supply as ``inventory.rules.coverage_level.heat_bin`` sorts them."""
    place = BINS.index(wanted)
    low, high = EDGES[place], EDGES[place + 1]
    found = Q(seen_days__isnull=False)
    if low is not None:
        found &= Q(seen_days__gt=low) if wanted is HeatBin.OVER_20 else Q(seen_days__gte=low)
    if high is not None:
        is_last = wanted is HeatBin.FROM_10_TO_20
        found &= Q(seen_days__lte=high) if is_last else Q(seen_days__lt=high)
    return found
