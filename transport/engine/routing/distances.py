"""Distances between all places, as the solver uses them."""

import numpy as np
from numpy.typing import NDArray

from transport.engine.routing.problem import DistanceRule, RoutingProblem


def distances(problem: RoutingProblem) -> NDArray[np.float64]:
    """Return the distance from each place to each, shape ``(stops, stops)``, depot first.

    Straight lines between the points, or the distances that the instance gives, by the
    problem's rule.
    """
    if problem.matrix is not None:
        raw = np.array(problem.matrix)
    else:
        points = np.array([(stop.x, stop.y) for stop in problem.stops])
        apart = points[:, None, :] - points[None, :, :]
        raw = np.sqrt((apart * apart).sum(axis=2))
    if problem.rule is DistanceRule.TENTHS:
        # ten times 0.3 must not become 2.9999…, yet no true distance is that near to the next
        return np.floor(raw * 10 + 1e-9) / 10
    return np.floor(raw + 0.5) if problem.rule is DistanceRule.WHOLE else raw
