"""The stages of a placement: their answer, what they would cost otherwise, and their tier."""

import math
from collections import defaultdict
from collections.abc import Mapping
from typing import Any

from inventory.engine.safety_stock.network import figures_of, order_of
from inventory.models import BufferPlacement
from inventory.queries.buffers import StageRow
from inventory.services.placements import problem_in

DRAWN = 40
LONGEST_LABEL = 12


def stage_rows(row: BufferPlacement) -> list[StageRow]:
    """Return the stages in the order of the document, with the last answer if there is one."""
    problem = problem_in(row)
    figures = figures_of(problem)
    tiers = _tiers(row)
    told = {each["id"]: each for each in row.problem["stages"]}
    answers: Mapping[str, Any] = (row.result or {}).get("stages", {})
    rows = []
    for place, stage in enumerate(problem.stages):
        answer, about = answers.get(stage.id, {}), told[stage.id]
        weight = figures.holding[place] * figures.z[place] * figures.sigma[place]
        rows.append(
            StageRow(
                id=stage.id,
                is_own=about.get("x_tier", "own") == "own",
                partner=about.get("x_partner", ""),
                tier=tiers[stage.id],
                lead_time=stage.lead_time,
                service_time=answer.get("service_time"),
                inbound=answer.get("inbound_service_time"),
                net=answer.get("net_replenishment_time"),
                safety_stock=answer.get("safety_stock"),
                cost=answer.get("cost"),
                everywhere=weight * math.sqrt(stage.lead_time),
                fixed=stage.fixed_service_time,
            )
        )
    return rows


def picture(row: BufferPlacement, rows: list[StageRow]) -> dict[str, Any] | None:
    """Return nodes and edges for the drawing of tiers; None for more than forty stages."""
    if len(rows) > DRAWN:
        return None
    numbers = {each.id: str(number) for number, each in enumerate(rows)}
    told = {each["id"]: each for each in row.problem["stages"]}
    nodes = [
        {
            "id": numbers[each.id],
            "label": _label(each, told[each.id]),
            "tier": each.tier,
            "status": "ok" if each.safety_stock else "",
            "href": f"#stage-{numbers[each.id]}",
        }
        for each in rows
    ]
    edges = [
        {"source": numbers[arc["from"]], "target": numbers[arc["to"]]}
        for arc in row.problem["arcs"]
    ]
    return {"nodes": nodes, "edges": edges}


def _label(stage: StageRow, about: Mapping[str, Any]) -> str:
    """Return the part of an own stage, the name of a partner, or the id, short enough to draw."""
    text = str(about.get("x_part", stage.id)) if stage.is_own else stage.partner or stage.id
    return text if len(text) <= LONGEST_LABEL else f"{text[: LONGEST_LABEL - 1]}…"


def _tiers(row: BufferPlacement) -> dict[str, int]:
    """Return how many steps each stage is from the end of the chain."""
    problem = problem_in(row)
    suppliers: dict[str, list[str]] = defaultdict(list)
    for arc in problem.arcs:
        suppliers[arc.customer].append(arc.supplier)
    tiers = {stage.id: 0 for stage in problem.stages}
    for place in reversed(order_of(problem)):
        name = problem.stages[place].id
        for supplier in suppliers[name]:
            tiers[supplier] = max(tiers[supplier], tiers[name] + 1)
    return tiers
