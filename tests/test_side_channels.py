"""What nobody asked for: logs, Valkey, queues, headers and error pages hold no canary.

Web, relay and worker run as in production, with logs at INFO, on the test's PostgreSQL and a real
Valkey whose every command is recorded. Brasov reports stock whose names carry the canary; frames
for the entitled are the only place where it may be seen on its way.
"""

import base64
import contextlib
import io
import json
import os
import re
import signal
import sys
import threading
import time
import urllib.error
import urllib.request
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from itertools import product
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
import redis
from django.conf import settings
from django.http import HttpResponse

from collab.events.models import Errand
from collab.jobs.services import start_job
from collab.live.feed import channel
from collab.local.commands import Figures
from collab.local.folder import unused_port
from collab.local.processes import signal_group, start_child
from collab.organisations.context import acting_for
from collab.organisations.models import Organisation
from tests.conftest import ClientFor
from tests.harness.cast import Cast
from tests.harness.servers import ROOT
from tests.harness.stock import short_stock
from tests.integration.machines import machine
from tests.test_isolation import CANARY, api_lists, page_routes

OTHER = "cnry-brasov-0d94"  # in what is refused or unknown
START_SECONDS, DRAIN_SECONDS = 60.0, 90.0
PROXY = {"X-Forwarded-Proto": "https", "X-Forwarded-For": "192.0.2.7"}
TOKEN = re.compile(r"[A-Za-z0-9_-]{12,}")


def tells(content: bytes) -> bool:
    """Say whether bytes hold a canary, also one inside base64 or a zip."""
    if CANARY.encode() in content or OTHER.encode() in content:
        return True
    if content.startswith(b"PK"):
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            return any(tells(archive.read(name)) for name in archive.namelist())
    return False


def hidden_in(text: str) -> bool:
    """Say whether a header or cursor tells it, as it stands or decoded."""
    if tells(text.encode()):
        return True
    for token in TOKEN.findall(text):
        with contextlib.suppress(ValueError):
            if tells(base64.urlsafe_b64decode(token + "=" * (-len(token) % 4))):
                return True
    return False


@dataclass(slots=True)
class Monitor:
    """Every command that Valkey ran, as its own MONITOR tells it."""

    url: str
    commands: list[str] = field(default_factory=list)
    _ended: threading.Event = field(default_factory=threading.Event)
    _thread: threading.Thread | None = None

    def start(self) -> None:
        """Listen from now on; return once the server has confirmed it."""
        ready = threading.Event()
        self._thread = threading.Thread(target=self._listen, args=(ready,), daemon=True)
        self._thread.start()
        assert ready.wait(10)

    def end(self) -> None:
        """Stop listening."""
        self._ended.set()
        redis.Redis.from_url(self.url).ping()  # the last command, which wakes the listener
        assert self._thread is not None
        self._thread.join(10)

    def _listen(self, ready: threading.Event) -> None:
        with redis.Redis.from_url(self.url).monitor() as monitor:  # type: ignore[no-untyped-call]
            ready.set()
            for command in monitor.listen():
                self.commands.append(command["command"])
                if self._ended.is_set():
                    return


@dataclass(frozen=True, slots=True)
class Story:
    """What was recorded."""

    cast: Cast
    logs: dict[str, str]
    commands: list[str]
    dump: dict[bytes, bytes]
    answers: list[Any]


def call(port: int, secret: str, path: str, body: Any = None) -> tuple[int, dict[str, str], bytes]:
    """Send one request to the web process as the proxy in front would; return what came."""
    request = urllib.request.Request(
        f"http://127.0.0.1:{port}{path}",
        data=None if body is None else json.dumps(body).encode(),
        headers={
            **PROXY,
            "Authorization": f"Bearer {secret}",
            "Content-Type": "application/json",
            "Idempotency-Key": os.urandom(6).hex(),
        },
    )
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    try:
        with opener.open(request, timeout=20) as answer:
            return answer.status, dict(answer.headers), answer.read()
    except urllib.error.HTTPError as error:
        return error.code, dict(error.headers), error.read()


@pytest.fixture
def processes(cast: Cast, tmp_path: Path) -> Iterator[int]:
    """Serve as in production; yield the port of the web process."""
    port = unused_port()
    environment = {
        **os.environ,
        "COLLAB_ENV": "production",
        "COLLAB_SECRET_KEY": settings.SECRET_KEY,
        "COLLAB_FIELD_KEYS": base64.urlsafe_b64encode(os.urandom(32)).decode(),
        "COLLAB_BASE_URL": "https://127.0.0.1",
        "COLLAB_LIVE_URL": "wss://127.0.0.1/ws/live/",
        "COLLAB_ALLOWED_HOSTS": "127.0.0.1",
        "COLLAB_CHECKPOINTS": str(tmp_path / "checkpoints"),
        "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}",
    }
    figures = Figures(
        host="127.0.0.1", web_port=port, live_port=0, scratch=str(tmp_path),
        web_workers=1, tasks=1,
    )  # fmt: skip
    running = [
        start_child(figures.command(name), log=tmp_path / f"{name}.log", env=environment, cwd=ROOT)
        for name in ("web", "relay", "worker")
    ]
    try:
        wait_for(port, tmp_path)
        yield port
    finally:
        for process in running:
            signal_group(process.pid, signal.SIGKILL)
            process.wait()


def wait_for(port: int, folder: Path) -> None:
    deadline = time.monotonic() + START_SECONDS
    while True:
        with contextlib.suppress(OSError):
            if call(port, "", "/health/live")[0] == 200 and "ready." in log_of(folder, "worker"):
                return
        if time.monotonic() > deadline:
            pytest.fail(f"not served\n{log_of(folder, 'web')}\n{log_of(folder, 'worker')}")
        time.sleep(0.2)


def log_of(folder: Path, name: str) -> str:
    path = folder / f"{name}.log"
    return path.read_text(errors="replace") if path.exists() else ""


@pytest.fixture
def told(cast: Cast, processes: int, tmp_path: Path) -> Story:
    """Let Brasov tell its story; return what was left behind everywhere."""
    short_stock(cast.brasov, cast.avalon, number=CANARY, partner_number=f"am-{CANARY}")
    secret = machine(cast.brasov).secret
    valkey = redis.Redis.from_url(settings.REDIS_URL)
    monitor = Monitor(settings.REDIS_URL)
    monitor.start()
    with acting_for(cast.brasov):
        start_job(kind="forecasting.forecast", title=f"Forecast of {CANARY}", params={})
    site = {"counterparty": cast.avalon.bpn, "site": "BRA1", "unit": "H87"}
    now = datetime.now(UTC).isoformat()
    count = {**site, "part_number": CANARY, "quantity": "2", "counted_at": now}
    answers = [
        call(processes, secret, "/api/v1/stock-counts", body)
        for body in (
            count,
            {**count, "part_number": OTHER},  # unknown
            {**count, "unit": OTHER},
            {**count, "counted_at": OTHER},
            [count, {**count, "site": OTHER}, OTHER],
            OTHER,
            {"name": OTHER, OTHER: [OTHER]},
        )
    ]
    answers += [
        call(processes, secret, f"/api/v1/{path}")
        for path in ("stock", "coverage?limit=1", "exceptions", f"stock?{OTHER}=1", "parts?limit=1")
    ]
    drain()
    monitor.end()
    return Story(
        cast,
        {name: log_of(tmp_path, name) for name in ("web", "relay", "worker")},
        monitor.commands,
        {key: valkey.dump(key) or b"" for key in valkey.scan_iter()},
        answers,
    )


def drain() -> None:
    deadline = time.monotonic() + DRAIN_SECONDS
    while left := Errand.objects.filter(state=Errand.State.PENDING).count():
        if time.monotonic() > deadline:
            pytest.fail(f"expected every errand to be done, {left} are left")
        time.sleep(0.2)


@pytest.mark.committed
@pytest.mark.timeout(240)
def test_nothing_is_left_behind_by_the_way(told: Story) -> None:
    statuses = [status for status, _headers, _body in told.answers]
    assert {200, 207, 400, 422} <= set(statuses) <= {200, 201, 207, 400, 422}
    for name, log in told.logs.items():
        lines = [line for line in log.splitlines() if tells(line.encode())]
        assert not lines, f"{name} logged {lines[:3]}"
    assert "INFO" in told.logs["worker"]
    assert re.search(r"delivered event [0-9a-f-]{36} \(\S+\), [1-9]", told.logs["relay"])
    assert "django.request" in told.logs["web"]  # the refusals did leave their lines
    check_valkey(told)
    check_messages(told)
    for _status, headers, _body in told.answers:
        for name, value in headers.items():
            assert not tells(value.encode()), f"{name}: {value}"


def check_valkey(told: Story) -> None:
    """Nothing stored names it, and only channels of the entitled carry it."""
    for key, value in told.dump.items():
        assert not tells(key), key
        assert not tells(value), key
    cast, languages = told.cast, [code for code, _name in settings.LANGUAGES]
    entitled = {
        channel(each.pk, language)
        for each, language in product((cast.brasov, cast.avalon, cast.silesia), languages)
    }
    told_to = set()
    for command in told.commands:
        if tells(command.encode()):
            verb, _, rest = command.partition(" ")
            assert verb.upper() == "PUBLISH", command[:120]
            told_to.add(rest.partition(" ")[0])
    assert told_to  # the positive control: the recorder does see frames
    assert told_to <= entitled
    tier_two = {channel(cast.silesia.pk, language) for language in languages}
    for command in told.commands:
        if any(name in command for name in tier_two):
            assert f"am-{CANARY}" not in command
            assert "Avalon" not in command


def check_messages(told: Story) -> None:
    """A task's message says which row, and nothing about it."""
    messages = [
        json.loads(found.group(1).encode().decode("unicode_escape"))
        for command in told.commands
        if command.startswith("LPUSH") and (found := re.search(r"(\{.*\})", command))
    ]
    assert messages
    for message in messages:
        arguments, named, _embed = json.loads(base64.b64decode(message["body"]))
        assert named == {}
        assert [str(UUID(each)) for each in arguments] == arguments
        assert not tells(json.dumps(message).encode())
        for value in message["headers"].values():
            assert not hidden_in(str(value)), message["headers"]


@pytest.fixture
def marked(cast: Cast) -> Cast:
    short_stock(cast.brasov, cast.avalon, number=CANARY, partner_number=f"am-{CANARY}")
    return cast


def addresses(organisation: Organisation) -> Iterator[str]:
    """Yield pages, lists, files, odd and missing addresses as one organisation would ask."""
    for route in page_routes():
        page = route.replace("<slug:tenant>", organisation.slug)
        yield page
        yield f"{page}?export=xlsx"
        yield f"{page}?cursor=x&limit=x&q=cnry"
        yield f"{page}missing/"
    for address in api_lists():
        yield address
        yield f"{address}?limit=1"
        yield f"{address}?limit=0"
        yield f"{address}?cursor=bm8"
        yield f"{address}?owner__name__startswith=B"
        yield f"{address}/0190b9d6-0000-7000-8000-000000000000"


@pytest.mark.timeout(300)
def test_no_answer_of_any_kind_tells_a_rival(marked: Cast, client_for: ClientFor) -> None:
    client, kinds = client_for(marked.porto, "admin"), set()
    for address in addresses(marked.porto):
        answer = client.get(address)
        kinds.add(answer.status_code)
        check(answer, address)
    assert {200, 400, 404} <= kinds


def test_a_rival_may_use_the_same_numbers(marked: Cast) -> None:
    """No conflict tells that somebody else has such a part; the answers are those to a new one."""
    rival = machine(marked.porto)
    for number in (CANARY, "never-seen"):
        part = {"number": number, "name": "Loom", "base_unit": "H87"}
        assert rival.post("parts", part).status_code == 201
    foreign = rival.post("stock-counts", {**COUNT, "part_number": f"am-{CANARY}"})
    unknown = rival.post("stock-counts", {**COUNT, "part_number": "am-never-seen"})
    assert foreign.status_code == unknown.status_code == 422
    assert without_names(foreign) == without_names(unknown)


COUNT = {
    "counterparty": "BPNL000000000001", "site": "POR1", "quantity": "1", "unit": "H87",
    "counted_at": "2026-11-02T06:00:00Z",
}  # fmt: skip


def without_names(answer: Any) -> str:
    """Return the problem without what was asked and the number of the request."""
    problem = answer.json()
    problem.pop("request_id")
    return json.dumps(problem).replace(f"am-{CANARY}", "?").replace("am-never-seen", "?")


def check(answer: HttpResponse, address: str) -> None:
    assert not tells(b"".join(answer)), address
    for name, value in answer.items():
        assert not hidden_in(value), f"{address} {name}: {value}"
    if answer.get("Content-Type", "").startswith("application/json"):
        body = json.loads(answer.content)
        cursor = body.get("next") if isinstance(body, dict) else None
        assert not hidden_in(cursor or ""), address
