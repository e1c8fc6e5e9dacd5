"""What direct shipments of a week would cost: the tariffs as the table the engine reads."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from django.utils.translation import gettext as _

from transport.engine.milkrun.problem import Load, TariffRow
from transport.queries.tariffs import CarrierTariff
from transport.rules.load import Amounts
from transport.rules.tariff import Mode
from transport.services.places import Place
from transport.services.pricing import cheapest_of, movement_of, tariffs_on
from transport.services.scenario_volumes import Lack

SIZES = (1, 2, 3, 4, 6, 8, 10, 12, 15, 18, 21, 24, 28, 31)
"""Pallets at which prices are looked up below a full truck."""
MINOR = 100
KG, CUBIC = Decimal("0.001"), Decimal("0.001")


@dataclass(frozen=True, slots=True)
class Lane:
    """A supplier's way to the plant, and what a week brings on it."""

    place: Place
    km: float
    week: Load


@dataclass(frozen=True, slots=True)
class DirectTable:
    """Rows of the engine; ``lifted`` names lanes where a nearer lane's dearer price counts."""

    rows: tuple[TariffRow, ...]
    lacks: tuple[Lack, ...]
    lifted: tuple[str, ...]


def direct_table(
    lanes: Sequence[Lane], plant: Place, *, on: date, currency: str, truck_pallets: float
) -> DirectTable:
    """Return prices of direct shipments by kilometres and pallets, from tariffs of mode direct.

    One step of distance for each supplier. The engine takes the cheapest row that reaches, so
    prices may not fall with the distance: a farther lane that is cheaper takes over the price of
    the nearer one. A lane without any price is a lack.
    """
    offers = [each for each in tariffs_on(on) if each.tariff.mode == Mode.DIRECT]
    sizes = [*(float(each) for each in SIZES if each < truck_pallets), truck_pallets]
    rows: list[TariffRow] = []
    lacks: list[Lack] = []
    lifted: list[str] = []
    highest: dict[float, float] = {}
    for lane in sorted(lanes, key=lambda each: each.km):
        prices = _prices(lane, plant, sizes, offers, on=on, currency=currency)
        if not prices:
            names = {"origin": lane.place["name"], "plant": plant["name"], "currency": currency}
            what = _("a tariff of mode direct in %(currency)s from %(origin)s to %(plant)s") % names
            lacks.append(Lack(str(lane.place["name"]), what))
            continue
        if any(price < highest.get(size, 0.0) for size, price in prices.items()):
            lifted.append(str(lane.place["name"]))
        for size, price in prices.items():
            highest[size] = max(price, highest.get(size, 0.0))
            rows.append(TariffRow(lane.km, size, highest[size]))
    return DirectTable(tuple(rows), tuple(lacks), tuple(lifted))


def _prices(
    lane: Lane,
    plant: Place,
    sizes: Sequence[float],
    offers: Sequence[CarrierTariff],
    *,
    on: date,
    currency: str,
) -> Mapping[float, float]:
    """Return the cheapest price by size, for pallets as heavy and large as the supplier's are."""
    per_pallet = lane.week.times(1 / lane.week.pallets)
    found = {}
    for size in sizes:
        kg, m3, pallets, ldm = per_pallet.times(size).parts()
        movement = movement_of(
            Mode.DIRECT,
            lane.place,
            plant,
            day=on,
            km=Decimal(lane.km).quantize(Decimal("0.01")),
            amounts=Amounts(
                kg=Decimal(kg).quantize(KG),
                m3=Decimal(m3).quantize(CUBIC),
                pallets=Decimal(pallets).quantize(Decimal("0.01")),
                ldm=Decimal(ldm).quantize(CUBIC),
            ),
        )
        best = cheapest_of(movement, offers, currency=currency)
        if best is not None:
            found[size] = best[1].cents / MINOR
    return found
