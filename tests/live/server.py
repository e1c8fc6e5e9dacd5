"""A real socket server process for tests, and browsers that talk to it."""

import json
import os
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from django.conf import settings
from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
from django.contrib.sessions.backends.db import SessionStore
from websockets.sync.client import ClientConnection, connect

from collab.live.entitlement import ORGANISATION_KEY
from collab.local.folder import unused_port
from collab.organisations.models import Organisation, Person

ROOT = Path(__file__).resolve().parents[2]
START_SECONDS = 30.0


class LiveServer:
    """One granian process with ``collab.asgi``."""

    def __init__(self, process: "subprocess.Popen[bytes]", port: int) -> None:
        self.process = process
        self.port = port

    def connect(
        self,
        session_key: str | None,
        *,
        since: int | None = None,
        origin: str | None = None,
        path: str = "/ws/live/",
    ) -> ClientConnection:
        """Open a socket as a page of ours would, or as the arguments say."""
        query = "" if since is None else f"?since={since}"
        cookie = {} if session_key is None else {
            "Cookie": f"other=1; {settings.SESSION_COOKIE_NAME}={session_key}"
        }  # fmt: skip
        return connect(
            f"ws://127.0.0.1:{self.port}{path}{query}",
            origin=settings.BASE_URL if origin is None else origin or None,  # type: ignore[arg-type]
            additional_headers=cookie,
            proxy=None,
            compression=None,
        )

    def get(self, path: str) -> int:
        """Return the status of a plain request."""
        opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
        try:
            with opener.open(f"http://127.0.0.1:{self.port}{path}", timeout=5) as answer:
                return int(answer.status)
        except urllib.error.HTTPError as error:
            return error.code


@contextmanager
def live_server() -> Iterator[LiveServer]:
    """Run a server on the test's database and Valkey for the length of the block."""
    port = unused_port()
    program = Path(sys.executable).with_name("granian")
    process = subprocess.Popen(
        [program, "--interface", "asgi", "--host", "127.0.0.1", "--port", str(port),
         "--workers", "1", "collab.asgi:application"],
        cwd=ROOT, env=os.environ, start_new_session=True,
    )  # fmt: skip
    server = LiveServer(process, port)
    try:
        _wait_for(server)
        yield server
    finally:
        if process.poll() is None:
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()


def _wait_for(server: LiveServer) -> None:
    deadline = time.monotonic() + START_SECONDS
    while True:
        try:
            if server.get("/health/live") == 200:
                return
        except OSError:
            if time.monotonic() > deadline or server.process.poll() is not None:
                raise
        time.sleep(0.1)


def sign_in(person: Person, organisation: Organisation) -> str:
    """Return the key of a web session in which ``person`` works for ``organisation``."""
    session = SessionStore()
    session[SESSION_KEY] = str(person.pk)
    session[BACKEND_SESSION_KEY] = settings.AUTHENTICATION_BACKENDS[0]
    session[HASH_SESSION_KEY] = person.get_session_auth_hash()
    session[ORGANISATION_KEY] = organisation.pk
    session.create()
    return str(session.session_key)


def frame(socket: ClientConnection, timeout: float = 5.0) -> dict[str, Any]:
    """Return the next frame that is not an idle one."""
    while True:
        found: dict[str, Any] = json.loads(socket.recv(timeout))
        if found["k"] != "idle":
            return found
