"""The supervisor, with real processes that crash, hang and have children of their own."""

import os
import sys
import time
from pathlib import Path

import pytest

from collab.local.errors import StartError
from collab.local.supervisor import Supervisor

STAY = "import time\nprint('up', flush=True)\ntime.sleep(120)\n"
CRASH = "import sys\nprint('no such table', flush=True)\nsys.exit(3)\n"
WITH_CHILD = """
import signal, subprocess, sys, time
signal.signal(signal.SIGTERM, signal.SIG_IGN)
child = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(120)"])
print(child.pid, flush=True)
time.sleep(120)
"""


@pytest.fixture
def said() -> list[str]:
    return []


@pytest.fixture
def supervisor(tmp_path: Path, said: list[str]) -> Supervisor:
    order = (("first",), ("second",))
    return Supervisor(env=dict(os.environ), cwd=tmp_path, stop_order=order, say=said.append)


def python(program: str) -> list[str]:
    return [sys.executable, "-c", program]


def wait_for_line(log: Path) -> str:
    deadline = time.monotonic() + 10
    while not (log.exists() and log.read_text().strip()):
        assert time.monotonic() < deadline
        time.sleep(0.02)
    return log.read_text().strip()


def is_gone(pid: int) -> bool:
    status = Path(f"/proc/{pid}/stat")
    return not status.exists() or status.read_text().rsplit(")", 1)[1].split()[0] == "Z"


def test_a_killed_process_is_back_within_five_seconds(
    supervisor: Supervisor, tmp_path: Path, said: list[str]
) -> None:
    supervisor.add("first", python(STAY), tmp_path / "first.log")
    wait_for_line(tmp_path / "first.log")
    first = supervisor.children["first"].process
    assert first is not None
    first.kill()
    deadline = time.monotonic() + 5
    while supervisor.children["first"].process in {None, first}:
        assert time.monotonic() < deadline
        supervisor.look_after()
        time.sleep(0.05)
    assert said[0].startswith("first ended with status -9")
    assert said[1] == "  first | up"
    supervisor.stop()


def test_killing_over_and_over_does_not_count_as_failing_to_start(
    supervisor: Supervisor, tmp_path: Path
) -> None:
    supervisor.add("first", python(STAY), tmp_path / "first.log")
    for _ in range(7):
        child = supervisor.children["first"]
        assert child.process is not None
        child.process.kill()
        child.process.wait()
        supervisor.look_after()
        time.sleep(0.55)
        supervisor.look_after()
    supervisor.stop()


def test_five_failed_starts_end_it_all_with_one_sentence(
    supervisor: Supervisor, tmp_path: Path, said: list[str]
) -> None:
    supervisor.add("first", python(CRASH), tmp_path / "first.log")

    def look_after_until_it_gives_up() -> None:
        deadline = time.monotonic() + 30
        while time.monotonic() < deadline:
            supervisor.look_after()
            time.sleep(0.05)

    with pytest.raises(StartError, match="first ended 5 times in a row"):
        look_after_until_it_gives_up()
    assert sum(line == "  first | no such table" for line in said) == 5
    supervisor.stop()


def test_stopping_leaves_no_orphan_even_of_a_process_that_refuses(
    supervisor: Supervisor, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("collab.local.supervisor.STOP_SECONDS", 1.0)
    supervisor.add("first", python(STAY), tmp_path / "first.log")
    supervisor.add("second", python(WITH_CHILD), tmp_path / "second.log")
    grandchild = int(wait_for_line(tmp_path / "second.log"))
    pids = [child.process.pid for child in supervisor.children.values() if child.process]
    supervisor.stop()
    deadline = time.monotonic() + 5
    while not all(is_gone(pid) for pid in (*pids, grandchild)):
        assert time.monotonic() < deadline
        time.sleep(0.05)
    assert supervisor.children == {}


def test_a_large_log_is_set_aside(supervisor: Supervisor, tmp_path: Path) -> None:
    log = tmp_path / "first.log"
    log.write_bytes(b"x" * (10 * 1024 * 1024 + 1))
    supervisor.add("first", python(STAY), log)
    assert wait_for_line(log) == "up"
    assert (tmp_path / "first.log.1").stat().st_size > 10 * 1024 * 1024
    supervisor.stop()
