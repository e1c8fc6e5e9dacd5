"""Demand classes by how often and how evenly a part is asked for."""

from enum import StrEnum

import numpy as np
from numpy.typing import NDArray

ADI_LIMIT = 1.32
CV2_LIMIT = 0.49
NEW_BELOW_BUCKETS = 6


class DemandClass(StrEnum):
    """The classes of Syntetos and Boylan, and those that a life cycle adds.

    The class decides display and the cohort of the champion, not the method.
    """

    SMOOTH = "smooth"
    ERRATIC = "erratic"
    INTERMITTENT = "intermittent"
    LUMPY = "lumpy"
    NEW = "new"
    RUN_OUT = "run-out"
    DEAD = "dead"
    WITHDRAWN = "withdrawn"
    NO_DATA = "no-data"


def classify(
    quantity: NDArray[np.float64],
    *,
    silent_buckets: int = 12,
    is_ending: NDArray[np.bool_] | None = None,
    is_withdrawn: NDArray[np.bool_] | None = None,
) -> NDArray[np.str_]:
    """Return the demand class of every series.

    Average demand interval (ADI) = buckets with a value / buckets with demand; CV² =
    squared coefficient of variation of the demands other than zero. A value equal to
    its limit falls into the class below it.

    Parameters
    ----------
    quantity
        Demand per bucket, shape ``(n_series, n_periods)``, >= 0; NaN is missing.
    silent_buckets
        So many last buckets without demand make a series dead, and all missing make
        it withdrawn (12 months, 52 weeks, 90 days), >= 1.
    is_ending, is_withdrawn
        Which series are being phased out, and which nobody can order any more, shape
        ``(n_series,)``; demand alone does not tell, so somebody has to say so.

    Returns
    -------
    ndarray of str
        Values of ``DemandClass``, shape ``(n_series,)``. A series with fewer than six
        buckets since its first value is new.
    """
    has_value = np.isfinite(quantity)
    is_sparse, is_uneven = _pattern(quantity)
    nobody = np.zeros(quantity.shape[0], dtype=bool)
    cases = {
        DemandClass.NO_DATA: ~has_value.any(axis=1),
        DemandClass.WITHDRAWN: (nobody if is_withdrawn is None else is_withdrawn)
        | ~has_value[:, -silent_buckets:].any(axis=1),
        DemandClass.RUN_OUT: nobody if is_ending is None else is_ending,
        DemandClass.NEW: _age(has_value) < NEW_BELOW_BUCKETS,
        DemandClass.DEAD: ~(quantity[:, -silent_buckets:] > 0).any(axis=1),
        DemandClass.LUMPY: is_sparse & is_uneven,
        DemandClass.INTERMITTENT: is_sparse,
        DemandClass.ERRATIC: is_uneven,
    }
    names = [each.value for each in cases]
    return np.select(list(cases.values()), names, default=DemandClass.SMOOTH.value)


def _pattern(quantity: NDArray[np.float64]) -> tuple[NDArray[np.bool_], NDArray[np.bool_]]:
    """Return which series are asked for seldom (ADI) and which unevenly (CV²)."""
    filled = np.nan_to_num(quantity)
    has_demand = filled > 0
    demands = has_demand.sum(axis=1)
    with np.errstate(invalid="ignore", divide="ignore"):
        interval = np.isfinite(quantity).sum(axis=1) / demands
        mean = filled.sum(axis=1) / demands
        deviation = np.where(has_demand, filled - mean[:, None], 0.0)
        variation = (deviation**2).sum(axis=1) / demands / mean**2
    return interval > ADI_LIMIT, variation > CV2_LIMIT


def _age(has_value: NDArray[np.bool_]) -> NDArray[np.intp]:
    """Return the buckets since the first value of each series, 0 where it has none."""
    age: NDArray[np.intp] = has_value.shape[1] - has_value.argmax(axis=1)
    return np.where(has_value.any(axis=1), age, 0)
