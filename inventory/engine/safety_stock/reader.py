"""Read a chain from JSON, strictly, or hand a CSV file on; the engine's only contact with files."""

from pathlib import Path

from collab.engine_fields import Field, load
from inventory.engine.safety_stock.assembling import (
    LARGEST_Z,
    LEAST_LEVEL,
    LONGEST_LEAD,
    MOST_LEVEL,
    assemble,
    quantile,
)
from inventory.engine.safety_stock.csv_reader import read_csv
from inventory.engine.safety_stock.problem import Arc, Problem, Stage

STAGE = "id lead_time max_service_time cost_added"
DEMAND = "demand_mean demand_std z service_level"
FIXED = "x_fixed_service_time"


def read_network(path: Path) -> Problem:
    """Return the chain in a JSON file of version 1, or in a CSV file.

    Raises
    ------
    UnreadableProblem
        With the key or line that is missing, unknown, of the wrong type or out of its range.
    OSError
        If the file cannot be opened.
    """
    return read_csv(path) if path.suffix.lower() == ".csv" else problem_of(load(path))


def problem_of(root: Field) -> Problem:
    """Return the chain in a JSON value; raise ``UnreadableProblem`` as ``read_network`` does."""
    top = root.members("version stages arcs", "holding_rate service_level name")
    top["version"].integer(1, 1)
    rate = top["holding_rate"].number() if "holding_rate" in top else 1.0
    common = _level(top.get("service_level"))
    return assemble(
        [(each.key, _stage(each, common)) for each in top["stages"].items(least=1)],
        [(each.key, _arc(each)) for each in top["arcs"].items()],
        file=root.file,
        holding_rate=rate,
    )


def _stage(field: Field, common: float | None) -> Stage:
    found = field.members(STAGE, DEMAND)
    mean, std = _amount(found.get("demand_mean")), _amount(found.get("demand_std"))
    z, level = found.get("z"), _level(found.get("service_level"))
    if z is not None and not z.is_null:
        if level is not None:
            raise found["service_level"].wrong("either z or service_level")
        level = z.number(0.0, LARGEST_Z)
    latest, fixed = found["max_service_time"], found.get(FIXED)
    return Stage(
        id=found["id"].text(),
        lead_time=found["lead_time"].integer(0, LONGEST_LEAD),
        max_service_time=None if latest.is_null else latest.integer(0),
        cost_added=found["cost_added"].number(),
        demand_mean=mean,
        demand_std=std,
        z=common if level is None and (mean > 0 or std > 0) else level,
        fixed_service_time=None if fixed is None or fixed.is_null else fixed.integer(0),
    )


def _arc(field: Field) -> Arc:
    found = field.members("from to qty")
    return Arc(found["from"].text(), found["to"].text(), found["qty"].number(above=True))


def _amount(field: Field | None) -> float:
    return 0.0 if field is None or field.is_null else field.number()


def _level(field: Field | None) -> float | None:
    if field is None or field.is_null:
        return None
    return quantile(field.number(LEAST_LEVEL, MOST_LEVEL))
