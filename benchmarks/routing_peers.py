"""The peers of the route engine: OR-Tools routing here, pyvroom in an environment of its own."""

import json
import subprocess
import venv
from pathlib import Path

from transport.engine.routing.distances import distances
from transport.engine.routing.problem import Found, RoutingProblem

VROOM = "pyvroom==1.15.2"


def ortools_found(problem: RoutingProblem, seconds: float) -> Found | None:
    """Return OR-Tools' routes of a problem with time windows, or None where it finds none.

    Its default stack that finds plans on this set: parallel cheapest insertion, then guided
    local search until the wall budget ends. Lengths and times in tenths.
    """
    from ortools.constraint_solver import pywrapcp, routing_enums_pb2

    lengths = (distances(problem) * 10).round().astype(int).tolist()
    stops, kind = problem.stops, problem.fleet[0]
    manager = pywrapcp.RoutingIndexManager(len(stops), len(kind.vehicles), 0)
    routing = pywrapcp.RoutingModel(manager)
    node = manager.IndexToNode
    length = routing.RegisterTransitCallback(lambda a, b: lengths[node(a)][node(b)])
    routing.SetArcCostEvaluatorOfAllVehicles(length)
    load = routing.RegisterUnaryTransitCallback(lambda a: stops[node(a)].demand)
    routing.AddDimension(load, 0, kind.capacity, True, "load")
    minutes = routing.RegisterTransitCallback(
        lambda a, b: lengths[node(a)][node(b)] + round(stops[node(a)].service * 10)
    )
    horizon = round(stops[0].due * 10)
    routing.AddDimension(minutes, horizon, horizon, False, "time")
    clock = routing.GetDimensionOrDie("time")
    for number in problem.customers:
        window = (round(stops[number].ready * 10), round(stops[number].due * 10))
        clock.CumulVar(manager.NodeToIndex(number)).SetRange(*window)
    parameters = pywrapcp.DefaultRoutingSearchParameters()
    parameters.first_solution_strategy = (
        routing_enums_pb2.FirstSolutionStrategy.PARALLEL_CHEAPEST_INSERTION
    )
    parameters.local_search_metaheuristic = (
        routing_enums_pb2.LocalSearchMetaheuristic.GUIDED_LOCAL_SEARCH
    )
    parameters.time_limit.FromMilliseconds(int(seconds * 1000))
    solution = routing.SolveWithParameters(parameters)
    if solution is None:
        return None
    routes = []
    for vehicle in range(len(kind.vehicles)):
        index, route = routing.Start(vehicle), []
        while not routing.IsEnd(index := solution.Value(routing.NextVar(index))):
            route.append(node(index))
        if route:
            routes.append(tuple(route))
    return Found(tuple(routes), kind.vehicles[: len(routes)])


def vroom_found(path: Path, home: Path) -> tuple[Found | None, str]:
    """Return pyvroom's routes of an instance, or why there are none.

    ``home`` is the peers' environment; pyvroom is installed there on first use.
    """
    python = home / "bin" / "python"
    if reason := _installed(python, home):
        return None, reason
    script = Path(__file__).with_name("routing_vroom.py")
    ended = subprocess.run(
        [str(python), "-P", str(script), str(path)], capture_output=True, text=True, check=False
    )
    if ended.returncode:
        return None, (ended.stderr.strip().splitlines() or ["ended without a word"])[-1]
    routes = tuple(tuple(route) for route in json.loads(ended.stdout.splitlines()[-1]))
    return Found(routes, tuple(range(1, len(routes) + 1))), ""


def _installed(python: Path, home: Path) -> str:
    """Install pyvroom unless it is there; return why that failed, else nothing."""
    probe = [str(python), "-c", "import vroom"]
    if python.exists() and subprocess.run(probe, capture_output=True, check=False).returncode == 0:
        return ""
    if not python.exists():
        venv.create(home, with_pip=True)
    install = [str(python), "-m", "pip", "install", "--quiet", "--only-binary=:all:", VROOM]
    ended = subprocess.run(install, capture_output=True, text=True, check=False)
    if ended.returncode == 0:
        return ""
    last = (ended.stderr.strip().splitlines() or ["no reason given"])[-1]
    return f"pyvroom cannot be installed: {last}"
