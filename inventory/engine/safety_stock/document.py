"""A chain as the document of format 6.4, for keeping and sending."""

from typing import Any

from inventory.engine.safety_stock.problem import Problem


def document_of(problem: Problem) -> dict[str, Any]:
    """Return the JSON value that ``reader.problem_of`` reads as this chain."""
    return {
        "version": 1,
        "holding_rate": problem.holding_rate,
        "stages": [
            {
                "id": stage.id,
                "lead_time": stage.lead_time,
                "max_service_time": stage.max_service_time,
                "cost_added": stage.cost_added,
                "demand_mean": stage.demand_mean,
                "demand_std": stage.demand_std,
                "z": stage.z,
                "x_fixed_service_time": stage.fixed_service_time,
            }
            for stage in problem.stages
        ],
        "arcs": [
            {"from": arc.supplier, "to": arc.customer, "qty": arc.quantity} for arc in problem.arcs
        ],
    }
