"""A whole demo network from one seed: companies, parts, demand, stock and who sees what."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from decimal import Decimal
from zoneinfo import ZoneInfo

import numpy as np

from collab.demo.assortment import Assortment
from collab.demo.catalogue import Trade
from collab.demo.companies import PLANTS, Founder, trades_of_the_cast
from collab.demo.demand import Months, stock_that_lasts
from collab.demo.facts import (
    DemoBomLine,
    DemoGrant,
    DemoOrganisation,
    DemoPackaging,
    DemoPart,
    DemoPartnership,
    DemoPerson,
    DemoSite,
    DemoSupply,
)
from collab.demo.grants import grants_of
from inventory.rules.days_of_supply import days_of_supply

__all__ = [
    "DemoBomLine",
    "DemoGrant",
    "DemoNetwork",
    "DemoOrganisation",
    "DemoPackaging",
    "DemoPart",
    "DemoPartnership",
    "DemoPerson",
    "DemoSite",
    "DemoSupply",
    "build",
    "day_of",
]

DEFAULT_TODAY = date(2026, 11, 2)
HOME = ZoneInfo("Europe/Berlin")
"""Where the car makers' plants are: with their day the plans of all begin."""
LEAST_PARTS = 8
SHARE_OF_MATERIALS = 0.2
TIER_TWO_PER_TIER_ONE = 20 / 24
SHORT_PER_PART = 6 / 400
GRAVE, SLIGHT = (0.2, 0.4), (0.6, 0.9)
"""How much of the agreed minimum is left [days]: of a car maker's first shortage, of the others."""
SLACK_DAYS = 0.1


@dataclass(frozen=True, slots=True)
class DemoNetwork:
    """Everything the loader writes; names point at each other by slug, code and number.

    ``story`` is the supply of the founding story, also the first of ``supplies``: Brasov's
    door harness for Avalon in Munich, which lasts about six days with a minimum of three.
    """

    seed: int
    today: date
    organisations: tuple[DemoOrganisation, ...]
    parts: tuple[DemoPart, ...]
    bom: tuple[DemoBomLine, ...]
    supplies: tuple[DemoSupply, ...]
    partnerships: tuple[DemoPartnership, ...]
    grants: tuple[DemoGrant, ...]
    story: DemoSupply

    def organisation(self, slug: str) -> DemoOrganisation:
        """Return one organisation; raise ``KeyError`` if there is none of that name."""
        for organisation in self.organisations:
            if organisation.slug == slug:
                return organisation
        raise KeyError(slug)


def day_of(now: datetime) -> date:
    """Return the day that a network is built for at an instant; near midnight it is not UTC's."""
    return now.astimezone(HOME).date()


def build(
    seed: int = 1,
    suppliers: int = 24,
    parts: int = 400,
    demand_csv: Sequence[Months] | None = None,
    *,
    today: date = DEFAULT_TODAY,
) -> DemoNetwork:
    """Return a demo network; the same arguments always give the same one.

    Parameters
    ----------
    seed
        Seeds every draw.
    suppliers
        Number of tier-1 suppliers, Brasov and Porto Harness included, >= 2; tier 2 grows
        with it (20 for 24).
    parts
        Number of supplied parts, >= 8 and >= ``suppliers``; a fifth of them are materials
        that tier 2 delivers to tier 1, the last one what tier 3 delivers to Silesia Copper.
        About 6 of 400 start below their minimum.
    demand_csv
        Monthly demand per part, oldest first, ``None`` where missing, the last value for
        the month before ``today``. Row by row it replaces the invented history of the
        parts that the car makers buy, the story's own left out.
    today
        The day whose evening the stock is of; history ends the day before.

    Raises
    ------
    ValueError
        If ``suppliers`` or ``parts`` are too few.
    """
    _check_size(suppliers, parts)
    companies = _companies(seed, suppliers)
    goods = Assortment(seed, today)
    _fill(goods, companies, parts, demand_csv or [])
    short = max(1, round(parts * SHORT_PER_PART))
    supplies = _run_short(goods.supplies, short, np.random.default_rng([seed, 3]))
    partnerships = _partnerships(supplies, companies.carriers)
    return DemoNetwork(
        seed=seed,
        today=today,
        organisations=companies.all(),
        parts=tuple(goods.parts.values()),
        bom=tuple(goods.bom),
        supplies=tuple(supplies),
        partnerships=partnerships,
        grants=grants_of(supplies, partnerships, companies.movers()),
        story=supplies[0],
    )


def _check_size(suppliers: int, parts: int) -> None:
    if suppliers < 2:
        raise ValueError(f"expected at least 2 suppliers, got {suppliers}")
    least = max(LEAST_PARTS, suppliers)
    if parts < least:
        raise ValueError(f"expected at least {least} parts, got {parts}")


@dataclass(frozen=True, slots=True)
class _Companies:
    """Who takes part. Sellers and makers stand with their trade, those of the cast first."""

    cast: Sequence[DemoOrganisation]
    sellers: Sequence[tuple[DemoOrganisation, Trade]]
    makers: Sequence[tuple[DemoOrganisation, str]]
    carriers: Sequence[DemoOrganisation]
    smelter: DemoOrganisation

    def movers(self) -> frozenset[str]:
        """Return the slugs of those who move goods or handle them on the way."""
        return frozenset(each.slug for each in (*self.cast, *self.carriers) if each.tier is None)

    def all(self) -> tuple[DemoOrganisation, ...]:
        """Return each company once."""
        known = {company.slug for company in self.cast}
        trading = (company for company, _trade in (*self.sellers, *self.makers))
        return (
            *self.cast,
            *(company for company in trading if company.slug not in known),
            *self.carriers,
            self.smelter,
        )


def _companies(seed: int, suppliers: int) -> _Companies:
    """Return the cast and, with it, so many tier-1 suppliers and their share of tier 2."""
    founder = Founder(np.random.default_rng([seed, 1]))
    cast = {organisation.slug: organisation for organisation in founder.cast()}
    sellers = [(cast[slug], trade) for slug, trade in trades_of_the_cast().items()]
    sellers += founder.tier_one(suppliers - len(sellers))
    makers = [(cast["silesia"], "")]
    makers += founder.tier_two(max(round(suppliers * TIER_TWO_PER_TIER_ONE) - 1, 0))
    return _Companies(
        cast=list(cast.values()),
        sellers=sellers,
        makers=makers,
        carriers=founder.carriers(),
        smelter=founder.tier_three(),
    )


def _fill(
    goods: Assortment, companies: _Companies, wanted: int, histories: Sequence[Months]
) -> None:
    """Add ``wanted`` supplied parts, tier by tier; each tier needs what the one above buys."""
    materials = max(1, round(wanted * SHARE_OF_MATERIALS))
    goods.add_vehicle_parts(companies.sellers, wanted - materials, histories)
    goods.add_materials(companies.makers, materials - 1)
    goods.add_cathode(companies.smelter, companies.makers[0][0], materials - 1)


def _run_short(
    supplies: Sequence[DemoSupply], wanted: int, rng: np.random.Generator
) -> list[DemoSupply]:
    """Take stock from so many supplies that they last less than their minimum.

    Four in five are parts that a car maker buys, and each car maker's first is grave. The pair
    of the story keeps its stock, so that the story's own shortage is its first.
    """
    pair = (supplies[0].customer, supplies[0].supplier)
    changed = list(supplies)
    order = [
        place
        for place in (int(place) for place in rng.permutation(len(supplies)))
        if (supplies[place].customer, supplies[place].supplier) != pair
    ]
    bought = [place for place in order if supplies[place].customer in PLANTS]
    others = [place for place in order if supplies[place].customer not in PLANTS]
    of_others = min(wanted // 5, len(others))
    hit: set[str] = set()
    for places, many in ((bought, wanted - of_others), (others, of_others)):
        left = many
        for place in places:
            if not left:
                break
            supply = supplies[place]
            is_grave = supply.customer in PLANTS and supply.customer not in hit
            stock = _scarce(supply, GRAVE if is_grave else SLIGHT, rng)
            if stock is not None:
                changed[place] = replace(supply, stock=stock)
                hit.add(supply.customer)
                left -= 1
    return changed


def _scarce(
    supply: DemoSupply, shares: tuple[float, float], rng: np.random.Generator
) -> Decimal | None:
    """Return a stock that lasts a share of the minimum between ``shares``; None if none does.

    A part that is asked for on few days may have no such stock: it lasts until the next of them.
    """
    days = float(supply.minimum_days) * float(rng.uniform(*shares))
    stock = Decimal(stock_that_lasts(days, supply.demand.planned))
    lasts = days_of_supply(stock, [Decimal(each) for each in supply.demand.planned]).days
    low, high = (float(supply.minimum_days) * share for share in shares)
    return stock if low <= lasts <= high + SLACK_DAYS else None


def _partnerships(
    supplies: Sequence[DemoSupply], carriers: Sequence[DemoOrganisation]
) -> tuple[DemoPartnership, ...]:
    """Return who does business with whom: buyers with sellers, car makers with who carries."""
    pairs = dict.fromkeys((supply.customer, supply.supplier) for supply in supplies)
    for number, carrier in enumerate(["fjord", "rhine", *(each.slug for each in carriers)]):
        for customer in ("avalon", "kestrel"):
            if number < 2 or (number + (customer == "kestrel")) % 2:
                pairs[customer, carrier] = None
    return tuple(DemoPartnership(customer=customer, supplier=seller) for customer, seller in pairs)
