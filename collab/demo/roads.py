"""How a simulated truck gets along: breaks and rests by the rules, a straight line on the map."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from transport.services.distances import way

LEAST_MINUTES = 90.0
SPELL, BREAK, DAY, REST = 270.0, 45.0, 540.0, 660.0
_CYCLE = DAY + BREAK + REST
"""Minutes at the wheel before a break, of the break, at the wheel a day, of the daily rest."""


@dataclass(frozen=True, slots=True)
class Road:
    """A way of ``minutes`` at the wheel between two points [degrees]."""

    minutes: float
    km: float
    start: tuple[float, float]
    end: tuple[float, float]

    @property
    def speed_kmh(self) -> float:
        """Mean speed at the wheel."""
        return self.km / self.minutes * 60

    def share_at(self, elapsed: float) -> float:
        """Return the share of the way done ``elapsed`` minutes after leaving, breaks included."""
        days, rest = divmod(elapsed, _CYCLE)
        driven = days * DAY + min(rest, SPELL)
        driven += min(max(0.0, rest - SPELL - BREAK), DAY - SPELL)
        return min(1.0, driven / self.minutes)

    def elapsed(self, share: float) -> float:
        """Return after how many minutes ``share`` of the way is done: ``share_at`` turned round."""
        days, driven = divmod(share * self.minutes, DAY)
        return days * _CYCLE + driven + (BREAK if driven > SPELL else 0.0)

    def at(self, share: float) -> tuple[float, float]:
        """Return the place [degrees] after a share of the way."""
        return (
            self.start[0] + (self.end[0] - self.start[0]) * share,
            self.start[1] + (self.end[1] - self.start[1]) * share,
        )


def way_of(origin: Mapping[str, Any], target: Mapping[str, Any]) -> Road:
    """Return the way between two places as the acting organisation knows it."""
    hop = way(dict(origin), dict(target))
    return Road(
        minutes=hop.minutes,
        km=hop.km,
        start=(origin["latitude"], origin["longitude"]),
        end=(target["latitude"], target["longitude"]),
    )
