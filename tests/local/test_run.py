"""One command: it refuses in one sentence, comes up whole, and leaves nothing behind."""

import json
import os
import re
import signal
import socket
import subprocess
import sys
import urllib.request
from pathlib import Path

import pytest

from collab.local.errors import StartError
from collab.local.folder import Folder, unused_port
from collab.local.memory import fingerprint, recall, remember
from collab.local.node import node_folder, version_of
from collab.local.run import main
from collab.local.servers import servers

ROOT = Path(__file__).resolve().parents[2]
PLAIN = {
    name: value
    for name, value in os.environ.items()
    if not name.startswith(("COLLAB_", "DATABASE_", "REDIS_", "DJANGO_"))
}


def start(folder: Path, port: int) -> "subprocess.Popen[str]":
    return subprocess.Popen(
        [sys.executable, "-m", "collab.local.run", "--folder", str(folder), "--port", str(port)],
        cwd=ROOT,
        env=PLAIN,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def lines_until_ready(process: "subprocess.Popen[str]") -> list[str]:
    """Return what it said; at the latest when it ends, its errors are shown."""
    assert process.stdout is not None
    lines: list[str] = []
    for line in process.stdout:
        lines.append(line.rstrip())
        if line.startswith("Started in"):
            return lines
    assert process.stderr is not None
    pytest.fail(f"it ended before it was ready: {process.stderr.read()}")


def working_in(folder: Path) -> list[int]:
    """Return the processes whose command or environment names ``folder``."""
    found = []
    for entry in Path("/proc").iterdir():
        if not entry.name.isdigit() or int(entry.name) == os.getpid():
            continue
        try:
            text = (entry / "cmdline").read_bytes() + (entry / "environ").read_bytes()
        except OSError:
            continue
        if str(folder).encode() in text:
            found.append(int(entry.name))
    return found


def test_a_taken_port_is_one_sentence_before_anything_starts(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        assert main(["--folder", str(tmp_path / "local"), "--port", str(port)]) == 1
    assert capsys.readouterr().err.startswith(f"port {port} is taken: stop the program that uses")
    assert not (tmp_path / "local").exists()


@pytest.mark.parametrize("port", ["0", "65536"])
def test_an_impossible_port(port: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--port", port]) == 1
    assert capsys.readouterr().err == f"expected a port from 1 to 65535, got {port}.\n"


def test_the_database_remembers_what_is_done(tmp_path: Path) -> None:
    with servers(tmp_path, durable=False, environ={}) as running:
        assert recall(running.database_owner_url) == {}
        remember(running.database_owner_url, schema="a")
        remember(running.database_owner_url, demo="b's")
        assert recall(running.database_owner_url) == {"schema": "a", "demo": "b's"}
        remember(running.database_url, schema="not the owner")
        assert recall(running.database_owner_url)["schema"] == "a"


def test_a_named_database_that_does_not_answer_is_one_sentence() -> None:
    with pytest.raises(StartError, match=r"DATABASE_OWNER_URL does not answer: .*refused") as found:
        recall(f"postgres://app_owner:secret@127.0.0.1:{unused_port()}/collab")
    assert "secret" not in str(found.value)


def test_a_fingerprint_follows_content_and_name(tmp_path: Path) -> None:
    first, second = tmp_path / "a.py", tmp_path / "b.py"
    first.write_text("x = 1")
    before = fingerprint(tmp_path, [first])
    assert before == fingerprint(tmp_path, [first])
    assert before != fingerprint(tmp_path, [first], "word")
    first.rename(second)
    assert before != fingerprint(tmp_path, [second])


def test_an_old_node_gives_way_to_the_one_of_the_wheel(tmp_path: Path) -> None:
    for name, text in (("node", "#!/bin/sh\necho v18.19.0\n"), ("npm", "#!/bin/sh\n")):
        (tmp_path / name).write_text(text)
        (tmp_path / name).chmod(0o755)
    assert version_of(tmp_path / "node") == (18, 19)
    beside_python = Path(sys.executable).parent
    assert node_folder(str(tmp_path)) == beside_python
    assert version_of(beside_python / "node") >= (20, 19)


@pytest.mark.timeout(240)
def test_the_whole_installation_twice(tmp_path: Path) -> None:
    folder, port = tmp_path / "local", unused_port()
    first = start(folder, port)
    lines = lines_until_ready(first)
    assert f"Collab is ready: http://127.0.0.1:{port}" in lines
    for path in ("/health/ready", "/health/live"):
        with urllib.request.urlopen(f"http://127.0.0.1:{port}{path}", timeout=10) as answer:
            assert answer.status == 200
    demo = json.loads((folder / "demo.json").read_text())
    assert demo["url"] == f"http://127.0.0.1:{port}"
    assert {"email", "password", "organisation", "role"} <= set(demo["logins"][0])
    assert demo["api_keys"]
    assert (folder / "demo.json").stat().st_mode & 0o777 == 0o600
    assert Folder(folder).run.stat().st_mode & 0o777 == 0o700
    first.send_signal(signal.SIGTERM)
    assert first.wait(60) == 0
    assert working_in(folder) == []

    second = start(folder, port)
    lines = lines_until_ready(second)
    assert not any(line.startswith(("Bringing", "Loading")) for line in lines)
    assert any(re.match(r"organisation\s+role\s+email\s+password", line) for line in lines)
    second.send_signal(signal.SIGINT)
    assert second.wait(60) == 0
    assert working_in(folder) == []
