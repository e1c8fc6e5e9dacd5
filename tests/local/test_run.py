"""One command: it refuses in one sentence, comes up whole, and leaves nothing behind."""

import socket
import sys
from pathlib import Path

import pytest

from collab.local.errors import StartError
from collab.local.folder import unused_port
from collab.local.memory import fingerprint, recall, remember
from collab.local.node import node_folder, version_of
from collab.local.run import main
from collab.local.servers import servers

ROOT = Path(__file__).resolve().parents[2]


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
