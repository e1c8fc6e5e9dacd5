"""A Valkey server of our own: queue, cache and messages between processes."""

import fcntl
import os
import signal
import socket
import subprocess
import time

from collab.local.binaries import valkey_server
from collab.local.errors import StartError
from collab.local.folder import LOOPBACK, Folder
from collab.local.processes import end_stranger, last_lines, start_child, wait_for_exit

PORT_TRIES = 3
START_SECONDS = 20.0
STOP_SECONDS = 10.0


class Valkey:
    """One server with its files in ``folder``; nothing that counts is kept only here."""

    def __init__(self, folder: Folder, *, durable: bool) -> None:
        self._folder = folder
        self._durable = durable
        self._files = folder.base / "valkey"
        self._files.mkdir(mode=0o700, exist_ok=True)
        self._program = valkey_server()
        self._log = folder.log / "valkey.log"
        self._process: subprocess.Popen[bytes] | None = None
        self.port = 0

    @property
    def url(self) -> str:
        """Address of database 0, password included."""
        return f"redis://:{self._folder.secret('valkey')}@{LOOPBACK}:{self.port}/0"

    @property
    def pid(self) -> int:
        """Process id of the server; 0 while it does not run."""
        return self._process.pid if self._process else 0

    def start(self) -> None:
        """Start the server and wait until it answers.

        The server inherits a lock on its folder, so a forgotten one is found by the
        lock it still holds and never by a number that another process may have by now.

        Raises
        ------
        StartError
            If the server does not come up.
        """
        lock = self._take_files()
        try:
            trouble = ""
            for attempt in range(PORT_TRIES):
                self.port = self._folder.port("valkey", fresh=attempt > 0)
                written_before = self._log.stat().st_size if self._log.exists() else 0
                if self._start_once(lock):
                    return
                trouble = " ".join(last_lines(self._log, 1, after=written_before))
            raise StartError(f"Valkey did not start, see {self._log}: {trouble}")
        finally:
            os.close(lock)

    def stop(self) -> None:
        """End the server after it has written its files."""
        process, self._process = self._process, None
        if process is not None and process.poll() is None:
            process.terminate()
            if not wait_for_exit(process, STOP_SECONDS):
                process.kill()
                process.wait()

    def keep_alive(self) -> bool:
        """Start the server again if it ended by itself; return whether that was needed."""
        if self._process is None or self._process.poll() is None:
            return False
        self.start()
        return True

    def _take_files(self) -> int:
        """Return a descriptor that holds the lock on our files, ending whoever still has it."""
        descriptor = os.open(self._files / "lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        deadline = time.monotonic() + START_SECONDS
        while True:
            try:
                fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                holder = os.pread(descriptor, 20, 0).decode()
                if time.monotonic() > deadline:
                    os.close(descriptor)
                    raise StartError(
                        f"expected {self._files} to be free, process {holder} still uses it."
                    ) from None
                if holder.isdigit():
                    end_stranger(int(holder), signal.SIGTERM, STOP_SECONDS)
                time.sleep(0.05)
            else:
                return descriptor

    def _start_once(self, lock: int) -> bool:
        """Start the server on the present port; return whether it answers."""
        process = self._process = start_child(
            [str(self._program), "-"],
            log=self._log,
            cwd=self._files,
            pass_fds=(lock,),
            stdin=subprocess.PIPE,
        )
        os.ftruncate(lock, 0)
        os.pwrite(lock, str(process.pid).encode(), 0)
        if process.stdin is None:
            raise StartError("expected a pipe to Valkey's standard input, found none.")
        with process.stdin as settings:
            settings.write(self._settings().encode())
        deadline = time.monotonic() + START_SECONDS
        while process.poll() is None:
            if self._answers():
                return True
            if time.monotonic() > deadline:
                break
            time.sleep(0.01)
        self.stop()
        return False

    def _settings(self) -> str:
        """Return the settings; they go through a pipe, so no other user reads the password."""
        secret = self._folder.secret("valkey")
        return "\n".join(
            (
                f"bind {LOOPBACK}",
                f"port {self.port}",
                f"requirepass {secret}",
                f'dir "{self._files.resolve()}"',
                f"appendonly {'yes' if self._durable else 'no'}",
                "appendfsync everysec",
                'save ""',
                "",
            )
        )

    def _answers(self) -> bool:
        secret = self._folder.secret("valkey")
        try:
            with socket.create_connection((LOOPBACK, self.port), timeout=2) as line:
                line.sendall(f"AUTH {secret}\r\nPING\r\n".encode())
                answer = b""
                while answer.count(b"\n") < 2 and (part := line.recv(256)):
                    answer += part
        except OSError:
            return False
        return answer.endswith(b"+PONG\r\n")
