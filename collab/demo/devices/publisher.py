"""The sending half of an MQTT 5 client, small enough to have thousands of them in one loop.

Source: MQTT 5.0. It signs in, publishes with QoS 0 or 1, waits for acknowledgements and hears
commands; it keeps no state beyond its connection.
"""

import asyncio
import contextlib
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Final

_CONNECT, _CONNACK, _PUBLISH, _PUBACK, _SUBSCRIBE, _DISCONNECT = 0x10, 2, 3, 4, 0x82, 0xE0
_FAILURE: Final = 0x80
_LARGEST_NUMBER: Final = 0xFFFF
MOST_IN_FLIGHT: Final = 20


class Refused(ConnectionError):
    """The broker did not let us in, or refused a message; the message has its reason code."""


@dataclass(slots=True)
class Publisher:
    """One connection of one device."""

    username: str
    password: str
    will: tuple[str, bytes] | None = None
    hear: Callable[[bytes], None] | None = None
    acknowledged: int = 0
    _writer: asyncio.StreamWriter | None = None
    _listener: "asyncio.Task[None] | None" = None
    _number: int = 0
    _open: dict[int, "asyncio.Future[int]"] = field(default_factory=dict)

    async def connect(self, host: str, port: int) -> None:
        """Sign in.

        Raises
        ------
        Refused
            If the broker does not know the account.
        OSError
            If there is no broker.
        """
        reader, self._writer = await asyncio.open_connection(host, port)
        flags = 0xC2 | (0x0C if self.will else 0)
        body = _text("MQTT") + bytes([5, flags, 0, 60, 0]) + _text(f"sim-{self.username}")
        if self.will is not None:
            topic, payload = self.will
            body += b"\x00" + _text(topic) + len(payload).to_bytes(2, "big") + payload
        self._send(_CONNECT, body + _text(self.username) + _text(self.password))
        kind, answer = await _packet(reader)
        if kind >> 4 != _CONNACK or answer[1] >= _FAILURE:
            self._writer.close()
            raise Refused(f"expected to be let in, got reason code {answer[1]}")
        self._listener = asyncio.create_task(self._listen(reader))

    def subscribe(self, topic: str) -> None:
        """Ask for the messages of a topic; they go to ``hear``."""
        self._send(_SUBSCRIBE, self._next().to_bytes(2, "big") + b"\x00" + _text(topic) + b"\x00")

    async def publish(self, topic: str, payload: bytes, *, qos: int = 1) -> None:
        """Publish; with QoS 1 return at once unless `MOST_IN_FLIGHT` wait for their answer."""
        body = _text(topic)
        if qos:
            while len(self._open) >= MOST_IN_FLIGHT:
                await asyncio.wait(self._open.values(), return_when=asyncio.FIRST_COMPLETED)
            number = self._next()
            self._open[number] = asyncio.get_running_loop().create_future()
            body += number.to_bytes(2, "big")
        self._send(_PUBLISH << 4 | qos << 1, body + b"\x00" + payload)
        if self._writer is not None:
            await self._writer.drain()

    async def settle(self) -> None:
        """Wait until everything published with QoS 1 is acknowledged."""
        while self._open:
            await asyncio.wait(self._open.values())

    async def close(self) -> None:
        """Say goodbye, so that the last will is not executed."""
        if self._writer is None:
            return
        with contextlib.suppress(OSError):
            self._send(_DISCONNECT, b"")
            await self._writer.drain()
        if self._listener is not None:
            self._listener.cancel()
        self._writer.close()

    async def _listen(self, reader: asyncio.StreamReader) -> None:
        lost = ConnectionError("the broker closed the connection")
        try:
            while True:
                kind, body = await _packet(reader)
                if kind >> 4 == _PUBACK:
                    self._acknowledge(body)
                elif kind >> 4 == _PUBLISH and self.hear is not None:
                    self.hear(body)
        except (asyncio.IncompleteReadError, OSError):
            for each in self._open.values():
                each.set_exception(lost)
            self._open.clear()

    def _acknowledge(self, body: bytes) -> None:
        waiting = self._open.pop(int.from_bytes(body[:2], "big"), None)
        if waiting is not None:
            self.acknowledged += 1
            waiting.set_result(body[2] if len(body) > 2 else 0)

    def _next(self) -> int:
        self._number = self._number % _LARGEST_NUMBER + 1
        return self._number

    def _send(self, first: int, body: bytes) -> None:
        if self._writer is None or self._writer.is_closing():
            raise ConnectionError("expected a connection to the broker")
        self._writer.write(bytes([first]) + _length(len(body)) + body)


async def _packet(reader: asyncio.StreamReader) -> tuple[int, bytes]:
    first = (await reader.readexactly(1))[0]
    size, shift = 0, 0
    while True:
        byte = (await reader.readexactly(1))[0]
        size |= (byte & 0x7F) << shift
        shift += 7
        if byte < 0x80:
            return first, await reader.readexactly(size)


def _text(value: str) -> bytes:
    raw = value.encode()
    return len(raw).to_bytes(2, "big") + raw


def _length(size: int) -> bytes:
    out = bytearray()
    while size > 0x7F:
        out.append(size & 0x7F | 0x80)
        size >>= 7
    out.append(size)
    return bytes(out)
