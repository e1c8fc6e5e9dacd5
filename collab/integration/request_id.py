"""The number of a request: taken from the caller or made here, in every answer and log line."""

import logging
import re
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any

from uuid_utils.compat import uuid7

_request_id: ContextVar[str] = ContextVar("request_id", default="-")
_ACCEPTED = re.compile(r"[A-Za-z0-9._-]{8,64}")


def current_request_id() -> str:
    """Return the number of the running request; ``-`` outside of one."""
    return _request_id.get()


@contextmanager
def numbered(proposed: str | None) -> Iterator[str]:
    """Number the block: by what the caller proposed if that is safe to repeat, else anew."""
    number = proposed if proposed and _ACCEPTED.fullmatch(proposed) else str(uuid7())
    token = _request_id.set(number)
    try:
        yield number
    finally:
        _request_id.reset(token)


def number_log_records() -> None:
    """Give every log record a ``request_id``, so that any formatter may print it."""
    make = logging.getLogRecordFactory()
    if getattr(make, "numbers_requests", False):
        return

    def make_numbered(*args: Any, **kwargs: Any) -> logging.LogRecord:
        record = make(*args, **kwargs)
        record.request_id = current_request_id()
        return record

    make_numbered.numbers_requests = True  # type: ignore[attr-defined]
    logging.setLogRecordFactory(make_numbered)
