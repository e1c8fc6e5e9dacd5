"""Quantiles of counts that scatter more than a Poisson, for whole matrices at once."""

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

COUNTED_TO = 512
SHAPE_FOR_CUBE_ROOT = 30.0


def negative_binomial_quantiles(mean: Floats, dispersion: Floats, levels: Floats) -> Floats:
    """Return the quantiles of counts with variance mean + dispersion x mean².

    Where six deviations above the mean are at most 512 counts, the probabilities are summed one
    by one. Beyond, where a count is little, a gamma with the same mean and variance stands in,
    rounded to whole counts.

    Parameters
    ----------
    mean, dispersion
        Any common shape; mean >= 0 and finite, dispersion > 0.
    levels
        Shape ``(n_levels,)``, ascending in (0, 1).

    Returns
    -------
    ndarray
        Shape ``(*mean.shape, n_levels)``, whole numbers >= 0, never falling from level to
        level; zeros where the mean is zero.
    """
    flat, phi = mean.ravel(), np.broadcast_to(dispersion, mean.shape).ravel()
    found = np.zeros((flat.size, levels.size))
    asked = np.flatnonzero(flat > 0)
    if asked.size and levels.size:
        bounds, is_counted = _counted(flat[asked], phi[asked], levels)
        found[asked] = bounds
        large = asked[~is_counted]
        if large.size:
            found[large] = _of_gamma(flat[large], phi[large], levels)
    rising: Floats = np.maximum.accumulate(found, axis=1)
    return rising.reshape((*mean.shape, levels.size))


def _counted(mean: Floats, phi: Floats, levels: Floats) -> tuple[Floats, NDArray[np.bool_]]:
    """Return the quantiles found by counting up, and for which rows the count was enough."""
    bounds = np.zeros((mean.size, levels.size))
    # one-sided Chebyshev: the highest level lies below, except for the most skewed
    top = levels[-1]
    spread = np.sqrt(mean + phi * mean**2) * min(np.sqrt(top / (1 - top)), 6.0)
    is_counted = mean + spread <= COUNTED_TO
    rows = np.flatnonzero(is_counted)
    size = 1.0 / phi[rows]
    # log1p keeps a tiny dispersion, that is a Poisson, exact
    chance = np.exp(-size * np.log1p(phi[rows] * mean[rows]))
    ratio = mean[rows] / (size + mean[rows])
    below = chance.copy()
    for count in range(4 * COUNTED_TO):
        short = below[:, None] < levels
        bounds[rows] += short
        unfinished = short[:, -1]
        if not unfinished.any():
            break
        if unfinished.sum() < 0.7 * rows.size:
            rows, size, ratio = rows[unfinished], size[unfinished], ratio[unfinished]
            chance, below = chance[unfinished], below[unfinished]
        chance = chance * ratio * ((count + size) / (count + 1))
        below = below + chance
    else:
        is_counted[rows[below < levels[-1]]] = False
    return bounds, is_counted


def _of_gamma(mean: Floats, phi: Floats, levels: Floats) -> Floats:
    """Return rounded gamma quantiles; the cube root of Wilson and Hilferty where it is close."""
    from scipy import special  # costs a while to import: only who needs it pays for it

    shape = mean / (1 + phi * mean)
    normal = special.ndtri(levels)
    share = 1.0 / (9.0 * shape[:, None])
    factor = np.maximum(1.0 - share + normal * np.sqrt(share), 0.0) ** 3
    skewed = shape < SHAPE_FOR_CUBE_ROOT
    if skewed.any():
        factor[skewed] = special.gammaincinv(shape[skewed, None], levels) / shape[skewed, None]
    whole: Floats = np.rint(mean[:, None] * factor)
    return whole
