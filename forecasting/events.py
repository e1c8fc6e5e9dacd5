"""What the forecasting app tells the others."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

from collab.events.bus import Touch, declare


@declare
@dataclass(frozen=True, slots=True, kw_only=True)
class DemandForecast:
    """The daily demand of some parts from one supplier changed.

    ``change_id`` is unique to this change; ``series_ids`` are at most 200 demand series.
    """

    version: ClassVar[int] = 1
    change_id: str
    supplier_id: int
    series_ids: list[str]
    run_id: str = ""

    def touches(self) -> Sequence[Touch]:
        """Return nothing: screens show coverage, which follows with its own event."""
        return ()
