"""As whom PostgreSQL runs: it refuses to run as root, so root steps down for it."""

import grp
import os
import pwd
import subprocess
from dataclasses import dataclass
from pathlib import Path

from collab.local.errors import StartError

STEP_DOWN = ("unshare", "--user", "--map-user=1000", "--map-group=1000")


@dataclass(frozen=True, slots=True)
class Identity:
    """How to start a process that must not be root."""

    uid: int
    """Owner, as the disk shows it, of what the process writes."""
    gid: int
    prefix: tuple[str, ...] = ()
    switches: bool = False
    """Whether the process changes its user; it then reaches only what is open to all."""

    @property
    def switch_to(self) -> tuple[int | None, int | None]:
        """User and group for ``subprocess``; None keeps the present ones."""
        return (self.uid, self.gid) if self.switches else (None, None)


def choose_identity() -> Identity:
    """Return the least intrusive way to be an ordinary user.

    An ordinary user stays who he is. Root enters a user namespace, which needs no
    account and no change of owner. Where the kernel forbids that, root becomes `nobody`.

    Raises
    ------
    StartError
        If root can do neither.
    """
    if os.geteuid() != 0:
        return Identity(os.geteuid(), os.getegid())
    if may_unshare():
        return Identity(0, 0, prefix=STEP_DOWN)
    return nobody()


def may_unshare() -> bool:
    """Return whether the kernel lets us enter a user namespace as user 1000."""
    try:
        answer = subprocess.run(
            [*STEP_DOWN, "id", "-u"], capture_output=True, text=True, timeout=5, check=False
        )
    except (OSError, subprocess.TimeoutExpired):
        return False
    return answer.returncode == 0 and answer.stdout.strip() == "1000"


def nobody() -> Identity:
    """Return the identity of the account `nobody`."""
    try:
        account = pwd.getpwnam("nobody")
        group = grp.getgrgid(account.pw_gid)
    except KeyError:
        raise StartError(
            "PostgreSQL does not run as root and there is no account `nobody`: "
            "start as an ordinary user or set DATABASE_URL and DATABASE_OWNER_URL."
        ) from None
    return Identity(account.pw_uid, group.gr_gid, switches=True)


def open_to_all(path: Path) -> bool:
    """Return whether any user may enter ``path`` and every directory above it."""
    path = path.resolve()
    return all(step.stat().st_mode & 0o001 for step in (path, *path.parents))
