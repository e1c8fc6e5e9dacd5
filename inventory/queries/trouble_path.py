"""The path of one part over the tiers: from the root of its trouble up to the line (screen 42).

Stations are what grants open: stock and days of supply of holders, by part. Behind a supplier it
is known only that somebody supplies it, not for which of its parts: such stations are ``loose``.
A partner that a grant hides stays without a name. Nothing is guessed about who is not visible.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from decimal import Decimal

from django.db.models import CharField, Q

from collab.masterdata.queries import BomTree, bom_tree_down, bom_tree_up, part_by_number
from collab.organisations.clock import own_day
from collab.organisations.context import acting_organisation
from collab.organisations.names import Name
from collab.shell.network import network
from collab.work.fields import seen
from collab.work.models import TOPIC, Alert
from collab.work.queries import ExceptionRow, exceptions_by_key
from inventory.alerts import severity_of
from inventory.queries.coverage import CoverageRow, coverage_rows
from inventory.queries.coverage_filter import annotated, of_part, ordered

MOST_ROWS, MOST_EXCEPTIONS = 120, 20
DEEPEST = 4
RANKS = ("", "ok", "info", "warning", "critical")


@dataclass(slots=True, eq=False, kw_only=True)
class Station:
    """What one holder has of one part, or a place of which no more than its being is known.

    ``tier`` is 0 for us, negative up the chain of suppliers, positive towards customers.
    ``needs`` is what our station's suppliers say that we need a day [base units, by their BPN].
    ``status`` is one of ``RANKS``: the worst of its days of supply and its exceptions, empty
    where nothing is known. ``is_loose`` says that it is not known to feed this very part.
    """

    key: str
    tier: int
    who: Name
    number: str = ""
    row: CoverageRow | None = None
    status: str = ""
    exceptions: int = 0
    is_loose: bool = False
    is_root: bool = False
    needs: dict[str, Decimal] = field(default_factory=dict)
    unit: str = ""

    @property
    def is_troubled(self) -> bool:
        """Whether it is short or has a grave exception."""
        return self.status in ("warning", "critical")

    @property
    def is_anonymous(self) -> bool:
        """Whether the viewer may not know who it is."""
        return not self.who.bpn

    @property
    def site_code(self) -> str:
        """The site, where it is known."""
        return str((self.row.site_code if self.row else "") or "")

    @property
    def label(self) -> str:
        """The number of the part that it shows."""
        return self.number or (str(self.row.number) if self.row else "")

    @property
    def need(self) -> Decimal:
        """What is needed a day from all suppliers, as far as told [base units]."""
        return sum(self.needs.values(), Decimal(0))

    def hear(self, row: CoverageRow) -> None:
        """Note what a supplier of this station says that is needed a day."""
        told = row.daily_need or Decimal(0)
        if told > self.needs.get(row.owner.bpn, Decimal(0)):
            self.needs[row.owner.bpn], self.unit = told, row.unit or ""

    def take(self, row: CoverageRow) -> None:
        """Let the station show ``row`` if it is worse than what it shows."""
        found = _status(row)
        if self.row is None or RANKS.index(found) > RANKS.index(self.status):
            self.row, self.status = row, found


@dataclass(slots=True, kw_only=True)
class TroublePath:
    """Stations and flows from supplier to customer; ``lines`` are own products the part goes into.

    ``own_days`` are the fewest days that one's own stock of the part lasts, ``upstream_days``
    those of the direct suppliers' stock for us, as far as shared.
    """

    number: str
    name: str = ""
    stations: dict[str, Station] = field(default_factory=dict)
    flows: set[tuple[str, str]] = field(default_factory=set)
    lines: Sequence[str] = ()
    components: Sequence[str] = ()
    exceptions: Sequence[ExceptionRow] = ()

    @property
    def us(self) -> Station:
        """Our own station of the part."""
        return self.stations[_key(acting_organisation().bpn, self.number)]

    @property
    def ordered(self) -> list[Station]:
        """Stations from the farthest supplier to the last customer, the worst of a tier first."""
        return sorted(
            self.stations.values(),
            key=lambda each: (each.tier, -RANKS.index(each.status), each.who.short, each.number),
        )

    @property
    def root(self) -> Station | None:
        """The troubled station that is farthest up the chain, the worst of its tier."""
        return next((each for each in self.ordered if each.is_root), None)

    @property
    def troubled(self) -> int:
        """How many stations are in trouble."""
        return sum(each.is_troubled for each in self.stations.values())

    @property
    def own_days(self) -> Decimal | None:
        """How long our own stock of the part lasts."""
        return self.us.row.days_of_supply if self.us.row else None

    @property
    def upstream_days(self) -> Decimal | None:
        """How long the direct suppliers' stock of the part lasts, the fewest of all."""
        days = [
            each.row.days_of_supply
            for each in self.stations.values()
            if each.tier == -1 and each.row and not each.is_loose
            and (each.key, self.us.key) in self.flows and each.row.days_of_supply is not None
        ]  # fmt: skip
        return min(days, default=None)

    @property
    def both_days(self) -> Decimal | None:
        """How long our own and the direct suppliers' stock last one after the other."""
        if self.own_days is None or self.upstream_days is None:
            return None
        return self.own_days + self.upstream_days


def trouble_path(number: str) -> TroublePath | None:
    """Return the path of a part by the viewer's own or a partner's number; None if unknown."""
    part = part_by_number(number)
    rows = coverage_rows(ordered(annotated().filter(of_part(number)), "run_out")[:MOST_ROWS])
    if part is None and not rows:
        return None
    path = TroublePath(number=part.number if part else number, name=part.name if part else "")
    own = acting_organisation()
    _add(path, Name(own.short_name, own.bpn), 0, path.number)
    if part is not None:
        today = own_day()
        path.lines = sorted(set(_tops(bom_tree_up(part.id, on=today))))
        path.components = sorted(set(_below(bom_tree_down(part.id, on=today))))
    for row in rows:
        _place(path, row, path.us)
    _add_components(path)
    _climb(path, step=-1)
    _climb(path, step=1)
    _judge(path)
    return path


def troubled_parts(*, limit: int = 12) -> list[CoverageRow]:
    """Return the visible coverages below their minimum, those that run out first."""
    rows = annotated().filter(seen_is_short=True)
    return coverage_rows(ordered(rows, "run_out")[:limit])


def _add(path: TroublePath, who: Name, tier: int, number: str = "") -> Station:
    """Return the station of a holder and a part, a new one if it is not there."""
    key = _key(who.bpn or f"?{tier}", number)
    if key not in path.stations:
        path.stations[key] = Station(key=key, tier=tier, who=who, number=number)
    return path.stations[key]


def _place(path: TroublePath, row: CoverageRow, target: Station) -> None:
    """Put a row of ``target``'s part beside it: it is ours, a supplier's or a customer's."""
    if row.is_own:
        target.take(row)
        if _tier(row.partner) > 0:
            path.flows.add((target.key, _add(path, row.partner, 1).key))
        return
    tier = 1 if _tier(row.owner) > 0 else -1
    station = _add(path, row.owner, tier, row.number if tier < 0 else "")
    station.take(row)
    if tier < 0 and row.partner.bpn == target.who.bpn:
        target.hear(row)
    ends = (target.key, station.key) if tier > 0 else (station.key, target.key)
    path.flows.add(ends)


def _add_components(path: TroublePath) -> None:
    """Add what the part is made of: our stock of it, and that of those who supply it to us."""
    if not path.components:
        return
    wanted = Q(seen_part_number__in=path.components) | Q(
        seen_partner_part_number__in=path.components
    )
    us = path.us.who
    for row in coverage_rows(ordered(annotated().filter(wanted), "run_out")[:MOST_ROWS]):
        if row.number not in path.components:
            continue
        target = _add(path, us, 0, row.number)
        path.flows.add((target.key, path.us.key))
        _place(path, row, target)


def _climb(path: TroublePath, *, step: int) -> None:
    """Add who stands behind suppliers (-1) or customers (1), tier by tier, as grants tell."""
    us = acting_organisation()
    for depth in range(1, DEEPEST):
        known: dict[str, list[Station]] = {}
        for each in path.stations.values():
            if each.tier == step * depth and not each.is_anonymous:
                known.setdefault(each.who.bpn, []).append(each)
        if not known:
            return
        side = "counterparty" if step < 0 else "owner"
        rows = annotated().filter(**{f"{side}__bpn__in": known})
        rows = rows.exclude(owner=us).exclude(counterparty=us)
        for row in coverage_rows(ordered(rows, "run_out")[:MOST_ROWS]):
            near, far = (row.partner, row.owner) if step < 0 else (row.owner, row.partner)
            for station in known.get(near.bpn, ()):
                behind = _add(path, far, step * (depth + 1))
                behind.is_loose = True
                (behind if step < 0 else station).take(row)
                ends = (behind.key, station.key) if step < 0 else (station.key, behind.key)
                path.flows.add(ends)


def _judge(path: TroublePath) -> None:
    """Count the open exceptions about the path's parts, and mark the root of the trouble."""
    numbers = [path.number, *path.components]
    text = CharField()
    alerts = Alert.objects.filter(is_open=True).annotate(
        seen_part=seen(TOPIC, "part_number", text),
        seen_theirs=seen(TOPIC, "partner_part_number", text),
    )
    about = alerts.filter(Q(seen_part__in=numbers) | Q(seen_theirs__in=numbers))
    keys = about.order_by("-raised_at").values_list("pk", flat=True)[:MOST_EXCEPTIONS]
    path.exceptions = exceptions_by_key(keys)
    by_name = {(each.who.short, each.number): each for each in path.stations.values()}
    for row in path.exceptions:
        who = row.partner if row.owner == path.us.who.short and row.partner else row.owner
        station = by_name.get((who, row.number)) or by_name.get((who, "")) or path.us
        station.exceptions += 1
        station.status = max(station.status, row.severity, key=RANKS.index)
    root = next((each for each in path.ordered if each.is_troubled), None)
    if root is not None:
        root.is_root = True


def _status(row: CoverageRow) -> str:
    """Return how a coverage stands, as far as the viewer may know."""
    days, minimum = row.days_of_supply, row.minimum_days
    if row.is_below_minimum:
        return severity_of(days, minimum) if days is not None and minimum is not None else "warning"
    return "ok" if days is not None or row.is_short is False else ""


def _tier(who: Name) -> int:
    """Return the tier of an organisation in the viewer's network, 0 for us and strangers."""
    tiers: Iterable[int] = (
        node.tier for node in network().nodes if node.organisation.bpn == who.bpn
    )
    return next(iter(tiers), 0)


def _key(bpn: str, number: str) -> str:
    return f"{bpn}|{number}"


def _tops(tree: BomTree | None) -> Iterator[str]:
    """Yield the numbers of the products at the top of a tree of assemblies."""
    if tree is None:
        return
    for branch in tree.branches:
        yield from _tops(branch) if branch.branches else (branch.part.number,)


def _below(tree: BomTree | None) -> Iterator[str]:
    """Yield the numbers of all components of a part."""
    for branch in tree.branches if tree else ():
        yield branch.part.number
        yield from _below(branch)
