"""How long a search may go on: a wall clock, a number of iterations, or both."""

import time
from collections.abc import Callable


class Budget:
    """A deadline and a most number of iterations, counted here.

    With iterations alone the same input and seed give the same answer; the deadline then only
    guards. ``seconds`` is the wall time given, ``fraction`` the spent share of the budget.
    """

    def __init__(
        self,
        seconds: float,
        iterations: int | None = None,
        *,
        started: float | None = None,
        clock: Callable[[], float] = time.perf_counter,
    ) -> None:
        self._clock = clock
        self._started = clock() if started is None else started
        self.seconds = max(seconds, 1e-9)
        self._iterations = iterations
        self._whole: Budget | None = None
        self._is_stopped = False
        self.done = 0

    def spent(self) -> bool:
        """Tell whether no more may be done; count one more iteration otherwise."""
        if self.fraction() >= 1:
            return True
        self._count()
        return False

    def fraction(self) -> float:
        """Return the spent share of the budget."""
        if self._is_stopped or (self._whole is not None and self._whole._is_stopped):
            return 1.0
        elapsed = (self._clock() - self._started) / self.seconds
        if self._iterations is None or elapsed >= 1:
            return elapsed
        return self.done / self._iterations if self._iterations else 1.0

    def seconds_left(self) -> float:
        """Return the wall seconds until the deadline, never below 0."""
        return max(0.0, self._started + self.seconds - self._clock())

    def share(self, part: float) -> "Budget":
        """Return a budget of ``part`` of this one, at most what is left, which it uses up."""
        left = None
        if self._iterations is not None:
            left = max(0, min(self._iterations - self.done, int(self._iterations * part) + 1))
        seconds = self.seconds * part if left is None else self.seconds
        share = Budget(min(self.seconds_left(), seconds), left, clock=self._clock)
        share._whole = self
        return share

    def stop(self) -> None:
        """End this budget and those shared out of it at once."""
        self._is_stopped = True

    def _count(self) -> None:
        self.done += 1
        if self._whole is not None:
            self._whole._count()

    @property
    def is_counted(self) -> bool:
        """True where iterations, not seconds, end the search."""
        return self._iterations is not None
