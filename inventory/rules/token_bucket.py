"""Token bucket: so many at once, and so many more every minute.

The classic rule: a bucket holds at most ``burst`` tokens, fills at a steady rate, and what finds no
token is not taken.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Final

RELEASED_AT: Final = 0.5
"""Share of the burst from which a throttled sender counts as calm again: no flicker below it."""


@dataclass(frozen=True, slots=True)
class Bucket:
    """What was left at an instant, by the receiver's clock."""

    tokens: float
    at: datetime
    is_throttled: bool = False


def take(
    bucket: Bucket, wanted: int, *, at: datetime, per_minute: int, burst: int
) -> tuple[Bucket, int]:
    """Return the bucket after taking what there is of ``wanted``, and how many were granted.

    A clock that went back fills nothing. Raises ``ValueError`` for a negative ``wanted``.
    """
    if wanted < 0:
        raise ValueError(f"expected at least 0 tokens to take, got {wanted}")
    minutes = max((at - bucket.at).total_seconds(), 0.0) / 60
    filled = min(bucket.tokens + minutes * per_minute, float(burst))
    granted = min(wanted, int(filled))
    left = filled - granted
    is_calm = granted == wanted and (not bucket.is_throttled or left >= burst * RELEASED_AT)
    return Bucket(left, max(at, bucket.at), not is_calm), granted
