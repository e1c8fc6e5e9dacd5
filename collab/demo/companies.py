"""The companies of the demo network: the cast of every story and as many others as asked for."""

import re
from collections.abc import Iterator, Sequence
from itertools import count

import numpy as np

from collab.demo.catalogue import (
    CARRIERS,
    FIRST_NAMES,
    HARNESS,
    LAST_NAMES,
    MATERIALS,
    TRADES,
    Trade,
)
from collab.demo.facts import DemoOrganisation, DemoPerson, DemoSite
from collab.demo.geography import PLACES, SUPPLIER_CITIES, Place
from collab.masterdata.rules.identifiers import gs1_check_digit

SiteFacts = tuple[str, str, str, str]
"""Code, name, kind and city of a site."""
PersonFacts = tuple[str, str]
"""Name and role of a person."""
Company = tuple[str, str, tuple[str, int | None], tuple[SiteFacts, ...], tuple[PersonFacts, ...]]
"""Slug, name, kind with tier, sites and people of a company."""

PLANTS = {"avalon": ("MUC", "BRN"), "kestrel": ("ZAZ",)}
_GLN_DEMONSTRATION_PREFIX = "952"  # kept by GS1 for demonstrations and examples
_BPN_SIGNS = "0123456789ABCDEFGHJKLMNPQRSTUVWXYZ"


CAST: tuple[Company, ...] = (
    (
        "avalon",
        "Avalon Motors",
        ("oem", 0),
        (("MUC", "Plant Munich", "plant", "Munich"), ("BRN", "Plant Brno", "plant", "Brno")),
        (("Eva Hartmann", "planner"), ("Jonas Keller", "admin"), ("Lena Vogt", "dispatcher")),
    ),
    (
        "kestrel",
        "Kestrel Motors",
        ("oem", 0),
        (("ZAZ", "Plant Zaragoza", "plant", "Zaragoza"),),
        (("Carmen Ruiz", "planner"), ("Diego Navarro", "admin")),
    ),
    (
        "brasov",
        "Brasov Harness",
        ("supplier", 1),
        (("BRV", "Works Brasov", "warehouse", "Brasov"),),
        (("Mihai Radu", "planner"), ("Ioana Stan", "clerk")),
    ),
    (
        "porto",
        "Porto Harness",
        ("supplier", 1),
        (("OPO", "Works Porto", "warehouse", "Porto"),),
        (("Joana Pires", "planner"), ("Tiago Lopes", "clerk")),
    ),
    (
        "silesia",
        "Silesia Copper",
        ("supplier", 2),
        (("GWC", "Works Gliwice", "warehouse", "Gliwice"),),
        (("Agnieszka Nowak", "planner"),),
    ),
    (
        "fjord",
        "Fjord Freight",
        ("carrier", None),
        (("OSL", "Depot Oslo", "warehouse", "Oslo"),),
        (("Ingrid Dahl", "dispatcher"),),
    ),
    (
        "rhine",
        "Rhine Cross-dock",
        ("logistics", None),
        (("DUI", "Cross-dock Duisburg", "cross_dock", "Duisburg"),),
        (("Stefan Brandt", "dispatcher"),),
    ),
)


class Founder:
    """Gives every company its numbers and people; the same seed gives the same ones."""

    def __init__(self, rng: np.random.Generator) -> None:
        self._rng = rng
        self._serial = count(1)

    def cast(self) -> list[DemoOrganisation]:
        """Return the seven that every story tells of."""
        return [self._found(*company) for company in CAST]

    def tier_one(self, wanted: int) -> list[tuple[DemoOrganisation, Trade]]:
        """Return so many further tier-1 companies, each with its trade."""
        trades = {trade.word: trade for trade in TRADES}
        return [
            (self._company(name, city, 1), trades[word])
            for name, city, word in _names(tuple(trades), wanted)
        ]

    def tier_two(self, wanted: int) -> list[tuple[DemoOrganisation, str]]:
        """Return so many further tier-2 companies, each with the word for its material."""
        words = tuple(MATERIALS)
        return [
            (self._company(name, city, 2), word) for name, city, word in _names(words, wanted, 17)
        ]

    def tier_three(self) -> DemoOrganisation:
        """Return the company below Silesia Copper, where a release of a car maker ends up."""
        return self._found(
            "lubin",
            "Lubin Cathode",
            ("supplier", 3),
            [("WRO", "Works Wroclaw", "warehouse", "Wroclaw")],
            [("Pawel Zielinski", "planner")],
        )

    def carriers(self) -> list[DemoOrganisation]:
        """Return the carriers beside Fjord Freight: three more."""
        return [
            self._found(
                _slug(name),
                name,
                ("carrier", None),
                [("DEP", f"Depot {city}", "warehouse", city)],
                [(self._person_name(), "dispatcher")],
            )
            for name, city in CARRIERS
        ]

    def _company(self, name: str, city: str, tier: int) -> DemoOrganisation:
        site = (PLACES[city].locode[2:], f"Works {city}", "warehouse", city)
        people = [(self._person_name(), "planner")]
        return self._found(_slug(name), name, ("supplier", tier), [site], people)

    def _found(
        self,
        slug: str,
        name: str,
        role: tuple[str, int | None],
        sites: Sequence[SiteFacts],
        people: Sequence[PersonFacts],
    ) -> DemoOrganisation:
        kind, tier = role
        home = PLACES[sites[0][3]]
        return DemoOrganisation(
            slug=slug,
            name=name,
            short_name=name.split(maxsplit=1)[0] if slug in _KNOWN_BY_FIRST_WORD else name,
            kind=kind,
            tier=tier,
            bpn=self._bpn("L"),
            duns=f"99{next(self._serial):07d}",
            country=home.country,
            timezone=home.timezone,
            sites=tuple(
                self._site(code, title, place_kind, PLACES[city])
                for code, title, place_kind, city in sites
            ),
            people=tuple(
                DemoPerson(email=f"{_slug(who, '.')}@{slug}.example", name=who, role=does)
                for who, does in people
            ),
            api_clients=("ERP gateway",),
        )

    def _site(self, code: str, name: str, kind: str, place: Place) -> DemoSite:
        body = f"{_GLN_DEMONSTRATION_PREFIX}{next(self._serial):09d}"
        return DemoSite(
            code=code,
            name=name,
            kind=kind,
            place=place,
            bpn=self._bpn("S"),
            gln=f"{body}{gs1_check_digit(body)}",
        )

    def _bpn(self, letter: str) -> str:
        ending = "".join(_BPN_SIGNS[int(sign)] for sign in self._rng.integers(34, size=4))
        return f"BPN{letter}{next(self._serial):08d}{ending}"

    def _person_name(self) -> str:
        first = FIRST_NAMES[int(self._rng.integers(len(FIRST_NAMES)))]
        return f"{first} {LAST_NAMES[int(self._rng.integers(len(LAST_NAMES)))]}"


def trades_of_the_cast() -> dict[str, Trade]:
    """Return the trade of the cast's tier-1 companies."""
    return {"brasov": HARNESS, "porto": HARNESS}


_KNOWN_BY_FIRST_WORD = frozenset({*(company[0] for company in CAST), "lubin"})


def _names(words: tuple[str, ...], wanted: int, start: int = 0) -> Iterator[tuple[str, str, str]]:
    """Yield company name, city and word: each pair once, then again with a number."""
    cities = SUPPLIER_CITIES
    pairs = len(cities) * len(words)
    for number in range(wanted):
        series, within = divmod(number, pairs)
        row, column = divmod(within, len(cities))
        city = cities[(column + start) % len(cities)]
        word = words[(column + row) % len(words)]
        yield f"{city} {word}" + (f" {series + 1}" if series else ""), city, word


def _slug(name: str, separator: str = "-") -> str:
    return re.sub(r"[^a-z0-9]+", separator, name.lower()).strip(separator)
