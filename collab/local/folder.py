"""The folder of one installation: its lock, its random secrets, the ports it keeps."""

import fcntl
import os
import secrets
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from collab.local.errors import StartError

LOOPBACK = "127.0.0.1"


def is_free(port: int) -> bool:
    """Return whether nobody listens on ``port`` of the loopback address."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((LOOPBACK, port))
        except OSError:
            return False
    return True


def unused_port() -> int:
    """Return a port that nobody listens on at this moment."""
    with socket.socket() as probe:
        probe.bind((LOOPBACK, 0))
        port: int = probe.getsockname()[1]
    return port


@dataclass(frozen=True, slots=True)
class Folder:
    """Everything one installation keeps on disk below ``base``."""

    base: Path

    @property
    def run(self) -> Path:
        """Where secrets, ports and the lock lie; readable by its owner alone."""
        return self.base / "run"

    @property
    def log(self) -> Path:
        """Where each process writes its own log."""
        return self.base / "log"

    def create(self) -> None:
        """Make the folders; safe to repeat.

        Raises
        ------
        StartError
            If ``base`` belongs to another user: nothing is taken over silently.
        """
        self.base.mkdir(parents=True, exist_ok=True)
        must_own(self.base, os.geteuid())
        self.log.mkdir(exist_ok=True)
        self.run.mkdir(mode=0o700, exist_ok=True)
        must_own(self.run, os.geteuid())

    @contextmanager
    def locked(self) -> Iterator[None]:
        """Hold the folder for this process; the kernel lets go of it when the process ends.

        Raises
        ------
        StartError
            If another process holds it.
        """
        with (self.run / "lock").open("a+") as file:
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                file.seek(0)
                holder = file.read().strip() or "unknown"
                raise StartError(
                    f"Collab already runs from {self.base} (process {holder}): stop that one first."
                ) from None
            file.truncate(0)
            file.write(str(os.getpid()))
            file.flush()
            yield

    def secret(self, name: str) -> str:
        """Return the secret of this name, drawn once (256 bits) and kept in a 0600 file."""
        path = self.run / f"{name}.secret"
        if not path.exists():
            self.write_private(path, secrets.token_urlsafe(32))
        return path.read_text().strip()

    def write_private(self, path: Path, text: str) -> None:
        """Replace ``path`` by ``text`` in one step, readable by its owner alone."""
        draft = path.with_name(f".{path.name}.{os.getpid()}")
        descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(descriptor, "w") as file:
            file.write(text)
        draft.replace(path)

    def port(self, name: str, *, fresh: bool = False) -> int:
        """Return the port kept under this name, or a new one if it is taken or ``fresh``."""
        path = self.run / f"{name}.port"
        if not fresh and path.exists():
            kept = path.read_text().strip()
            if kept.isdigit() and is_free(int(kept)):
                return int(kept)
        port = unused_port()
        path.write_text(str(port))
        return port


def must_own(path: Path, uid: int) -> None:
    """Refuse a directory that belongs to somebody else.

    Raises
    ------
    StartError
        If the owner of ``path`` is not ``uid``.
    """
    owner = path.stat().st_uid
    if owner != uid:
        raise StartError(
            f"expected {path} to belong to user {uid}, it belongs to user {owner}: "
            "start as that user or move the folder away."
        )
