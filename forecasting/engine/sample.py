"""The series that teach and judge: all of a small tenant, a fair share of a large one."""

from collections.abc import Sequence
from dataclasses import dataclass
from zlib import crc32

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

MOST_CELLS = 80_000
LEAST_SHARE = 12  # each cohort may take at least a twelfth of the room
SMALL_COHORT = 20
OTHERS = "others"


@dataclass(frozen=True, slots=True, eq=False)
class Sample:
    """Rows of the history that stand for all.

    Attributes
    ----------
    rows
        Their positions, in an order that depends on names and seed alone.
    stands_for
        Series that each stands for, >= 1.
    cohorts
        Names of the cohorts, sorted.
    """

    rows: NDArray[np.intp]
    stands_for: Floats
    cohorts: tuple[str, ...]

    def membership(self, classes: NDArray[np.str_]) -> Floats:
        """Return who belongs to which cohort, shape ``(n_rows, n_cohorts)``, 0 or 1.

        ``classes`` are those of the rows, today or at an earlier origin. A class that is no
        cohort of its own belongs to ``others``, if there are any.
        """
        cohort = np.where(np.isin(classes, self.cohorts), classes, OTHERS)
        mine: Floats = (cohort[:, None] == np.array(self.cohorts, dtype=object)).astype(np.float64)
        return mine


def cohort_names(classes: NDArray[np.str_], unanswered: Sequence[str]) -> NDArray[np.str_]:
    """Return the cohort of every series: its class, ``others`` for classes of fewer than 20.

    A handful of series proves nothing by itself. Empty for the classes ``unanswered``.
    """
    found = np.where(np.isin(classes, unanswered), "", classes)
    for name, size in zip(*np.unique(found, return_counts=True), strict=True):
        if name and size < SMALL_COHORT:
            found = np.where(found == name, OTHERS, found)
    return found


def draw(series: Sequence[str], cohorts: NDArray[np.str_], *, n_periods: int, seed: int) -> Sample:
    """Return at most about 80,000 cells' worth of series, every cohort among them.

    Which ones is decided by the checksum of name and seed, so neither the order of the series
    nor the presence of others in a small tenant changes anything.
    """
    names = tuple(str(name) for name in np.unique(cohorts) if name)
    room = max(MOST_CELLS // n_periods, SMALL_COHORT)
    total = int((cohorts != "").sum())
    chosen, stands_for = [], []
    for name in names:
        rows = np.flatnonzero(cohorts == name)
        quota = max(room * rows.size // max(total, 1), room // LEAST_SHARE, SMALL_COHORT)
        drawn = sorted(rows.tolist(), key=lambda row: _lot(series[row], seed))
        chosen.append(np.array(drawn[:quota], dtype=np.intp))
        stands_for.append(np.full(chosen[-1].size, rows.size / chosen[-1].size))
    rows = np.concatenate([*chosen, np.zeros(0, dtype=np.intp)])
    return Sample(
        rows=rows,
        stands_for=np.concatenate([*stands_for, np.zeros(0)]),
        cohorts=names,
    )


def _lot(name: str, seed: int) -> tuple[int, str]:
    return crc32(f"{seed} {name}".encode()), name
