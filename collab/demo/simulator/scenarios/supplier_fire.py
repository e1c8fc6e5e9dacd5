"""A fire at the supplier of the founding story: it makes nothing for six days."""

from collab.demo.network import DemoNetwork
from collab.demo.simulator.scenarios.scenario import Effect, Scenario


def effect_on(network: DemoNetwork) -> Effect:
    """Stop the production of the story's supplier; it goes on shipping what it has."""
    return Effect(first_day=1, days=6, halted_production=frozenset({network.story.supplier}))


SCENARIO = Scenario(
    name="supplier-fire",
    title="One supplier makes nothing for six days and ships what it has",
    effect_on=effect_on,
)
