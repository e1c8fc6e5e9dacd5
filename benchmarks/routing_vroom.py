"""Run by the interpreter of the peers' own environment: pyvroom's routes of a Solomon file.

    python routing_vroom.py INSTANCE.txt

Writes the routes as JSON. Lengths and times in tenths, exploration level 5, its own stop.
Imports nothing of the project.
"""

import json
import math
import sys
from pathlib import Path
from typing import Any


def main() -> None:
    """Read, solve, write."""
    import numpy as np
    import vroom  # type: ignore[import-not-found]

    lines = [line.split() for line in Path(sys.argv[1]).read_text(encoding="utf-8").splitlines()]
    figures = [[int(word) for word in line] for line in lines if line and line[0].isdigit()]
    (count, capacity), stops = figures[0], figures[1:]
    problem: Any = vroom.Input()
    lengths = [[math.isqrt(100 * _square(a, b)) for b in stops] for a in stops]
    matrix = np.array(lengths, dtype="uint32")
    problem.set_durations_matrix(profile="car", matrix_input=matrix)
    problem.set_costs_matrix(profile="car", matrix_input=matrix)
    window = vroom.TimeWindow(10 * stops[0][4], 10 * stops[0][5])
    for vehicle in range(count):
        problem.add_vehicle(
            vroom.Vehicle(vehicle, start=0, end=0, capacity=[capacity], time_window=window)
        )
    for number, _x, _y, demand, ready, due, service in stops[1:]:
        problem.add_job(
            vroom.Job(
                number,
                location=number,
                delivery=[demand],
                default_service=10 * service,
                time_windows=[vroom.TimeWindow(10 * ready, 10 * due)],
            )
        )
    answer = problem.solve(exploration_level=5, nb_threads=1).to_dict()
    routes = [
        [step["id"] for step in route["steps"] if step["type"] == "job"]
        for route in answer["routes"]
    ]
    sys.stdout.write(json.dumps([route for route in routes if route]) + "\n")


def _square(a: list[int], b: list[int]) -> int:
    return (a[1] - b[1]) ** 2 + (a[2] - b[2]) ** 2


if __name__ == "__main__":
    main()
