"""A plant builds more cars: it needs six tenths more of every part for ten days."""

from collab.demo.network import DemoNetwork
from collab.demo.simulator.scenarios.scenario import Effect, Scenario


def effect_on(network: DemoNetwork) -> Effect:
    """Raise the demand of the plant of the founding story."""
    plant = (network.story.customer, network.story.ship_to)
    return Effect(first_day=1, days=10, surging=frozenset({plant}), demand_factor=1.6)


SCENARIO = Scenario(
    name="demand-surge",
    title="One plant needs 1.6 times its plan of every part for ten days",
    effect_on=effect_on,
)
