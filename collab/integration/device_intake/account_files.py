"""The broker's account files on disk, renewed when accounts change."""

import hashlib
import os
import signal
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from collab.integration.mqtt.accounts import (
    ACCESS,
    PASSWORDS,
    Account,
    access_file,
    password_file,
    usable,
)
from collab.integration.mqtt.passwords import hash_password, verify_password

VERSION: Final = "version"
"""Written last: whoever reads the files looks at this one for a change."""


@dataclass(frozen=True, slots=True)
class AccountFiles:
    """The folder, and the account of our own intake: user name and secret."""

    folder: Path
    intake: tuple[str, str] | None = None

    def write(self, accounts: Sequence[Account]) -> bool:
        """Write the files if anything changed; return whether.

        Each file changes at once, the version last. Accounts whose names could be wildcards or
        lines are left out.
        """
        kept = usable(accounts)
        line = self._intake_line()
        passwords = password_file(kept, line)
        access = access_file(kept, line and line[0])
        version = hashlib.sha256(f"{passwords}\n{access}".encode()).hexdigest() + "\n"
        if _text(self.folder / VERSION) == version:
            return False
        self.folder.mkdir(parents=True, exist_ok=True)
        for name, text in ((PASSWORDS, passwords), (ACCESS, access), (VERSION, version)):
            _replace(self.folder / name, text)
        return True

    def _intake_line(self) -> tuple[str, str] | None:
        """Return our own line, the former one where it still holds: a new salt would look new."""
        if self.intake is None:
            return None
        username, secret = self.intake
        former = _text(self.folder / PASSWORDS).partition("\n")[0].removeprefix(f"{username}:")
        is_valid = verify_password(secret, former)
        return username, former if is_valid else hash_password(secret)


def reload_broker(pid_file: Path) -> bool:
    """Send SIGHUP to the Mosquitto whose number stands in its ``pid_file``; return whether it ran.

    Mosquitto then reads its accounts again and disconnects whoever lost theirs.
    """
    text = _text(pid_file).strip()
    if not text.isdecimal():
        return False
    try:
        os.kill(int(text), signal.SIGHUP)
    except ProcessLookupError:
        return False
    return True


def _text(path: Path) -> str:
    return path.read_text() if path.is_file() else ""


def _replace(path: Path, text: str) -> None:
    """Put a whole file in place of the former; readable for the broker's own user."""
    descriptor, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    with os.fdopen(descriptor, "w") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
    temporary = Path(name)
    temporary.chmod(0o644)
    temporary.replace(path)
