"""Stock by site for the map: how much there is, how long it lasts at worst, what is on its way.

Quantities come from grants that open every field of stock; days of supply from what grants of
coverage open. A holder's site whose place the viewer may not know stays in the table only.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any, Final

from django.db.models import Count, DecimalField, Min, Q, Sum
from django.utils import timezone

from collab.organisations.context import acting_organisation_id
from collab.organisations.models import Site
from collab.organisations.names import NOBODY, Name, names_of
from collab.shell.network import visible_sites
from collab.work.fields import partner_is, seen
from inventory.alerts import severity_of
from inventory.in_transit import still_on_the_way
from inventory.models import COVERAGE, StockKind, StockPosition, UnitState
from inventory.queries.coverage_filter import CoverageFilter, filtered
from inventory.queries.part_names import numbers_named
from inventory.queries.tiers import Tier, tier_of
from inventory.queries.unit_costs import UnitCosts, unit_costs
from inventory.rules.coverage_level import HeatBin, heat_bin
from transport.queries.announced import AnnouncedLine, on_the_way
from transport.queries.whole import whole_rows

ZERO = Decimal(0)
SIZES: Final = ("quantity", "parts", "value")
CRITICAL, WARNING, FINE, UNKNOWN = "critical", "warning", "ok", "unknown"
ORDER: Final = (CRITICAL, WARNING, UNKNOWN, FINE)
Place = tuple[int, str]
"""A holder's key and the code of its site."""


@dataclass(frozen=True, slots=True, kw_only=True)
class MapFilter:
    """What to show; empty means any. ``tier`` is a key of ``inventory.queries.tiers``.

    ``level`` is a level of coverage: sites that hold a part of that urgency.
    """

    part: str = ""
    tier: str = ""
    partner_bpn: str = ""
    level: str = ""

    @property
    def is_narrow(self) -> bool:
        """Whether anything is asked for."""
        return bool(self.part or self.tier or self.partner_bpn or self.level)


@dataclass(frozen=True, slots=True, kw_only=True)
class SiteStock:
    """One holder's site. ``site`` is None where its place is not open to the viewer.

    ``amounts`` holds what can be used by unit [base units], ``value`` what one's own unit costs
    make of it [the currency of the map]; ``lowest`` are the fewest days of supply of any part,
    ``units`` handling units that were last seen there.
    """

    place: Place
    site: Site | None
    holder: Name
    is_own: bool
    tier: Tier
    parts: int = 0
    amounts: Mapping[str, Decimal]
    blocked: Decimal = ZERO
    value: Decimal | None = None
    covered: int = 0
    short: int = 0
    lowest: Decimal | None = None
    status: str = UNKNOWN
    units: int = 0
    oldest: datetime | None = None

    @property
    def code(self) -> str:
        """The code of the site."""
        return self.place[1]

    @property
    def quantity(self) -> Decimal:
        """All that can be used, whatever its unit."""
        return sum(self.amounts.values(), ZERO)

    @property
    def bin(self) -> HeatBin | None:
        """The column of the heat map that the fewest days lie in."""
        return None if self.lowest is None else heat_bin(self.lowest)

    @property
    def tone(self) -> str:
        """The class of the bin: ``h0`` worst to ``h5``, ``hx`` unknown."""
        return "hx" if self.bin is None else f"h{list(HeatBin).index(self.bin)}"

    def measure(self, size: str) -> Decimal:
        """Return what the marker's area stands for."""
        if size == "value":
            return self.value or ZERO
        return Decimal(self.parts) if size == "parts" else self.quantity


@dataclass(frozen=True, slots=True, kw_only=True)
class Flow:
    """What is on its way between two sites: lines of advices, and when the next is expected."""

    start: Place
    end: Place
    supplier: Name
    customer: Name
    lines: int
    next_at: datetime
    overdue: int


@dataclass(frozen=True, slots=True, kw_only=True)
class StockMap:
    """Sites, the worst first, and what is on its way between them.

    ``currency`` is that of all values; empty without any.
    """

    sites: Sequence[SiteStock]
    flows: Sequence[Flow]
    currency: str = ""


def stock_map(wanted: MapFilter, *, with_value: bool = False) -> StockMap:
    """Return the visible stock that the filter has; as many queries however much there is."""
    coverage = _coverage(wanted)
    stock = _stock(wanted)
    if wanted.level:
        stock = {place: found for place, found in stock.items() if place in coverage}
    known = {(site.owner_id, site.code): site for site in visible_sites()}
    places = coverage.keys() | stock.keys()
    names = names_of({owner for owner, _code in places})
    costs = unit_costs() if with_value else UnitCosts()
    units, values = _units(), _values(wanted, costs)
    sites = [
        SiteStock(
            place=place,
            site=known.get(place),
            holder=names.get(place[0], NOBODY),
            is_own=place[0] == acting_organisation_id(),
            tier=tier_of(place[0]),
            units=units.get(place, 0),
            value=values.get(place),
            **{"amounts": {}} | stock.get(place, {}) | coverage.get(place, {}),
        )
        for place in places
        if not wanted.tier or tier_of(place[0]).key == wanted.tier
    ]
    sites.sort(key=lambda each: (ORDER.index(each.status), each.holder.short, each.code))
    flows = _flows(wanted, {each.place for each in sites})
    return StockMap(sites=sites, flows=flows, currency=costs.currency)


def sized(sites: Iterable[SiteStock], size: str) -> Callable[[SiteStock], float]:
    """Return the function that gives a site's share of the largest one, 0 to 1."""
    largest = max((each.measure(size) for each in sites), default=ZERO)
    return lambda each: float(each.measure(size) / largest) if largest else 0.0


def _coverage(wanted: MapFilter) -> dict[Place, dict[str, Any]]:
    """Return how many parts each site covers, how many are short, and the fewest days."""
    asked = CoverageFilter(
        part=wanted.part, partner_bpn=wanted.partner_bpn, level=wanted.level
    )  # fmt: skip
    rows = filtered(asked).exclude(seen_site_code=None).order_by()
    found: dict[Place, dict[str, Any]] = {}
    groups = rows.values("owner_id", "seen_site_code").annotate(
        covered=Count("pk"), lowest=Min("seen_days"), judged=Count("seen_is_short")
    )
    for group in groups:
        place = (group["owner_id"], group["seen_site_code"])
        found[place] = {
            "covered": group["covered"],
            "lowest": group["lowest"],
            "status": FINE if group["judged"] else UNKNOWN,
            "short": 0,
        }
    days = DecimalField(max_digits=8, decimal_places=2)
    short = rows.annotate(seen_minimum=seen(COVERAGE, "minimum_days", days)).filter(
        seen_is_short=True
    )
    for owner, code, lasts, minimum in short.values_list(
        "owner_id", "seen_site_code", "seen_days", "seen_minimum"
    ):
        each = found[owner, code]
        each["short"] += 1
        is_known = lasts is not None and minimum is not None
        grave = severity_of(lasts, minimum) if is_known else WARNING
        each["status"] = min(each["status"], grave, key=ORDER.index)
    return found


def _stock(wanted: MapFilter) -> dict[Place, dict[str, Any]]:
    """Return what can be used and what is blocked at each site, by unit."""
    usable = ~Q(kind=StockKind.BLOCKED)
    groups = (
        _positions(wanted)
        .order_by()
        .values("owner_id", "site_code", "unit")
        .annotate(
            usable=Sum("quantity", filter=usable, default=ZERO),
            blocked=Sum("quantity", filter=~usable, default=ZERO),
            parts=Count("part_number", distinct=True),
            oldest=Min("observed_at"),
        )
    )
    found: dict[Place, dict[str, Any]] = {}
    for group in groups:
        place = (group["owner_id"], group["site_code"])
        each = found.setdefault(
            place, {"amounts": {}, "blocked": ZERO, "parts": 0, "oldest": group["oldest"]}
        )
        each["amounts"][group["unit"]] = group["usable"]
        each["blocked"] += group["blocked"]
        each["parts"] += group["parts"]
        each["oldest"] = min(each["oldest"], group["oldest"])
    return found


def _positions(wanted: MapFilter) -> Any:
    """Return the visible positions that the filter has."""
    rows = whole_rows(StockPosition.objects.filter(observed_at__isnull=False))
    if wanted.part:
        numbers = numbers_named(wanted.part)
        rows = rows.filter(
            Q(part_number__istartswith=wanted.part)
            | Q(partner_part_number__istartswith=wanted.part)
            | Q(part_number__in=numbers)
            | Q(partner_part_number__in=numbers)
        )
    if wanted.partner_bpn:
        rows = rows.filter(partner_is(wanted.partner_bpn))
    return rows


def _values(wanted: MapFilter, costs: UnitCosts) -> dict[Place, Decimal]:
    """Return what stock is worth."""
    if not costs.by_part:
        return {}
    own = acting_organisation_id()
    found: dict[Place, Decimal] = defaultdict(Decimal)
    rows = _positions(wanted).filter(
        Q(owner_id=own, part_number__in=costs.by_part)
        | Q(counterparty_id=own, partner_part_number__in=costs.by_part)
    )
    for owner, code, mine, theirs, quantity in rows.values_list(
        "owner_id", "site_code", "part_number", "partner_part_number", "quantity"
    ):
        number = mine if owner == own else theirs
        cost = costs.by_site.get((number, code)) if owner == own else None
        found[owner, code] += quantity * (costs.by_part[number] if cost is None else cost)
    return found


def _units() -> dict[Place, int]:
    """Return how many handling units were last seen at each site, those inside others left out."""
    rows = whole_rows(UnitState.objects.filter(is_ended=False, parent="")).exclude(site_code="")
    groups = rows.order_by().values_list("owner_id", "site_code").annotate(number=Count("pk"))
    return {(owner, code): number for owner, code, number in groups}


def _flows(wanted: MapFilter, places: set[Place]) -> list[Flow]:
    """Return what is on its way from or to a site that is shown, by its two ends."""
    now = timezone.now()
    groups: dict[tuple[Place, Place], list[AnnouncedLine]] = defaultdict(list)
    for line in still_on_the_way(on_the_way()):
        start = (line.supplier_id, str(line.ship_from.get("site_code", "")))
        end = (line.customer_id, line.site_code)
        if _has(wanted, line) and (not wanted.is_narrow or start in places or end in places):
            groups[start, end].append(line)
    names = names_of({key[0] for ends in groups for key in ends})
    found = [
        Flow(
            start=start,
            end=end,
            supplier=names.get(start[0], NOBODY),
            customer=names.get(end[0], NOBODY),
            lines=len(lines),
            next_at=min(line.expected_at for line in lines),
            overdue=sum(line.expected_at < now for line in lines),
        )
        for (start, end), lines in groups.items()
    ]
    return sorted(found, key=lambda each: (-each.overdue, each.next_at))


def _has(wanted: MapFilter, line: AnnouncedLine) -> bool:
    """Say whether the filter has a line that is on its way."""
    if not wanted.part:
        return True
    begins = wanted.part.casefold()
    numbers = (line.part_number, line.supplier_part_number)
    return any(number.casefold().startswith(begins) for number in numbers)
