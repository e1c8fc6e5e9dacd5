"""Dockers strike: for five days no load leaves the suppliers near a port or across the sea."""

from collab.demo.geography import PLACES, great_circle_km
from collab.demo.network import DemoNetwork, DemoOrganisation
from collab.demo.simulator.scenarios.scenario import Effect, Scenario

PORTS = (
    "Aarhus", "Antwerp", "Bilbao", "Gothenburg", "Hamburg", "Porto", "Rotterdam", "Valencia",
    "Vigo",
)  # fmt: skip
NEAR_KM = 60
ACROSS_THE_SEA = frozenset({"GB", "NO", "SE"})


def effect_on(network: DemoNetwork) -> Effect:
    """Hold the loads of every supplier whose main site needs a port."""
    suppliers = {supply.supplier for supply in network.supplies}
    return Effect(
        first_day=1,
        days=5,
        halted_shipping=frozenset(
            company.slug
            for company in network.organisations
            if company.slug in suppliers and _needs_a_port(company)
        ),
    )


def _needs_a_port(company: DemoOrganisation) -> bool:
    place = company.sites[0].place
    return company.country in ACROSS_THE_SEA or any(
        great_circle_km(place, PLACES[port]) <= NEAR_KM for port in PORTS
    )


SCENARIO = Scenario(
    name="port-strike",
    title="No load leaves the suppliers near a port or across the sea for five days",
    effect_on=effect_on,
)
