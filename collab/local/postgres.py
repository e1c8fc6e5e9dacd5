"""A PostgreSQL server of our own: created once, started here, stopped with us."""

import hashlib
import os
import shutil
import signal
import subprocess
import time
from collections.abc import Mapping
from pathlib import Path

import psycopg2

from collab.local.binaries import postgres_bin, reachable_copy
from collab.local.errors import StartError
from collab.local.folder import LOOPBACK, Folder, must_own
from collab.local.identity import Identity, open_to_all
from collab.local.processes import end_stranger, is_taken, last_lines, start_child, wait_for_exit

SUPERUSER = "postgres"
PORT_TRIES = 3
START_SECONDS = 30.0
STOP_SECONDS = 20.0
OPEN_TO_ALL = Path("/var/tmp")  # noqa: S108 - the name below is ours and its owner is checked
FAST_BUT_FORGETFUL = ("fsync=off", "synchronous_commit=off", "full_page_writes=off")


class Postgres:
    """One cluster below ``folder``; reachable over TCP on the loopback address alone."""

    def __init__(
        self, folder: Folder, identity: Identity, *, durable: bool, environ: Mapping[str, str]
    ) -> None:
        self._folder = folder
        self._identity = identity
        self._durable = durable
        self._place = self._choose_place()
        self._data = self._place / "data"
        self._log = folder.log / "postgres.log"
        self._process: subprocess.Popen[bytes] | None = None
        bin_folder = postgres_bin(environ)
        self._bin = (
            reachable_copy(bin_folder, self._place.resolve()) if identity.switches else bin_folder
        )
        self.port = 0

    @property
    def superuser_url(self) -> str:
        """Address of the maintenance database for the superuser."""
        secret = self._folder.secret(SUPERUSER)
        return f"postgres://{SUPERUSER}:{secret}@{LOOPBACK}:{self.port}/postgres"

    @property
    def pid(self) -> int:
        """Process id of the postmaster; 0 while it does not run."""
        return self._process.pid if self._process else 0

    def start(self) -> None:
        """Create the cluster if it is missing, start the server and wait until it answers.

        Raises
        ------
        StartError
            If the data belongs to another user, does not fit the kept password, or the
            server does not come up.
        """
        if not self._data.exists():
            self._create_cluster()
        must_own(self._data, self._identity.uid)
        self._end_forgotten_server()
        deadline = time.monotonic() + START_SECONDS
        tries = 0
        while True:
            self.port = self._folder.port("postgres", fresh=tries > 0)
            trouble = self._start_once(deadline)
            if trouble is None:
                return
            if "could not bind" in trouble and tries + 1 < PORT_TRIES:
                tries += 1
            elif "still in use" in trouble and time.monotonic() < deadline:
                time.sleep(0.2)  # back ends of a killed server need a moment to notice
            else:
                raise StartError(f"PostgreSQL did not start, see {self._log}: {trouble}")

    def stop(self) -> None:
        """End the server: open transactions are rolled back, nothing committed is lost."""
        process, self._process = self._process, None
        if process is not None and process.poll() is None:
            for number in (signal.SIGINT, signal.SIGQUIT, signal.SIGKILL):
                process.send_signal(number)
                if wait_for_exit(process, STOP_SECONDS):
                    break
        if not self._durable and self._place.is_symlink():
            shutil.rmtree(self._place.resolve(), ignore_errors=True)

    def keep_alive(self) -> bool:
        """Start the server again if it ended by itself; return whether that was needed."""
        if self._process is None or self._process.poll() is None:
            return False
        self.start()
        return True

    def _choose_place(self) -> Path:
        """Return the folder for data; a link elsewhere if the server could not reach ours."""
        place = self._folder.base / "pg"
        if not self._identity.switches or open_to_all(self._folder.base):
            place.mkdir(mode=0o755, exist_ok=True)
            return place
        digest = hashlib.sha256(bytes(self._folder.base.resolve())).hexdigest()[:16]
        elsewhere = OPEN_TO_ALL / f"collab-{digest}"
        if elsewhere.is_symlink():  # planted by another user: would lead us anywhere
            raise StartError(f"expected {elsewhere} to be a folder of ours, it is a link.")
        elsewhere.mkdir(mode=0o755, exist_ok=True)
        must_own(elsewhere, os.geteuid())
        elsewhere.chmod(0o755)
        if not place.is_symlink():
            place.symlink_to(elsewhere)
        return place

    def _create_cluster(self) -> None:
        """Run `initdb` beside the final place, so a broken attempt leaves nothing behind."""
        draft = self._place / "data.new"
        password = self._place / "password.new"
        shutil.rmtree(draft, ignore_errors=True)
        draft.mkdir(mode=0o700)
        self._folder.write_private(password, self._folder.secret(SUPERUSER))
        user, group = self._identity.switch_to
        if user is not None and group is not None:
            for path in (draft, password):
                os.chown(path, user, group)
        command = [
            *self._identity.prefix,
            str(self._bin / "initdb"),
            *("--pgdata", str(draft.resolve()), "--username", SUPERUSER),
            *("--auth", "scram-sha-256", "--pwfile", str(password.resolve())),
            *("--encoding", "UTF8", "--locale", "C.UTF-8"),
            *(() if self._durable else ("--no-sync",)),
        ]
        done = subprocess.run(
            command,
            check=False,
            capture_output=True,
            text=True,
            stdin=subprocess.DEVNULL,
            cwd="/",
            user=user,
            group=group,
            extra_groups=None if user is None else [],
        )
        password.unlink()
        if done.returncode != 0:
            reason = (done.stderr.strip() or done.stdout.strip()).splitlines()[-1:]
            raise StartError(f"initdb could not create a database cluster: {' '.join(reason)}")
        draft.rename(self._data)

    def _end_forgotten_server(self) -> None:
        """Deal with what a killed start left: its server, or its note with a reused id.

        We hold the folder's lock, so a server that still works on this data has no owner.
        """
        note = self._data / "postmaster.pid"
        try:
            pid = int(note.read_text().split(maxsplit=1)[0])
        except (FileNotFoundError, ValueError, IndexError):
            return
        if not is_taken(pid):
            return  # the server clears the note itself
        try:
            works_here = Path(f"/proc/{pid}/cwd").resolve(strict=True) == self._data.resolve()
        except OSError:  # it has ended but keeps its number, or it is another user's
            works_here = False
        if works_here:
            end_stranger(pid, signal.SIGINT, STOP_SECONDS)
        else:
            note.unlink(missing_ok=True)

    def _start_once(self, deadline: float) -> str | None:
        """Start the server; return None once it answers, else the reason from its log."""
        written_before = self._log.stat().st_size if self._log.exists() else 0
        settings = [
            f"port={self.port}",
            f"listen_addresses={LOOPBACK}",
            "unix_socket_directories=",
            "timezone=UTC",
            "log_timezone=UTC",
            *(() if self._durable else FAST_BUT_FORGETFUL),
        ]
        user, group = self._identity.switch_to
        command = [*self._identity.prefix, str(self._bin / "postgres")]
        command += ["-D", str(self._data.resolve())]
        for setting in settings:
            command += ["-c", setting]
        process = self._process = start_child(
            command,
            log=self._log,
            death_signal=signal.SIGINT,
            cwd=Path("/"),
            user=user,
            group=group,
        )
        while process.poll() is None:
            if time.monotonic() > deadline:
                self.stop()
                return f"no answer within {START_SECONDS:.0f} s"
            if self._answers():
                return None
            time.sleep(0.02)
        self._process = None
        lines = last_lines(self._log, 20, after=written_before)
        fatal = [line for line in lines if "FATAL" in line or "could not" in line]
        return " ".join(fatal or lines[-1:]) or f"it ended with status {process.returncode}"

    def _answers(self) -> bool:
        try:
            psycopg2.connect(self.superuser_url, connect_timeout=5).close()
        except psycopg2.OperationalError as error:
            if "password authentication failed" in str(error):
                self.stop()
                raise StartError(
                    f"the passwords in {self._folder.run} do not fit the data in {self._data}: "
                    "restore them, or lose the data with `make clean`."
                ) from error
            return False
        return True
