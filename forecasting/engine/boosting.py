"""Boosted trees as a nightly challenger, where the package lightgbm is installed."""

from importlib.util import find_spec
from typing import Any

import numpy as np
from numpy.typing import NDArray

from forecasting.engine.methods import TOOLBOX, Regressor, Toolbox, combined
from forecasting.engine.regression import LEADS, Training, with_lead

Floats = NDArray[np.float64]

LEARNER = "boosting"
LEAST_SERIES = 500
ROUNDS = 120
PARAMETERS: dict[str, Any] = {
    "objective": "tweedie",
    "tweedie_variance_power": 1.2,
    "learning_rate": 0.05,
    "num_leaves": 31,
    "min_data_in_leaf": 100,
    "feature_fraction": 0.8,
    "bagging_fraction": 0.8,
    "bagging_freq": 1,
    "deterministic": True,
    "force_row_wise": True,
    "num_threads": 1,
    "verbosity": -1,
}


class BoostedTrees:
    """A fitted ensemble that answers like the pooled regression."""

    def __init__(self, booster: Any) -> None:
        """Take a trained ``lightgbm.Booster``."""
        self._booster = booster

    def mean_ahead(self, features: Floats) -> Floats:
        """Return the mean over the whole horizon [units per bucket], shape ``(n_series,)``."""
        found = np.zeros(features.shape[0])
        for lead in range(LEADS):
            rows = with_lead(features, np.full(features.shape[0], lead / LEADS))
            found += np.asarray(self._booster.predict(rows, num_threads=1))
        return np.maximum(found / LEADS, 0.0)


def is_available() -> bool:
    """Return whether the optional package is installed."""
    return find_spec("lightgbm") is not None


def boosting_toolbox(n_series: int, *, seed: int = 1) -> Toolbox:
    """Return the toolbox with boosted trees beside the regression.

    Without the package, or for fewer than 500 series, the toolbox as it is: trees learn nothing
    from a few.
    """
    if n_series < LEAST_SERIES or not is_available():
        return TOOLBOX

    def learn(training: Training, before: Regressor | None) -> BoostedTrees | None:
        return fit_trees(training, seed=seed)

    methods = {**TOOLBOX.methods, "boosting+ma12": combined(LEARNER)}
    return Toolbox(methods, {**TOOLBOX.learners, LEARNER: learn})


def fit_trees(training: Training, *, seed: int) -> BoostedTrees | None:
    """Return trees for the same rows the regression learns from; None without any demand."""
    import lightgbm  # type: ignore[import-not-found]

    if not (training.target * training.weight).sum() > 0:
        return None
    rows = lightgbm.Dataset(training.features, training.target, weight=training.weight)
    parameters = {**PARAMETERS, "seed": seed}
    return BoostedTrees(lightgbm.train(parameters, rows, num_boost_round=ROUNDS))
