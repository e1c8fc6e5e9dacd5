"""Many sockets in one process, as cheap as can be: it must not be what limits the server.

``python -m benchmarks.live_client <port> <sockets> <groups>`` opens them, prints ``ready``,
reads frames until a line comes in on standard input, then prints its figures as JSON. Latency is
from the ``at`` of a frame (ns since the epoch, same machine) to its arrival here. The handshake is
made by the ``websockets`` package's protocol object, frames are cut out by hand.
"""

import asyncio
import json
import struct
import sys
import time
from array import array

from websockets.client import ClientProtocol
from websockets.uri import parse_uri

AT = b'"at":'
AT_ONCE = 50


class Figures:
    """What all sockets of the process have seen."""

    def __init__(self) -> None:
        self.latencies_ns = array("q")
        self.first_ns = 0
        self.last_ns = 0
        self.closed = 0
        self.resyncs = 0

    def note(self, frame: bytes) -> None:
        """Take one frame."""
        place = frame.find(AT)
        if place < 0:
            self.resyncs += b'"resync"' in frame
            return
        now = time.time_ns()
        sent = int(frame[place + len(AT) : frame.index(b",", place)])
        self.latencies_ns.append(now - sent)
        self.first_ns = self.first_ns or now
        self.last_ns = now

    def summary(self) -> dict[str, float | int]:
        """Return count, rate [1/s] and percentiles [ms]."""
        ranked = sorted(self.latencies_ns)
        seconds = max(1, self.last_ns - self.first_ns) / 1e9
        return {
            "delivered": len(ranked),
            "delivered_per_s": round(len(ranked) / seconds),
            "p50_ms": _percentile_ms(ranked, 0.50),
            "p99_ms": _percentile_ms(ranked, 0.99),
            "closed": self.closed,
            "resyncs": self.resyncs,
        }


def _percentile_ms(ranked_ns: list[int], share: float) -> float:
    """Return a percentile of sorted latencies; -1 if there are none."""
    if not ranked_ns:
        return -1.0
    return round(ranked_ns[min(len(ranked_ns) - 1, int(share * len(ranked_ns)))] / 1e6, 2)


class Client(asyncio.Protocol):
    """One socket."""

    def __init__(self, url: str, figures: Figures) -> None:
        self.opened: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._handshake = ClientProtocol(parse_uri(url))
        self._figures = figures
        self._buffer = b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Ask for the upgrade."""
        if isinstance(transport, asyncio.Transport):
            self._handshake.send_request(self._handshake.connect())
            for data in self._handshake.data_to_send():
                transport.write(data)

    def data_received(self, data: bytes) -> None:
        """Cut out whole frames."""
        self._buffer += data
        if not self.opened.done():
            head, end, rest = self._buffer.partition(b"\r\n\r\n")
            if not end:
                return
            if b" 101 " not in head.split(b"\r\n", 1)[0]:
                self.opened.set_exception(ConnectionError(head.decode(errors="replace")))
                return
            self._buffer = rest
            self.opened.set_result(None)
        buffer, place = self._buffer, 0
        while (found := _frame(buffer, place)) is not None:
            start, place = found
            self._figures.note(buffer[start:place])
        self._buffer = buffer[place:]

    def connection_lost(self, exc: Exception | None) -> None:
        """Count it."""
        self._figures.closed += 1
        if not self.opened.done():
            self.opened.set_exception(ConnectionError("closed during the handshake"))


def _frame(buffer: bytes, place: int) -> tuple[int, int] | None:
    """Return start and end of the payload of the frame at ``place``, if it is complete."""
    if len(buffer) < place + 2:
        return None
    length, start = buffer[place + 1] & 0x7F, place + 2
    if length == 126:
        if len(buffer) < place + 4:
            return None
        length, start = struct.unpack_from("!H", buffer, place + 2)[0], place + 4
    elif length == 127:
        if len(buffer) < place + 10:
            return None
        length, start = struct.unpack_from("!Q", buffer, place + 2)[0], place + 10
    end = start + length
    return (start, end) if len(buffer) >= end else None


async def main(port: int, sockets: int, groups: int) -> None:
    """Open all sockets, wait for the order to stop, print the figures."""
    loop, figures = asyncio.get_running_loop(), Figures()

    async def open_one(number: int) -> None:
        url = f"ws://127.0.0.1:{port}/?group={number % groups}"
        _, client = await loop.create_connection(lambda: Client(url, figures), "127.0.0.1", port)
        await asyncio.wait_for(client.opened, 30)

    for first in range(0, sockets, AT_ONCE):
        await asyncio.gather(*(open_one(n) for n in range(first, min(first + AT_ONCE, sockets))))
    print("ready", flush=True)
    await loop.run_in_executor(None, sys.stdin.readline)
    print(json.dumps(figures.summary()), flush=True)


if __name__ == "__main__":
    asyncio.run(main(*(int(word) for word in sys.argv[1:4])))
