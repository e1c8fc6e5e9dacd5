"""One try to deliver: a POST to an address that was checked, within 20 s, no redirects."""

import http.client
import socket
import ssl
import threading
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import Final

from collab.integration.webhooks.addresses import ForbiddenAddress, Target, resolve

CONNECT_S: Final = 5.0
WHOLE_S: Final = 20.0


@dataclass(frozen=True, slots=True)
class Answer:
    """What a receiver said: its status, 0 for none, why, and how long it wants to be left alone."""

    status: int
    note: str = ""
    wished: timedelta | None = None

    @property
    def is_delivered(self) -> bool:
        """Whether the message has arrived."""
        return 200 <= self.status < 300

    @property
    def is_gone(self) -> bool:
        """Whether the receiver wants nothing any more."""
        return self.status == 410


def post(url: str, headers: Mapping[str, str], body: bytes) -> Answer:
    """Send ``body`` and return the answer; nothing of the receiver's reply but its head is read."""
    try:
        target = resolve(url)
        return _exchange(target, headers, body)
    except ForbiddenAddress as refused:
        return Answer(0, str(refused)[:200])
    except (OSError, http.client.HTTPException) as error:
        return Answer(0, f"{type(error).__name__}: {error}"[:200])


def _exchange(target: Target, headers: Mapping[str, str], body: bytes) -> Answer:
    connection = _Pinned(target)
    deadline = threading.Timer(WHOLE_S, connection.cut)
    deadline.daemon = True
    deadline.start()
    try:
        connection.request("POST", target.path, body, dict(headers))
        response = connection.getresponse()
        note = response.reason[:200] if response.status >= 300 else ""
        return Answer(response.status, note, _wish(response))
    finally:
        deadline.cancel()
        connection.close()


class _Pinned(http.client.HTTPSConnection):
    """Connects to the address that was checked, and holds its certificate to the name asked for."""

    def __init__(self, target: Target) -> None:
        super().__init__(
            target.host, target.port, timeout=CONNECT_S, context=ssl.create_default_context()
        )
        self._target = target

    def connect(self) -> None:
        """Open the connection; nobody looks the name up again."""
        plain = socket.create_connection((self._target.address, self._target.port), CONNECT_S)
        plain.settimeout(WHOLE_S)
        context: ssl.SSLContext = self._context  # type: ignore[attr-defined]
        self.sock = context.wrap_socket(plain, server_hostname=self._target.host)

    def cut(self) -> None:
        """End whatever is going on: a receiver that sends a byte now and then is too slow."""
        with suppress(OSError):  # it may have ended by itself meanwhile
            if self.sock is not None:
                self.sock.shutdown(socket.SHUT_RDWR)


def _wish(response: http.client.HTTPResponse) -> timedelta | None:
    """Return what Retry-After of a 429 or 503 asks for, in seconds or as a date."""
    text = (response.getheader("Retry-After") or "").strip()
    if response.status not in {429, 503} or not text:
        return None
    if text.isascii() and text.isdecimal():
        return timedelta(seconds=min(int(text[:9]), 10**8))
    try:
        at = parsedate_to_datetime(text)
    except ValueError:
        return None
    return at.astimezone(UTC) - datetime.now(UTC) if at.tzinfo is not None else None
