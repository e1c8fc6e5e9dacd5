"""One reader that stops reading costs the process no memory, and the others no frame."""

import socket as sockets
import subprocess
from pathlib import Path

import pytest
from django.conf import settings

from collab.live import feed
from collab.organisations.context import acting_for
from tests.harness.cast import Cast, found_person
from tests.live.server import LiveServer, frame, live_server, sign_in

WARM_UP, FRAMES, BATCH, FRAME_KB = 400, 1_600, 40, 30
# Of 48,000 kB offered after the warm-up. An allocator that settles costs some megabytes more on
# some machines; a process that keeps the frames of a reader who does not read costs all of it.
MOST_KB = 16 * 1024


def memory_kb(server: LiveServer) -> int:
    """Return the resident memory of the server's worker processes [kB]."""
    found = subprocess.run(
        ["ps", "-o", "rss=", "--ppid", str(server.process.pid)],
        check=True,
        capture_output=True,
        text=True,
    )
    return sum(int(line) for line in found.stdout.split())


@pytest.mark.committed
@pytest.mark.skipif(not Path("/proc/self").exists(), reason="memory is read as on Linux")
def test_a_stalled_reader_is_cut_off_and_the_others_go_on(cast: Cast) -> None:
    key = sign_in(found_person(cast.avalon), cast.avalon)
    request = (
        "GET /ws/live/ HTTP/1.1\r\nHost: test\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
        "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n"
        f"Origin: {settings.BASE_URL}\r\nCookie: {settings.SESSION_COOKIE_NAME}={key}\r\n\r\n"
    )
    body = {"t": "test", "k": "data", "data": {"x": "y" * FRAME_KB * 1000}}

    def deliver(first: int, last: int) -> None:
        for start in range(first, last, BATCH):
            with acting_for(cast.avalon):
                feed.append("test", [{"en": body, "de": body}] * BATCH)
            numbers = [frame(reader)["s"] for _ in range(BATCH)]
            assert numbers == list(range(start, start + BATCH))

    with live_server() as server, server.connect(key) as reader:
        assert frame(reader)["k"] == "hello"
        deliver(1, WARM_UP)
        with sockets.create_connection(("127.0.0.1", server.port)) as stalled:
            stalled.setsockopt(sockets.SOL_SOCKET, sockets.SO_RCVBUF, 4096)
            stalled.sendall(request.encode())
            assert b" 101 " in stalled.recv(64)
            before = memory_kb(server)
            deliver(WARM_UP + 1, WARM_UP + FRAMES)
            assert memory_kb(server) - before < MOST_KB
