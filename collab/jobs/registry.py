"""Which function does a job of which kind; the areas register theirs when Django starts."""

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collab.jobs.run import JobRun

Handler = Callable[["JobRun"], dict[str, Any] | None]

_handlers: dict[str, Handler] = {}


def register(kind: str, handler: Handler) -> None:
    """Have ``handler`` do the jobs of ``kind``; called from an app's ``ready``.

    The handler runs outside ``acting_for``. What it returns is kept as the job's result, unless
    it has called ``JobRun.finish`` itself.
    """
    if kind in _handlers and _handlers[kind] is not handler:
        raise ValueError(f"expected one handler for jobs of kind {kind}, got a second")
    _handlers[kind] = handler


def handler_of(kind: str) -> Handler:
    """Return the function for ``kind``; raise ``LookupError`` for an unknown one."""
    if kind not in _handlers:
        raise LookupError(f"expected a kind of job among {sorted(_handlers)}, got {kind!r}")
    return _handlers[kind]


def kinds() -> list[str]:
    """Return all known kinds of jobs."""
    return sorted(_handlers)
