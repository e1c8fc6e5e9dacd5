"""How good arrival estimates were, by hours before arrival (TR-13)."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from statistics import fmean

from transport.rules.eta_model import Eta

HOURS_OUT = (1.0, 2.0, 4.0, 8.0, 24.0)


@dataclass(frozen=True, slots=True)
class BandAccuracy:
    """Estimates made ``from_hours`` to ``to_hours`` (``None`` = and more) before arrival.

    Errors of P50 in minutes, bias > 0 = the truck came later than told; ``within`` = share of
    arrivals in P10..P90, which should be .80. Figures are ``None`` without estimates.
    """

    from_hours: float
    to_hours: float | None
    count: int
    mean_absolute_min: float | None
    bias_min: float | None
    within: float | None


def accuracy(
    pairs: Iterable[tuple[Eta, datetime]], limits: Sequence[float] = HOURS_OUT
) -> tuple[BandAccuracy, ...]:
    """Return the accuracy per band of (estimate, arrival); a limit belongs to the band below it.

    Estimates made after the arrival are left out. Raises ``ValueError`` unless limits ascend
    from above 0.
    """
    if list(limits) != sorted(set(limits)) or not limits or limits[0] <= 0:
        raise ValueError(f"expected ascending limits > 0, got {list(limits)}")
    bounds: list[tuple[float, float | None]] = [
        *zip([0.0, *limits], [*limits, None], strict=True),
    ]
    bands: list[list[tuple[Eta, datetime]]] = [[] for _each in bounds]
    for eta, arrived in pairs:
        hours = (arrived - eta.ping_at) / timedelta(hours=1)
        if hours >= 0:
            index = next(
                i for i, (_low, high) in enumerate(bounds) if high is None or hours <= high
            )
            bands[index].append((eta, arrived))
    return tuple(_band(*bound, band) for bound, band in zip(bounds, bands, strict=True))


def _band(low: float, high: float | None, pairs: Sequence[tuple[Eta, datetime]]) -> BandAccuracy:
    if not pairs:
        return BandAccuracy(low, high, 0, None, None, None)
    errors = [(arrived - eta.p50) / timedelta(minutes=1) for eta, arrived in pairs]
    return BandAccuracy(
        low,
        high,
        len(pairs),
        fmean(map(abs, errors)),
        fmean(errors),
        fmean(eta.p10 <= arrived <= eta.p90 for eta, arrived in pairs),
    )
