"""What the jobs app tells the others; a job's end is announced to whoever waits for it."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

from collab.events.bus import Touch, declare


@declare
@dataclass(frozen=True, slots=True, kw_only=True)
class JobEnded:
    """A job came to its end: ``state`` is done, failed or cancelled."""

    version: ClassVar[int] = 1

    job_id: str
    kind: str
    state: str

    def touches(self) -> Sequence[Touch]:
        """Return nothing: the job has put its last row into the feed itself."""
        return []
