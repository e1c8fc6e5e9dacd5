"""When a message is tried again: ten tries over about 75 hours."""

from datetime import timedelta
from typing import Final

PAUSES: Final = (
    timedelta(0),
    timedelta(seconds=5),
    timedelta(minutes=5),
    timedelta(minutes=30),
    timedelta(hours=2),
    timedelta(hours=5),
    timedelta(hours=10),
    timedelta(hours=14),
    timedelta(hours=20),
    timedelta(hours=24),
)
"""Before each try."""
SPREAD: Final = 0.1
LONGEST_WISH: Final = timedelta(hours=24)


def pause_before(
    number: int, *, chance: float, wished: timedelta | None = None
) -> timedelta | None:
    """Return the pause before try ``number``, from 1; ``None`` after the last one.

    ``chance`` from 0 to 1 spreads the tries by up to 10 %. A receiver's wish (Retry-After) of at
    most 24 hours makes a pause longer, never shorter.
    """
    if number > len(PAUSES):
        return None
    usual = PAUSES[number - 1] * (1 + SPREAD * chance)
    return max(usual, min(wished, LONGEST_WISH)) if wished is not None else usual
