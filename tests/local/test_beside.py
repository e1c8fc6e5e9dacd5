"""What works beside a start: waited for, told about, and never left behind."""

import sys
import time
from pathlib import Path

import pytest

from collab.local.beside import beside
from collab.local.errors import StartError
from collab.local.processes import is_running


def python(code: str) -> str:
    return f"{sys.executable} -c '{code}'"


def test_nothing_beside_is_no_wait(tmp_path: Path) -> None:
    with beside("", log=tmp_path / "setup.log", cwd=tmp_path) as finished:
        finished()
    assert not (tmp_path / "setup.log").exists()


def test_its_end_is_waited_for_and_its_words_are_kept(tmp_path: Path) -> None:
    command = python("import time; time.sleep(0.3); print(1 + 1)")
    with beside(command, log=tmp_path / "setup.log", cwd=tmp_path) as finished:
        finished()
        assert (tmp_path / "setup.log").read_text() == "2\n"


def test_a_failure_is_one_sentence_after_its_last_lines(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    command = python('raise SystemExit("no network")')
    with (
        beside(command, log=tmp_path / "setup.log", cwd=tmp_path) as finished,
        pytest.raises(StartError, match=r"failed with status 1: see .*setup\.log\.$"),
    ):
        finished()
    assert capsys.readouterr().err == "  setup | no network\n"


def test_what_still_runs_at_the_end_is_stopped_with_its_children(tmp_path: Path) -> None:
    note = tmp_path / "pid"
    child = f'import os, time; open("{note}", "w").write(str(os.getpid())); time.sleep(60)'
    shell = f"sh -c {quoted(python(child))}"
    with beside(shell, log=tmp_path / "setup.log", cwd=tmp_path):
        deadline = time.monotonic() + 20
        while not (note.exists() and note.read_text()) and time.monotonic() < deadline:
            time.sleep(0.02)
    pid = int(note.read_text())
    deadline = time.monotonic() + 10
    while is_running(pid) and time.monotonic() < deadline:
        time.sleep(0.02)
    assert not is_running(pid)


def quoted(text: str) -> str:
    return '"' + text.replace('"', '\\"') + '"'
