"""How long a search may go on: by wall time, by sweeps, or until nobody wants it any more."""

import time
from collections.abc import Callable
from dataclasses import dataclass, field

REPORT_EVERY = 1.0  # seconds


@dataclass(frozen=True, slots=True)
class Progress:
    """Cost of the best placement so far and what none can be below [money a period]."""

    cost: float
    bound: float
    seconds: float


Listener = Callable[[Progress], bool]


@dataclass(slots=True)
class Budget:
    """Wall seconds and sweeps of messages; a listener is told at most once a second.

    The listener returns whether to go on.
    """

    seconds: float
    sweeps: int | None = None
    listener: Listener | None = None
    started: float = field(default_factory=time.perf_counter)
    _told: float = 0.0
    _stopped: bool = False

    def part(self, share: float, told: Callable[[Progress], Progress]) -> "Budget":
        """Return a budget for a share of the time left, whose progress is ``told`` as another.

        Sweeps are not shared out: a smaller chain has smaller ones.
        """
        left = max(0.0, (self.seconds - self.spent()) * share)
        outer = self.listener
        inner: Listener | None = None if outer is None else lambda found: outer(told(found))
        return Budget(seconds=left, sweeps=self.sweeps, listener=inner)

    def spent(self) -> float:
        """Return the seconds since the start."""
        return time.perf_counter() - self.started

    def is_over(self) -> bool:
        """Return whether to stop now."""
        out_of_sweeps = self.sweeps is not None and self.sweeps <= 0
        return self._stopped or out_of_sweeps or self.spent() >= self.seconds

    def sweep(self) -> None:
        """Count one sweep."""
        if self.sweeps is not None:
            self.sweeps -= 1

    def tell(self, cost: float, bound: float) -> None:
        """Tell the listener, unless it heard something within the second."""
        now = self.spent()
        if self.listener is None or now - self._told < REPORT_EVERY:
            return
        self._told = now
        self._stopped = not self.listener(Progress(cost=cost, bound=bound, seconds=now))
