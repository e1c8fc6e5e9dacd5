"""In what unit a series is counted: pieces, boxes of six, tenths of a kilogram."""

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

DECIMALS = 6
TOLERANCE = 1e-6
DEMANDS_FOR_A_LOT = 5


def counting_units(quantity: Floats) -> Floats:
    """Return the unit in which each series comes as whole numbers, shape ``(n_series,)``, > 0.

    The greatest common divisor of the demands where at least five are known to share one
    above 1; otherwise 1 for whole numbers, and for others the power of ten from 0.1 to
    0.000001 that makes them whole (the last also where none does).

    Parameters
    ----------
    quantity
        Shape ``(n_series, n_periods)``, in [0, 1e12], NaN is missing.
    """
    filled = np.nan_to_num(quantity)
    unit = np.ones(quantity.shape[0])
    pending = _is_broken(filled, unit)
    for digits in range(1, DECIMALS + 1):
        if not pending.any():
            break
        unit[pending] = 10.0**-digits
        pending[pending] = _is_broken(filled[pending], unit[pending])
    counts = np.rint(filled / unit[:, None]).astype(np.int64)
    divisor = np.gcd.reduce(counts, axis=1)
    is_lot = ((counts > 0).sum(axis=1) >= DEMANDS_FOR_A_LOT) & (divisor > 1)
    whole: Floats = np.where(is_lot, unit * divisor, unit)
    return whole


def _is_broken(filled: Floats, unit: Floats) -> NDArray[np.bool_]:
    """Return which series have a value that is no multiple of their unit."""
    counts = filled / unit[:, None]
    off: NDArray[np.bool_] = np.abs(counts - np.rint(counts)) > TOLERANCE + 1e-12 * counts
    broken: NDArray[np.bool_] = np.any(off, axis=1)
    return broken
