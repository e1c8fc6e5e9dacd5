"""Read a chain from CSV: one stage a line, its suppliers as pairs at the end of the line."""

import csv
import math
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from collab.engine_fields import LARGEST, UnreadableProblem, shown
from inventory.engine.safety_stock.assembling import LARGEST_Z, LONGEST_LEAD, assemble
from inventory.engine.safety_stock.problem import Arc, Problem, Stage

COLUMNS = (
    "stage_id", "lead_time", "max_s_time", "cost_rate", "risk_pool", "ext_demand_mean",
    "ext_demand_std", "z",
)  # fmt: skip
NUMBER = r"[-+]?(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d+)?"
LIST = re.compile(rf"[\[(]?\s*({NUMBER})(?:\s*[,;\s]\s*{NUMBER})*\s*[\])]?")


@dataclass(frozen=True, slots=True)
class _Line:
    """One line: the named cells, and the cells after them."""

    number: int
    cells: dict[str, str]
    rest: tuple[str, ...]
    file: str

    def wrong(self, expected: str, got: str) -> UnreadableProblem:
        return UnreadableProblem(
            f"expected {expected}, got {shown(got)}", file=self.file, key=str(self.number)
        )

    def figure(self, name: str, most: float = LARGEST) -> float:
        """Return a cell as a number in [0, most]; an empty one is 0."""
        return self.amount(name, self.cells[name], most) if self.cells[name] else 0.0

    def amount(self, name: str, text: str, most: float = LARGEST) -> float:
        """Return a text as a number in [0, most]."""
        try:
            value = float(text)
        except ValueError:
            value = math.nan
        if not 0 <= value <= most:
            raise self.wrong(f"{name} as a number from 0 to {most:g}", text)
        return value

    def periods(self, name: str, most: int = LONGEST_LEAD) -> int:
        """Return a cell as whole periods: the first number of it, half rounded to even."""
        text = self.cells[name]
        match = LIST.fullmatch(text)
        if match is None:
            raise self.wrong(f"{name} as a number or a list of numbers", text)
        return round(self.amount(name, match.group(1), most))


def read_csv(path: Path) -> Problem:
    """Return the chain in a UTF-8 CSV file with comma or semicolon.

    Raises ``UnreadableProblem`` with the line at fault, ``OSError`` if it cannot be opened.
    """
    try:
        text = path.read_bytes().decode("utf-8-sig")
    except UnicodeDecodeError as broken:
        raise UnreadableProblem("expected UTF-8 text", file=path.name, key="1") from broken
    stages: list[tuple[str, Stage]] = []
    arcs: list[tuple[str, Arc]] = []
    for line in _lines(text.splitlines(keepends=True), path.name):
        stage = _stage(line)
        stages.append((str(line.number), stage))
        arcs.extend((str(line.number), each) for each in _arcs(line, stage.id))
    if not stages:
        raise UnreadableProblem("expected a stage below the header", file=path.name, key="2")
    return assemble(stages, arcs, file=path.name)


def _lines(text: Sequence[str], file: str) -> Iterator[_Line]:
    first = text[0] if text else ""
    rows = csv.reader(text, delimiter=";" if first.count(";") > first.count(",") else ",")
    header = [cell.strip().lower() for cell in next(rows, [])]
    for name in COLUMNS:
        if header.count(name) != 1:
            raise UnreadableProblem(f"expected one column {name}", file=file, key="1")
    places = {name: header.index(name) for name in COLUMNS}
    width = max(places.values()) + 1
    for row in rows:
        cells = [cell.strip() for cell in row]
        if not any(cells):
            continue
        if len(cells) < width:
            raise UnreadableProblem(
                f"expected at least {width} cells, got {len(cells)}", file=file,
                key=str(rows.line_num),
            )  # fmt: skip
        named = {name: cells[place] for name, place in places.items()}
        yield _Line(rows.line_num, named, tuple(cells[width:]), file)


def _stage(line: _Line) -> Stage:
    if not line.cells["stage_id"]:
        raise line.wrong("a stage_id", "")
    return Stage(
        id=line.cells["stage_id"],
        lead_time=line.periods("lead_time"),
        max_service_time=line.periods("max_s_time", 10**6) if line.cells["max_s_time"] else None,
        cost_added=line.figure("cost_rate"),
        demand_mean=line.figure("ext_demand_mean"),
        demand_std=line.figure("ext_demand_std"),
        z=line.figure("z", LARGEST_Z) if line.cells["z"] else None,
    )


def _arcs(line: _Line, customer: str) -> Iterator[Arc]:
    for supplier, quantity in zip(line.rest[::2], [*line.rest[1::2], ""], strict=False):
        if not supplier and not quantity:
            continue
        if not supplier:
            raise line.wrong("a supplier before its quantity", quantity)
        amount = line.amount("quantity", quantity)
        if amount <= 0:
            raise line.wrong("a quantity above 0", quantity)
        yield Arc(supplier, customer, amount)
