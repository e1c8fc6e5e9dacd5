"""Everything served for real: web, live, worker and relay processes, the demo network, Chromium."""

import json
import os
import signal
import time
import urllib.request
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, sync_playwright

from tests.harness.chromium import FLAGS, SHORT_LIVED, chromium
from tests.journeys.installation import FirstDay, Installation, first_day


@dataclass(frozen=True, slots=True)
class Served:
    """A running installation with the demo network."""

    url: str
    logins: dict[str, tuple[str, str]]  # organisation → e-mail, password
    keys: dict[str, str]  # organisation → API key
    first: FirstDay
    second: list[str]  # what the command said at the start after that

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
    """Serve a fresh demo network, at the second start; nothing may be left of it afterwards."""
    installation = Installation(tmp_path_factory.mktemp("installation") / "local")
    try:
        first = first_day(installation)
        second = installation.start()
        demo = installation.demo()
        running = Served(
            url=installation.url,
            logins={
                each["organisation"]: (each["email"], each["password"])
                for each in reversed(demo["logins"])
            },
            keys=demo["api_keys"],
            first=first,
            second=second,
        )
        _await_first_forecasts(running)
        yield running
    finally:
        status = installation.stop(signal.SIGINT)
    assert status == 0
    assert installation.processes() == []


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """Debian's Chromium, headless."""
    with sync_playwright() as playwright:
        running = playwright.chromium.launch(
            executable_path=chromium(), args=[*FLAGS, *SHORT_LIVED]
        )
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
        while (states := _states_of_jobs(served, organisation)) != {"done"}:
            assert states <= {"queued", "running", "done"}, f"{organisation}: {states}"
            assert time.monotonic() < deadline, f"{organisation}: {states} after {seconds} s"
            time.sleep(0.5)


def _states_of_jobs(served: Served, organisation: str) -> set[str]:
    return {job["state"] for job in served.call("GET", "/api/v1/jobs", organisation)["items"]}
