"""The figures behind safety stock, each with where it comes from: stated, measured or announced."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from uuid import UUID

from collab.masterdata.models import Packaging, PartAlias
from collab.organisations.clock import own_day
from collab.organisations.context import acting_organisation_id
from forecasting.queries import DemandBySite, DemandKey, daily_demand
from forecasting.queries.buffers import Spread, demand_spread
from inventory.models import BufferPolicy, Coverage
from inventory.rules.safety_stock import Uncertain
from transport.queries.transit import Transit, measured_transit

AHEAD_DAYS, TRANSIT_DAYS = 28, 180
STATED, MEASURED, HISTORY, ANNOUNCED, NONE = "stated", "measured", "history", "announced", "none"


@dataclass(frozen=True, slots=True)
class Figure:
    """A figure and where it comes from; None where nobody knows it."""

    value: float | None
    source: str


@dataclass(frozen=True, slots=True)
class Inputs:
    """What one policy is reckoned with: demand per day, lead time in days, pack and stock.

    ``totals`` is the demand of as many past lead times as are known, for a quantile.
    """

    demand: Figure
    demand_sigma: Figure
    lead: Figure
    lead_sigma: Figure
    pack: Figure
    available: Figure
    totals: tuple[float, ...]

    @property
    def missing(self) -> tuple[str, ...]:
        """Return the names of figures without which nothing can be said."""
        return tuple(
            name
            for name in ("demand", "demand_sigma", "lead", "lead_sigma")
            if getattr(self, name).value is None
        )

    def uncertain(self) -> tuple[Uncertain, Uncertain]:
        """Return demand and lead time; raise ``ValueError`` where one is missing."""
        if self.missing:
            raise ValueError(f"expected all figures, {self.missing[0]} is missing")
        return (
            Uncertain(self.demand.value or 0.0, self.demand_sigma.value or 0.0),
            Uncertain(self.lead.value or 0.0, self.lead_sigma.value or 0.0),
        )


@dataclass(frozen=True, slots=True)
class _Known:
    """What one reading of the database said about many policies."""

    days: Mapping[DemandKey, DemandBySite]
    spread: Mapping[DemandKey, Mapping[str, Spread]]
    transit: Mapping[tuple[int, str], Transit]
    packs: Mapping[tuple[UUID, int | None], Decimal]
    stock: Mapping[tuple[UUID, UUID, int], Decimal]
    aliases: Mapping[tuple[UUID, int], str]


def inputs_of(policies: Sequence[BufferPolicy], *, as_of: datetime) -> dict[UUID, Inputs]:
    """Return the figures of each policy by its key; seven queries, however many policies."""
    today = own_day(as_of)
    aliases = _aliases(policies, today)
    keys = {key for each in policies for key in _keys(each, aliases)}
    known = _Known(
        days=daily_demand(
            keys, first=today + timedelta(days=1), last=today + timedelta(days=AHEAD_DAYS)
        ),
        spread=demand_spread(keys, today=today),
        transit=measured_transit(since=as_of - timedelta(days=TRANSIT_DAYS)),
        packs=_packs(policies),
        stock=_stock(policies),
        aliases=aliases,
    )
    return {each.pk: _inputs(each, known) for each in policies}


def _inputs(policy: BufferPolicy, known: _Known) -> Inputs:
    spread = _spread(policy, known)
    lead, lead_sigma = _lead(policy, known.transit)
    sigma = Figure(spread.sigma, HISTORY) if spread else Figure(None, NONE)
    pack = known.packs.get((policy.part_id, policy.partner_id)) or known.packs.get(
        (policy.part_id, None)
    )
    stock = known.stock.get((policy.part_id, policy.site_id, policy.partner_id))
    return Inputs(
        demand=_stated(policy.daily_demand, _mean(policy, known, spread)),
        demand_sigma=_stated(policy.daily_sigma, sigma),
        lead=lead,
        lead_sigma=lead_sigma,
        pack=_stated(policy.pack_size, _figure(pack, "packaging")),
        available=_figure(stock, "stock"),
        totals=_totals(spread, lead.value),
    )


def _keys(
    policy: BufferPolicy, aliases: Mapping[tuple[UUID, int], str]
) -> tuple[DemandKey, DemandKey]:
    """Return the key of the partner's demand on us, and that of our own on the partner."""
    us, partner = acting_organisation_id(), policy.partner_id
    theirs = aliases.get((policy.part_id, partner), policy.part_number)
    return DemandKey(partner, us, theirs), DemandKey(us, partner, policy.part_number)


def _mean(policy: BufferPolicy, known: _Known, spread: Spread | None) -> Figure:
    """Return the mean of the coming four weeks, else that of the past."""
    theirs, mine = _keys(policy, known.aliases)
    sites = known.days.get(theirs)
    if sites is None:
        own = known.days.get(mine, {})
        sites = {"": own.get(policy.site_code) or own.get("", {})}
    total = sum(quantity for days in sites.values() for quantity in days.values())
    if total:
        return Figure(float(total) / AHEAD_DAYS, ANNOUNCED)
    return Figure(spread.mean, HISTORY) if spread else Figure(None, NONE)


def _spread(policy: BufferPolicy, known: _Known) -> Spread | None:
    _theirs, mine = _keys(policy, known.aliases)
    found = known.spread.get(mine, {})
    return found.get(policy.site_code) or found.get("")


def _lead(
    policy: BufferPolicy, transit: Mapping[tuple[int, str], Transit]
) -> tuple[Figure, Figure]:
    """Return lead time and its spread: stated, else processing time and measured transit."""
    trips = transit.get((policy.partner_id, policy.site_code))
    days, sigma = Figure(None, NONE), Figure(None, NONE)
    if trips is not None:
        days = Figure(float(policy.processing_days) + trips.days, MEASURED)
        sigma = Figure(trips.sigma_days, MEASURED)
    elif policy.lead_days is not None:
        sigma = Figure(0.0, NONE)  # stated as certain until a lane or a person says otherwise
    return _stated(policy.lead_days, days), _stated(policy.lead_sigma_days, sigma)


def _totals(spread: Spread | None, lead: float | None) -> tuple[float, ...]:
    """Return the demand of all runs of whole buckets that are about as long as the lead time.

    Nothing where the buckets are longer than the lead time: they cannot show its scatter.
    """
    if spread is None or not lead or spread.bucket_days > lead:
        return ()
    count = math.ceil(lead / spread.bucket_days - 1e-9)
    share = lead / (count * spread.bucket_days)
    runs = range(len(spread.buckets) - count + 1)
    return tuple(share * math.fsum(spread.buckets[at : at + count]) for at in runs)


def _stated(value: Decimal | None, otherwise: Figure) -> Figure:
    return otherwise if value is None else Figure(float(value), STATED)


def _figure(value: Decimal | None, source: str) -> Figure:
    return Figure(None, NONE) if value is None else Figure(float(value), source)


def _aliases(policies: Sequence[BufferPolicy], on: date) -> dict[tuple[UUID, int], str]:
    rows = PartAlias.objects.filter(part_id__in={each.part_id for each in policies})
    found = {}
    for row in rows.order_by("valid_from", "pk"):
        is_valid = (row.valid_from is None or row.valid_from <= on) and (
            row.valid_to is None or on < row.valid_to
        )
        if is_valid:
            found[row.part_id, row.partner_id] = row.partner_number
    return found


def _packs(policies: Sequence[BufferPolicy]) -> dict[tuple[UUID, int | None], Decimal]:
    rows = Packaging.objects.filter(part_id__in={each.part_id for each in policies})
    found: dict[tuple[UUID, int | None], Decimal] = {}
    for part_id, partner_id, quantity in rows.order_by("code").values_list(
        "part_id", "partner_id", "quantity"
    ):
        found.setdefault((part_id, partner_id), quantity)
    return found


def _stock(policies: Sequence[BufferPolicy]) -> dict[tuple[UUID, UUID, int], Decimal]:
    """Return usable stock on hand and what is under way, as coverage counts it."""
    rows = Coverage.objects.filter(
        owner_id=acting_organisation_id(), part_id__in={each.part_id for each in policies}
    )
    columns = ("part_id", "site_id", "counterparty_id", "on_hand", "in_transit")
    return {
        (part, site, partner): on_hand + coming
        for part, site, partner, on_hand, coming in rows.values_list(*columns)
    }
