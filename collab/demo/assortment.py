"""What the companies of the demo network deliver to each other, and what it is made of."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal

import numpy as np

from collab.demo.catalogue import (
    COPPER_CATHODE,
    COPPER_WIRE,
    MATERIALS,
    MATERIALS_OF_TRADE,
    Article,
    Material,
    Trade,
)
from collab.demo.companies import PLANTS
from collab.demo.demand import (
    ERRATIC,
    INTERMITTENT,
    LUMPY,
    RUNNER,
    Months,
    Pattern,
    add_series,
    draw_demand,
    stock_that_lasts,
)
from collab.demo.facts import DemoBomLine, DemoOrganisation, DemoPackaging, DemoPart, DemoSupply


@dataclass(frozen=True, slots=True)
class _Plan:
    """How a part is asked for [units a month], its agreed band and its stock [days]."""

    pattern: Pattern
    monthly_mean: float
    minimum_days: int
    maximum_days: int
    lasts_days: float


STORY = _Plan(RUNNER, 9600.0, 3, 10, 5.9)
PATTERNS = ((RUNNER, 0.4, 4000.0), (ERRATIC, 0.25, 900.0), (INTERMITTENT, 0.25, 160.0))
PROGRAMMES = {"MUC": "Meridian", "BRN": "Lumen", "ZAZ": "Arro"}
_OTHERS_PLANTS = (("MUC", "BRN"), ("MUC",), ("ZAZ",), ("BRN", "ZAZ"))
_CONTAINERS = ((3, "KLT 3147", 300, 200, 147), (12, "KLT 4314", 400, 300, 147),
               (40, "KLT 6429", 600, 400, 280))  # fmt: skip


@dataclass(slots=True)
class Assortment:
    """Parts, bills of material and supplies as they grow."""

    seed: int
    today: date
    parts: dict[tuple[str, str], DemoPart] = field(default_factory=dict)
    trades: dict[str, Trade] = field(default_factory=dict)
    bom: list[DemoBomLine] = field(default_factory=list)
    supplies: list[DemoSupply] = field(default_factory=list)

    def add_vehicle_parts(
        self,
        sellers: Sequence[tuple[DemoOrganisation, Trade]],
        wanted: int,
        history: Sequence[Months],
    ) -> None:
        """Add so many parts that tier 1 delivers to a plant; the first is the story's.

        The first two sellers are rivals and serve every plant. ``history`` replaces the
        drawn months of the parts after the first, in order, as far as it goes.
        """
        rounds: defaultdict[str, int] = defaultdict(int)
        for index in range(wanted):
            seller, trade = sellers[index % len(sellers)]
            turn = rounds[seller.slug]
            self.trades[seller.slug] = trade
            rounds[seller.slug] += 1
            rank = index % len(sellers)
            plants = ("MUC", "ZAZ", "BRN") if rank < 2 else _OTHERS_PLANTS[rank % 4]
            months = history[index - 1] if 0 < index <= len(history) else None
            self._vehicle_part(seller, plants[turn % len(plants)], turn, months)

    def add_materials(self, makers: Sequence[tuple[DemoOrganisation, str]], wanted: int) -> None:
        """Add so many materials that tier 2 delivers to tier 1, each used by some of its parts.

        The first is the copper wire of the story. A material's demand is that of the parts
        it goes into, times usage and scrap.
        """
        buyers: dict[str, list[DemoSupply]] = defaultdict(list)
        for supply in self.supplies:
            buyers[supply.supplier].append(supply)
        names = list(buyers)
        sold = dict.fromkeys((maker.slug for maker, _ in makers), 0)
        for index in range(wanted):
            buyer = names[index % len(names)]
            turn = index // len(names)
            suits = MATERIALS_OF_TRADE[self.trades[buyer].word]
            fitting = [one for one in makers[1:] if one[1] in suits] or makers[:1]
            maker, word = min(fitting if index else makers[:1], key=lambda one: sold[one[0].slug])
            sold[maker.slug] += 1
            material = MATERIALS.get(word, COPPER_WIRE)
            parts = buyers[buyer]
            users = parts if index == 0 else parts[turn % 2 :: 2] or parts[:1]
            self._material(maker, material, users, index)

    def add_cathode(self, maker: DemoOrganisation, buyer: DemoOrganisation, index: int) -> None:
        """Add what tier 3 delivers to tier 2: the material of every wire that ``buyer`` sells."""
        wires = [supply for supply in self.supplies if supply.supplier == buyer.slug]
        self._material(maker, COPPER_CATHODE, wires, index)

    def _vehicle_part(
        self,
        seller: DemoOrganisation,
        plant: str,
        turn: int,
        months: Months | None,
    ) -> None:
        index = len(self.supplies)
        rng = np.random.default_rng([self.seed, 2, index])
        customer = next(slug for slug, codes in PLANTS.items() if plant in codes)
        ours, theirs = self._named_twice(seller, customer, turn)
        self._build_in(rng, plant, self.trades[seller.slug].assembly, ours)

        plan = STORY if index == 0 else _drawn_plan(rng)
        demand = draw_demand(
            rng, plan.pattern, monthly_mean=plan.monthly_mean, today=self.today, months=months
        )
        self.supplies.append(
            DemoSupply(
                customer=customer,
                supplier=seller.slug,
                customer_number=ours.number,
                supplier_number=theirs.number,
                name=ours.name,
                unit="H87",
                ship_from=seller.sites[0].code,
                ship_to=plant,
                minimum_days=Decimal(plan.minimum_days),
                maximum_days=Decimal(plan.maximum_days),
                lead_time_days=int(rng.integers(1, 6)),
                stock=Decimal(stock_that_lasts(plan.lasts_days, demand.planned)),
                demand=demand,
            )
        )

    def _named_twice(
        self, seller: DemoOrganisation, customer: str, turn: int
    ) -> tuple[DemoPart, DemoPart]:
        """Add the seller's next article under the numbers of customer and seller."""
        index = len(self.supplies)
        trade = self.trades[seller.slug]
        series, place = divmod(turn, len(trade.articles))
        article = trade.articles[place]
        numbers = {
            customer: f"A {201 + index % 37} {index + 1:04d} {10 + turn % 80:02d}"
            if customer == "avalon"
            else f"K7-{trade.code}-{index + 1:05d}",
            seller.slug: f"{seller.slug[:3].upper()}-{trade.code}{turn + 1:05d}",
        }
        ours, theirs = (
            self._part(
                DemoPart(
                    owner=owner,
                    number=number,
                    name=article.name if series == 0 else f"{article.name}, variant {series + 1}",
                    kind="component",
                    base_unit="H87",
                    gross_weight_g=Decimal(article.weight_g),
                    packaging=_packaging(article),
                )
            )
            for owner, number in numbers.items()
        )
        return ours, theirs

    def _build_in(
        self, rng: np.random.Generator, plant: str, assembly: str, component: DemoPart
    ) -> None:
        """Put a part into an assembly of the plant's programme."""
        owner, vehicle = component.owner, PROGRAMMES[plant]
        programme = f"{owner[0].upper()}-{vehicle.upper()}"
        initials = "".join(word[0] for word in assembly.split()).upper()
        number = f"{programme}-{initials}{len(assembly):02d}"
        if (owner, number) not in self.parts:
            for own_number, name, kind in (
                (programme, f"{owner.title()} {vehicle}", "programme"),
                (number, f"{assembly}, {vehicle}", "assembly"),
            ):
                self._part(
                    DemoPart(owner=owner, number=own_number, name=name, kind=kind, base_unit="H87")
                )
            self.bom.append(
                DemoBomLine(
                    owner=owner, parent=programme, component=number, usage=Decimal(1), unit="H87"
                )
            )
        is_option = rng.random() < 0.3
        self.bom.append(
            DemoBomLine(
                owner=owner,
                parent=number,
                component=component.number,
                usage=Decimal(int(rng.choice([1, 1, 1, 2, 4]))),
                unit="H87",
                take_rate=Decimal(int(rng.integers(2, 10))) / 10 if is_option else Decimal(1),
            )
        )

    def _material(
        self, maker: DemoOrganisation, material: Material, users: Sequence[DemoSupply], index: int
    ) -> None:
        rng = np.random.default_rng([self.seed, 4, index])
        buyer = users[0].supplier
        ours = f"{buyer[:3].upper()}-M{index + 1:05d}"
        theirs = f"{maker.slug[:3].upper()}-{index + 1:05d}"
        for owner, number in ((buyer, ours), (maker.slug, theirs)):
            self._part(
                DemoPart(
                    owner=owner,
                    number=number,
                    name=material.name,
                    kind="material",
                    base_unit=material.unit,
                    gross_weight_g=Decimal(material.weight_g),
                )
            )
        usage, scrap = Decimal(material.usage), Decimal(int(rng.integers(1, 6))) / 100
        self.bom += [
            DemoBomLine(
                owner=buyer,
                parent=number,
                component=ours,
                usage=usage,
                unit=material.unit,
                scrap_rate=scrap,
            )
            for number in dict.fromkeys(user.supplier_number for user in users)
        ]
        demand = add_series([(user.demand, float(usage * (1 + scrap))) for user in users])
        self.supplies.append(
            DemoSupply(
                customer=buyer,
                supplier=maker.slug,
                customer_number=ours,
                supplier_number=theirs,
                name=material.name,
                unit=material.unit,
                ship_from=maker.sites[0].code,
                ship_to=users[0].ship_from,
                minimum_days=Decimal(5),
                maximum_days=Decimal(25),
                lead_time_days=int(rng.integers(3, 10)),
                stock=Decimal(stock_that_lasts(float(rng.uniform(8, 22)), demand.planned)),
                demand=demand,
            )
        )

    def _part(self, part: DemoPart) -> DemoPart:
        """Add a part unless it is known; return the one that is kept."""
        return self.parts.setdefault((part.owner, part.number), part)


def _drawn_plan(rng: np.random.Generator) -> _Plan:
    """Draw how a part is asked for and how long its stock lasts: more than its minimum."""
    drawn, spread = float(rng.random()), float(rng.lognormal(0.0, 0.4))
    pattern, monthly_mean = LUMPY, 60.0
    for candidate, share, mean in PATTERNS:
        if drawn < share:
            pattern, monthly_mean = candidate, mean
            break
        drawn -= share
    minimum, maximum = int(rng.integers(3, 6)), int(rng.integers(12, 22))
    lasts = float(rng.uniform(minimum + 1.2, maximum))
    return _Plan(pattern, monthly_mean * spread, minimum, maximum, lasts)


def _packaging(article: Article) -> DemoPackaging:
    """Return a returnable small container, or a rack for what is too heavy for one."""
    load_kg = article.weight_g * article.pack_quantity / 1000
    for limit_kg, code, length, width, height in _CONTAINERS:
        if load_kg <= limit_kg:
            return DemoPackaging(
                code=code,
                kind="BX",
                quantity=Decimal(article.pack_quantity),
                tare_weight_kg=Decimal(length * width) / Decimal(100_000),
                length_mm=length,
                width_mm=width,
                height_mm=height,
                stack_limit=4,
                packs_per_load_unit=960_000 // (length * width) * 4,
                is_returnable=True,
            )
    return DemoPackaging(
        code="Rack 1210",
        kind="RK",
        quantity=Decimal(article.pack_quantity),
        tare_weight_kg=Decimal(85),
        length_mm=1200,
        width_mm=1000,
        height_mm=975,
        stack_limit=3,
        packs_per_load_unit=1,
        is_returnable=True,
    )
