"""Everything served for real: web, live, worker and relay processes, the demo network, Chromium."""

import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, sync_playwright

from collab.local.commands import Figures
from tests.harness.servers import ROOT, RUNNING, fresh_database

BROWSER_FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


@dataclass(frozen=True, slots=True)
class Served:
    """A running installation with the demo network."""

    url: str
    logins: dict[str, tuple[str, str]]  # organisation → e-mail, password
    keys: dict[str, str]  # organisation → API key
    environment: dict[str, str]

    def call(self, method: str, path: str, organisation: str, body: Any = None) -> Any:
        """Call the REST interface with the organisation's key; return the decoded answer."""
        request = urllib.request.Request(
            f"{self.url}{path}",
            method=method,
            data=None if body is None else json.dumps(body).encode(),
            headers={
                "Authorization": f"Bearer {self.keys[organisation]}",
                "Content-Type": "application/json",
                "Idempotency-Key": os.urandom(8).hex(),
            },
        )
        with urllib.request.urlopen(request, timeout=20) as answer:
            return json.loads(answer.read() or b"null")


@pytest.fixture(scope="session")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """Serve a fresh demo network on free ports; every process is ended afterwards."""
    folder = tmp_path_factory.mktemp("served")
    web_port, live_port = _free_port(), _free_port()
    url = f"http://127.0.0.1:{web_port}"
    database = f"collab_journeys_{os.getpid()}"
    environment = {
        **os.environ,
        **fresh_database(database),
        "COLLAB_ENV": "local",
        "COLLAB_SECRET_KEY": "journeys-only-secret-key-of-enough-length",
        "COLLAB_BASE_URL": url,
        "COLLAB_LIVE_URL": f"ws://127.0.0.1:{live_port}/ws/live/",
        "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}",
    }
    environment.pop("DATABASE_OWNER_URL")
    environment.pop("DJANGO_SETTINGS_MODULE", None)
    loaded = subprocess.run(
        [sys.executable, "manage.py", "load_demo", "--json"],
        cwd=ROOT,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert loaded.returncode == 0, loaded.stderr
    demo = json.loads(loaded.stdout.strip().splitlines()[-1])
    figures = Figures(
        host="127.0.0.1",
        web_port=web_port,
        live_port=live_port,
        scratch=str(folder),
        web_workers=1,
        tasks=1,
    )
    with ExitStack() as stack:
        stack.callback(RUNNING[0].drop_database, database)
        for name in ("web", "live", "worker", "relay"):
            log = stack.enter_context((folder / f"{name}.log").open("w"))
            process = subprocess.Popen(
                figures.command(name),
                cwd=ROOT,
                env=environment,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
            stack.callback(_end, process)
        _await(f"{url}/health/ready", folder)
        _await(f"http://127.0.0.1:{live_port}/health/live", folder)
        running = Served(
            url=url,
            logins={
                each["organisation"]: (each["email"], each["password"])
                for each in reversed(demo["logins"])
            },
            keys=demo["api_keys"],
            environment=environment,
        )
        _await_first_forecasts(running)
        yield running


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """Debian's Chromium, headless."""
    executable = shutil.which("chromium") or shutil.which("chromium-browser")
    assert executable, "expected Chromium on PATH; `make browser` installs it"
    with sync_playwright() as playwright:
        running = playwright.chromium.launch(executable_path=executable, args=BROWSER_FLAGS)
        yield running
        running.close()


SignIn = Callable[..., Page]


@pytest.fixture
def sign_in(served: Served, browser: Browser) -> Iterator[SignIn]:
    """Return a function that signs an organisation's first person in and returns the page.

    Console errors, CSP violations and requests to anywhere else fail the test at its end.
    """
    complaints: list[str] = []
    contexts = []

    def enter(organisation: str, **options: Any) -> Page:
        context = browser.new_context(
            **{"viewport": {"width": 1440, "height": 900}, "locale": "en-GB", **options}
        )
        contexts.append(context)
        page = context.new_page()
        page.on(
            "console",
            lambda message: (
                complaints.append(f"{page.url}: {message.text}")
                if message.type == "error" and "Failed to load resource" not in message.text
                else None
            ),
        )
        page.on("pageerror", lambda error: complaints.append(f"{page.url}: {error}"))
        page.on(
            "request",
            lambda request: (
                complaints.append(f"off-site request {request.url}")
                if not request.url.startswith((served.url, "ws://127.0.0.1", "data:", "blob:"))
                else None
            ),
        )
        email, password = served.logins[organisation]
        page.goto(f"{served.url}/accounts/login/")
        page.fill("input[name=login]", email)
        page.fill("input[name=password]", password)
        page.click("button[type=submit]")
        page.wait_for_url("**/t/**")
        return page

    yield enter
    for context in contexts:
        context.close()
    assert complaints == []


def _await_first_forecasts(served: Served, seconds: float = 120) -> None:
    """Let the forecast jobs that a new installation starts with come to their end."""
    deadline = time.monotonic() + seconds
    for organisation in ("Avalon Motors", "Kestrel Motors"):
        while time.monotonic() < deadline:
            states = {
                job["state"] for job in served.call("GET", "/api/v1/jobs", organisation)["items"]
            }
            if states and not states & {"queued", "running"}:
                assert states == {"done"}, f"{organisation}: {states}"
                break
            time.sleep(0.5)


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def _await(address: str, folder: Path, seconds: float = 40) -> None:
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        try:
            with urllib.request.urlopen(address, timeout=2) as answer:
                if answer.status == 200:
                    return
        except OSError:
            time.sleep(0.1)
    logs = "\n".join(f"--- {log.name}\n{log.read_text()[-3000:]}" for log in folder.glob("*.log"))
    raise AssertionError(f"expected {address} to answer within {seconds} s\n{logs}")


def _end(process: "subprocess.Popen[bytes]") -> None:
    if process.poll() is None:
        os.killpg(process.pid, signal.SIGTERM)
        try:
            process.wait(10)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()
