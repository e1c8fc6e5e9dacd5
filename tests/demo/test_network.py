"""The demo network: the cast, valid numbers, a bill without cycles, and a story that can happen."""

from collections import Counter
from datetime import date, timedelta
from decimal import Decimal

import pytest

from collab.demo.geography import PLACES, great_circle_km
from collab.demo.network import DemoNetwork, DemoSupply, build
from collab.masterdata.rules.bill_of_material import BomLine, explode
from collab.masterdata.rules.identifiers import check_bpn, check_duns, check_gln
from collab.masterdata.rules.part_numbers import compare_key
from collab.masterdata.rules.units import canonical_unit
from inventory.alerts import severity_of
from inventory.rules.days_of_supply import DaysOfSupply, days_of_supply


@pytest.fixture(scope="module")
def network() -> DemoNetwork:
    return build()


def lasts(supply: DemoSupply, stock: Decimal | None = None) -> DaysOfSupply:
    held = supply.stock if stock is None else stock
    return days_of_supply(held, [Decimal(quantity) for quantity in supply.demand.planned])


def short_ones(network: DemoNetwork) -> list[DemoSupply]:
    return [one for one in network.supplies if lasts(one).days < one.minimum_days]


def test_the_same_seed_builds_the_same_network(network: DemoNetwork) -> None:
    assert build() == network
    assert build(seed=2).supplies != network.supplies


def test_who_takes_part(network: DemoNetwork) -> None:
    tiers = Counter((one.kind, one.tier) for one in network.organisations)
    assert tiers == {
        ("oem", 0): 2,
        ("supplier", 1): 24,
        ("supplier", 2): 20,
        ("supplier", 3): 1,
        ("carrier", None): 4,
        ("logistics", None): 1,
    }
    plants = [site.place.city for one in network.organisations for site in one.sites
              if site.kind == "plant"]  # fmt: skip
    assert plants == ["Munich", "Brno", "Zaragoza"]
    assert len(network.supplies) == 400
    assert network.organisation("brasov").name == "Brasov Harness"
    with pytest.raises(KeyError):
        network.organisation("nobody")


def test_numbers_are_valid_and_given_once(network: DemoNetwork) -> None:
    sites = [site for one in network.organisations for site in one.sites]
    bpns = [check_bpn(one.bpn) for one in network.organisations]
    bpns += [check_bpn(site.bpn) for site in sites]
    duns = [check_duns(one.duns) for one in network.organisations]
    glns = [check_gln(site.gln) for site in sites]
    emails = [person.email for one in network.organisations for person in one.people]
    slugs = [one.slug for one in network.organisations]
    numbers = [(part.owner, compare_key(part.number)) for part in network.parts]
    for values in (bpns, duns, glns, emails, slugs, numbers):
        assert len(set(values)) == len(values)
    assert "eva.hartmann@avalon.example" in emails
    assert all(email.endswith(".example") for email in emails)


def test_every_reference_is_to_something(network: DemoNetwork) -> None:
    slugs = {one.slug for one in network.organisations}
    parts = {(part.owner, part.number): part for part in network.parts}
    sites = {(one.slug, site.code) for one in network.organisations for site in one.sites}
    for supply in network.supplies:
        assert parts[supply.customer, supply.customer_number].base_unit == supply.unit
        assert parts[supply.supplier, supply.supplier_number].base_unit == supply.unit
        assert {(supply.customer, supply.ship_to), (supply.supplier, supply.ship_from)} <= sites
        assert supply.minimum_days < supply.maximum_days
    for line in network.bom:
        assert parts[line.owner, line.parent]
        assert parts[line.owner, line.component].base_unit == line.unit
    for grant in network.grants:
        assert {grant.owner, grant.viewer, grant.about} <= slugs
        assert grant.owner not in {grant.viewer, grant.about}
        assert grant.is_consented == (grant.about != grant.viewer)
    assert all(canonical_unit(part.base_unit).code == part.base_unit for part in network.parts)
    assert {one.slug for one in network.organisations} == {
        slug for edge in network.partnerships for slug in (edge.customer, edge.supplier)
    }


def test_the_bill_reaches_from_the_vehicle_to_the_copper(network: DemoNetwork) -> None:
    story = network.story
    lines: dict[str, list[BomLine]] = {"avalon": [], "brasov": []}
    for line in network.bom:
        lines.setdefault(line.owner, []).append(
            BomLine(
                parent=line.parent,
                component=line.component,
                usage=line.usage,
                take_rate=line.take_rate,
                scrap=line.scrap_rate,
            )
        )
    vehicles = explode(lines["avalon"], {"A-MERIDIAN": Decimal(100)}, on=network.today)
    assert vehicles[story.customer_number].quantity > 0
    (assembly,) = vehicles[story.customer_number].by_parent
    assert vehicles[assembly].by_parent == {"A-MERIDIAN": 100}
    harnesses = explode(lines["brasov"], {story.supplier_number: Decimal(10)}, on=network.today)
    copper = next(one for one in network.supplies if one.supplier == "silesia")
    assert copper.customer == "brasov"
    assert harnesses[copper.customer_number].quantity > 0
    for owned in lines.values():
        explode(owned, {}, on=network.today)  # no cycle anywhere


def test_rivals_serve_both_car_makers(network: DemoNetwork) -> None:
    for rival in ("brasov", "porto"):
        customers = {one.customer for one in network.supplies if one.supplier == rival}
        assert customers == {"avalon", "kestrel"}


def test_the_grants_of_the_story(network: DemoNetwork) -> None:
    given = {(one.owner, one.viewer, one.about, one.topic): one for one in network.grants}
    assert len(given) == len(network.grants)
    for topic in ("inventory.stock", "inventory.coverage", "work.exceptions"):
        assert ("brasov", "avalon", "avalon", topic) in given
    assert ("avalon", "brasov", "brasov", "forecasting.demand") in given
    for topic in ("work.exceptions", "inventory.coverage"):
        assert given["brasov", "silesia", "avalon", topic].fields
    assert given["silesia", "avalon", "brasov", "inventory.coverage"].is_consented
    about_the_pair = {
        one.viewer for one in network.grants if {one.owner, one.about} == {"brasov", "avalon"}
    }
    assert about_the_pair == {"avalon", "brasov", "silesia"}  # the rival sees nothing of it


@pytest.mark.parametrize("later", range(7))
def test_the_story_starts_healthy_on_any_day_of_the_week(later: int) -> None:
    network = build(today=date(2026, 11, 2) + timedelta(days=later))
    story = network.story
    assert (story.supplier, story.customer, story.ship_to) == ("brasov", "avalon", "MUC")
    assert story.name == "Door harness"
    assert story.minimum_days == 3
    assert Decimal("5.5") <= lasts(story).days <= Decimal("6.5")
    assert lasts(story, stock=Decimal(100)).days < 3  # the count that makes it fall
    assert len(short_ones(network)) == 6


def test_all_but_six_are_healthy(network: DemoNetwork) -> None:
    short = short_ones(network)
    assert len(short) == 6
    makers = Counter(one.customer for one in short if one.customer in {"avalon", "kestrel"})
    assert makers.total() == 5
    grave = [
        one.customer
        for one in short
        if severity_of(lasts(one).days, one.minimum_days) == "critical"
    ]
    assert sorted(grave) == sorted(makers)  # one each: worth opening, and not the whole screen
    assert ("avalon", "brasov") not in {(one.customer, one.supplier) for one in short}
    assert all(one.stock >= 0 for one in network.supplies)


def test_days_add_up_to_their_month(network: DemoNetwork) -> None:
    first_of_october = (date(2026, 10, 1) - (network.today - timedelta(days=90))).days
    for supply in network.supplies:
        if supply.customer in {"avalon", "kestrel"}:
            october = supply.demand.daily[first_of_october : first_of_october + 31]
            assert sum(october) == supply.demand.monthly[-1]
    story = network.story.demand
    assert (len(story.monthly), len(story.daily), len(story.planned)) == (36, 90, 56)
    sundays = [day for day in range(56) if (network.today + timedelta(days=day + 1)).weekday() == 6]
    assert all(story.planned[day] == 0 for day in sundays)


def test_demand_is_of_every_kind(network: DemoNetwork) -> None:
    empty_months = Counter(
        sum(quantity == 0 for quantity in one.demand.monthly) > 6 for one in network.supplies
    )
    assert empty_months[True] > 60
    assert empty_months[False] > 200


def test_given_months_replace_the_invented_ones(network: DemoNetwork) -> None:
    rows = [[None, 4.0, float(row)] * 12 for row in range(10)]
    given = build(demand_csv=rows)
    assert given.story.demand == network.story.demand
    for row, supply in enumerate(given.supplies[1:11]):
        assert supply.demand.monthly == (None, 4, row) * 12
    assert given.supplies[11:300] == network.supplies[11:300]  # the others keep theirs
    assert lasts(given.story).days > 5


@pytest.mark.parametrize(("suppliers", "parts"), [(2, 8), (8, 60), (60, 900), (900, 1500)])
def test_the_network_scales(suppliers: int, parts: int) -> None:
    network = build(suppliers=suppliers, parts=parts)
    slugs = [one.slug for one in network.organisations]
    assert len(set(slugs)) == len(slugs)
    assert sum(one.tier == 1 for one in network.organisations) == suppliers
    assert len(network.supplies) == parts
    assert network.story.supplier == "brasov"
    assert len(short_ones(network)) == max(1, round(parts * 6 / 400))


@pytest.mark.parametrize(
    ("suppliers", "parts", "complaint"),
    [
        (1, 400, "expected at least 2 suppliers, got 1"),
        (2, 7, "expected at least 8 parts, got 7"),
        (30, 29, "expected at least 30 parts, got 29"),
    ],
)
def test_refuses_too_few(suppliers: int, parts: int, complaint: str) -> None:
    with pytest.raises(ValueError, match=complaint):
        build(suppliers=suppliers, parts=parts)


def test_distances() -> None:
    # Munich to Brasov is about 1,090 km as the crow flies
    assert 1050 < great_circle_km(PLACES["Munich"], PLACES["Brasov"]) < 1120
    assert great_circle_km(PLACES["Porto"], PLACES["Porto"]) == 0
