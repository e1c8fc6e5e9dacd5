"""What must stand in the database before the first page: the schema and the demo network."""

import json
import subprocess
import sys
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from collab.local.errors import StartError
from collab.local.folder import Folder
from collab.local.memory import fingerprint, recall, remember
from collab.local.processes import last_lines

SHOWN_LINES = 20
LOGIN_COLUMNS = ("organisation", "role", "email", "password")


class Preparation:
    """Runs the two commands of a start, unless the database remembers them as done."""

    def __init__(self, root: Path, folder: Folder, owner_url: str, env: Mapping[str, str]) -> None:
        self._root = root
        self._folder = folder
        self._owner_url = owner_url
        self._env = env
        self._done = recall(owner_url)

    @property
    def demo_file(self) -> Path:
        """Logins and keys of the demo network, with the address to use them at."""
        return self._folder.base / "demo.json"

    def migrate(self) -> None:
        """Bring the schema up to date, as its owner; once a month that also opens the next ones.

        Raises
        ------
        StartError
            If the command fails.
        """
        wanted = f"{self._schema_fingerprint()}-{datetime.now(UTC):%Y-%m}"
        if self._done.get("schema") == wanted:
            return
        print("Bringing the database up to date …", flush=True)
        owner = {"COLLAB_DB_ROLE": "owner", "DATABASE_OWNER_URL": self._owner_url}
        self._manage("migrate", "--no-input", extra=owner)
        remember(self._owner_url, schema=wanted)

    def load_demo(self, url: str) -> None:
        """Load the demo network and write its logins beside ``url`` for tests and people.

        It is loaded again when its code, the schema, the demand file or the day changed.

        Raises
        ------
        StartError
            If the command fails or ends with something else than one line of JSON.
        """
        wanted = self._demo_fingerprint()
        kept = self._read_demo_file()
        if kept is None or self._done.get("demo") != wanted:
            print("Loading the demo network …", flush=True)
            kept = _parse_demo(self._manage("load_demo", "--json"))
            remember(self._owner_url, demo=wanted)
        text = json.dumps({**kept, "url": url}, indent=2, ensure_ascii=False)
        self._folder.write_private(self.demo_file, text + "\n")

    def logins_table(self) -> str:
        """Return the demo logins as aligned text, one a line below a heading."""
        logins = (self._read_demo_file() or {}).get("logins", [])
        rows = [LOGIN_COLUMNS] + [
            tuple(str(login.get(column, "")) for column in LOGIN_COLUMNS) for login in logins
        ]
        widths = [max(len(row[place]) for row in rows) for place in range(len(LOGIN_COLUMNS))]
        return "\n".join(
            "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip()
            for row in rows
        )

    def _read_demo_file(self) -> dict[str, Any] | None:
        if not self.demo_file.exists():
            return None
        kept: dict[str, Any] = json.loads(self.demo_file.read_text())
        return kept

    def _manage(self, *words: str, extra: Mapping[str, str] | None = None) -> str:
        """Run a management command and return its standard output; the rest goes to its log."""
        log = self._folder.log / f"{words[0]}.log"
        written_before = log.stat().st_size if log.exists() else 0
        with log.open("ab") as errors:
            done = subprocess.run(
                [sys.executable, "manage.py", *words],
                check=False,
                cwd=self._root,
                env={**self._env, **(extra or {})},
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=errors,
            )
        output = done.stdout.decode(errors="replace")
        if done.returncode != 0:
            for line in last_lines(log, SHOWN_LINES, after=written_before):
                print(f"  {words[0]} | {line}", file=sys.stderr)
            raise StartError(f"`manage.py {words[0]}` failed with status {done.returncode}.")
        return output

    def _schema_fingerprint(self) -> str:
        migrations = [
            path
            for pattern in ("*/migrations/*.py", "collab/*/migrations/*.py")
            for path in self._root.glob(pattern)
        ]
        return fingerprint(self._root, [*migrations, self._root / "requirements.lock"])

    def _demo_fingerprint(self) -> str:
        files = [
            path
            for path in (self._root / "collab" / "demo").rglob("*")
            if path.is_file() and "__pycache__" not in path.parts
        ]
        if demand := self._env.get("DEMAND"):
            path = Path(demand)
            if not path.is_file():
                raise StartError(f"expected DEMAND to name a file, found none at {demand!r}.")
            files.append(path.absolute())
        today = datetime.now(UTC).date().isoformat()
        return fingerprint(self._root, files, self._schema_fingerprint(), demand or "", today)


def _parse_demo(output: str) -> dict[str, Any]:
    """Return the JSON of the last line.

    Raises
    ------
    StartError
        If there is none, or it lacks the logins.
    """
    lines = output.strip().splitlines()
    try:
        demo = json.loads(lines[-1]) if lines else None
    except ValueError:
        demo = None
    if not isinstance(demo, dict) or not isinstance(demo.get("logins"), list):
        raise StartError("expected `manage.py load_demo --json` to end with a line of JSON.")
    return demo
