"""Children that end with their parent: how they are started, watched and stopped."""

import ctypes
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

_PR_SET_PDEATHSIG = 1
_libc = ctypes.CDLL(None) if sys.platform == "linux" else None


def dies_with_parent(death_signal: signal.Signals) -> Callable[[], None]:
    """Return a function for the child that asks the kernel to end it with its parent.

    Only Linux offers this; elsewhere the child outlives a parent that was killed, and
    the next start stops it. The kernel watches the parent's thread, so children are
    started from the main one.
    """
    parent = os.getpid()

    def ask_kernel() -> None:
        if _libc is not None:
            _libc.prctl(_PR_SET_PDEATHSIG, int(death_signal))
            if os.getppid() != parent:  # it died before we asked
                os.kill(os.getpid(), death_signal)

    return ask_kernel


def start_child(
    command: Sequence[str],
    *,
    log: Path,
    env: Mapping[str, str] | None = None,
    death_signal: signal.Signals = signal.SIGTERM,
    cwd: Path | None = None,
    user: int | None = None,
    group: int | None = None,
    pass_fds: Sequence[int] = (),
    stdin: int = subprocess.DEVNULL,
) -> "subprocess.Popen[bytes]":
    """Start ``command`` in its own process group, with both outputs appended to ``log``."""
    log.parent.mkdir(parents=True, exist_ok=True)
    with log.open("ab") as output:
        return subprocess.Popen(
            list(command),
            stdin=stdin,
            stdout=output,
            stderr=subprocess.STDOUT,
            env=None if env is None else dict(env),
            cwd=cwd,
            user=user,
            group=group,
            extra_groups=None if user is None else [],
            pass_fds=pass_fds,
            process_group=0,
            preexec_fn=dies_with_parent(death_signal),  # noqa: PLW1509 - it only makes two calls
        )


def wait_for_exit(process: "subprocess.Popen[bytes]", seconds: float) -> bool:
    """Return whether ``process`` ended within ``seconds``."""
    try:
        process.wait(seconds)
    except subprocess.TimeoutExpired:
        return False
    return True


def signal_group(leader: int, number: signal.Signals) -> None:
    """Send a signal to every process of the group that ``leader`` opened, if one is left."""
    try:
        os.killpg(leader, number)
    except ProcessLookupError:
        return


def is_taken(pid: int) -> bool:
    """Return whether a process has this id, be it one that has ended and was not noticed yet."""
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True


def is_running(pid: int) -> bool:
    """Return whether the process with this id exists and has not ended."""
    try:
        state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except FileNotFoundError:
        return not Path("/proc/self/stat").exists() and is_taken(pid)
    except ProcessLookupError:
        return False
    return state not in {"Z", "X"}


def end_stranger(pid: int, polite: signal.Signals, seconds: float) -> None:
    """End a process that is not our child: politely first, by force after ``seconds``."""
    for number in (polite, signal.SIGKILL):
        try:
            os.kill(pid, number)
        except ProcessLookupError:
            return
        deadline = time.monotonic() + seconds
        while is_running(pid) and time.monotonic() < deadline:
            time.sleep(0.05)


def last_lines(log: Path, count: int, *, after: int = 0) -> list[str]:
    """Return the last ``count`` lines of ``log`` written behind byte ``after``."""
    if not log.exists():
        return []
    with log.open("rb") as file:
        size = file.seek(0, os.SEEK_END)
        file.seek(max(after, size - 64 * 1024))
        return file.read().decode(errors="replace").splitlines()[-count:]
