"""The scenarios by name; a new one is a small file and a line here."""

from collab.demo.simulator.scenarios import demand_surge, port_strike, supplier_fire
from collab.demo.simulator.scenarios.scenario import Effect, Scenario

__all__ = ["SCENARIOS", "Effect", "Scenario", "scenario_named"]

SCENARIOS: dict[str, Scenario] = {
    each.name: each
    for each in (demand_surge.SCENARIO, port_strike.SCENARIO, supplier_fire.SCENARIO)
}


def scenario_named(name: str) -> Scenario:
    """Return a scenario; raise ``ValueError`` that names the known ones for another name."""
    if name not in SCENARIOS:
        raise ValueError(f"expected a scenario among {', '.join(sorted(SCENARIOS))}, got {name!r}")
    return SCENARIOS[name]
