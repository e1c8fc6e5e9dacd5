"""Prints the folder of the Node.js that builds the front end: the machine's, else the wheel's."""

import re
import shutil
import subprocess
import sys
from pathlib import Path

from collab.local.errors import StartError

OLDEST = (20, 19)


def version_of(node: Path) -> tuple[int, int]:
    """Return major and minor version of a Node.js program; (0, 0) if it does not answer."""
    try:
        answer = subprocess.run(
            [node, "--version"], capture_output=True, text=True, timeout=30, check=False
        )
    except (OSError, subprocess.TimeoutExpired):
        return (0, 0)
    found = re.match(r"v(\d+)\.(\d+)\.", answer.stdout)
    return (int(found[1]), int(found[2])) if found else (0, 0)


def node_folder(search_path: str | None = None) -> Path:
    """Return the folder of a `node` of at least 20.19 that has `npm` beside it.

    Raises
    ------
    StartError
        If neither the machine nor the virtual environment has one.
    """
    on_path = shutil.which("node", path=search_path)
    beside_python = Path(sys.executable).parent / "node"
    for node in ([Path(on_path)] if on_path else []) + [beside_python]:
        if (node.parent / "npm").exists() and version_of(node) >= OLDEST:
            return node.parent
    oldest = ".".join(str(part) for part in OLDEST)
    raise StartError(f"expected node >= {oldest} with npm on PATH or in .venv: run `make setup`.")


def main() -> int:
    """Print the folder, or one sentence on what is missing."""
    try:
        print(node_folder())
    except StartError as error:
        print(error, file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
