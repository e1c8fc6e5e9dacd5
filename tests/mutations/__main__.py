"""Run the mutants: ``python -m tests.mutations [--write] [--only TEXT]``.

Everything happens in a copy of the tree with a database server of its own. First the suites run
without a mutant and must pass; a mutant is killed when a test fails, and survives when none does.
"""

import argparse
import csv
import json
import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from tests.mutations.mutants import MUTANTS, Mutant

ROOT = Path(__file__).resolve().parents[2]
EVIDENCE = ROOT / "docs" / "evidence" / "mutants.csv"
LEFT_OUT = shutil.ignore_patterns(
    ".git", ".local", ".venv", "node_modules", "__pycache__", ".*_cache", ".hypothesis"
)
SERVER_SECONDS, SUITE_SECONDS = 120.0, 1800.0
PASSED, FAILED = 0, 1


class Broken(RuntimeError):
    """The run says nothing: a mutant no longer fits, or tests do not even start."""


def main(arguments: Sequence[str]) -> int:
    """Run what was asked for; return 0 if every mutant was killed."""
    parser = argparse.ArgumentParser(prog="python -m tests.mutations", description=__doc__)
    parser.add_argument("--write", action="store_true", help="write docs/evidence/mutants.csv")
    parser.add_argument("--only", default="", metavar="TEXT", help="mutants whose name holds TEXT")
    asked = parser.parse_args(arguments)
    signal.signal(signal.SIGTERM, signal.default_int_handler)  # the server goes with us
    chosen = [mutant for mutant in MUTANTS if asked.only in mutant.name]
    for mutant in chosen:
        check_fit(mutant, ROOT)
    with tempfile.TemporaryDirectory(prefix="collab-mutants-") as folder:
        copy = Path(folder) / "collab"
        shutil.copytree(ROOT, copy, ignore=LEFT_OUT)
        with servers(copy):
            must_pass(copy, sorted({test for mutant in chosen for test in mutant.tests}))
            found = [(mutant, *judge(copy, mutant)) for mutant in chosen]
    if asked.write and not asked.only:
        write(found)
    killed = sum(bool(killer) for _mutant, killer, _took in found)
    sys.stdout.write(f"{killed} of {len(found)} mutants killed\n")
    return PASSED if killed == len(found) else FAILED


def check_fit(mutant: Mutant, root: Path) -> None:
    """Raise ``Broken`` unless the mutant's text stands exactly once in its file."""
    count = (root / mutant.path).read_text(encoding="utf-8").count(mutant.old)
    if count != 1:
        raise Broken(f"expected {mutant.old!r} once in {mutant.path}, found it {count} times")


def judge(copy: Path, mutant: Mutant) -> tuple[str, float]:
    """Apply one mutant, run its tests, take it back; return who killed it and the seconds."""
    path = copy / mutant.path
    original = path.read_text(encoding="utf-8")
    began = time.monotonic()
    path.write_text(original.replace(mutant.old, mutant.new), encoding="utf-8")
    try:
        status, output = run(copy, mutant.tests)
    finally:
        path.write_text(original, encoding="utf-8")
    took = time.monotonic() - began
    # A story that cannot even be set up any more has noticed too; broken collection has no "::".
    killer = re.search(r"^(?:FAILED|ERROR) (\S+::\S+)", output, re.MULTILINE)
    if status not in {PASSED, FAILED} or (status == FAILED and killer is None):
        raise Broken(f"{mutant.name}: the tests did not run (status {status})\n{output[-3000:]}")
    by = killer.group(1) if killer else ""
    sys.stdout.write(f"{'killed  ' if by else 'SURVIVED'} {took:6.1f} s  {mutant.name}  {by}\n")
    sys.stdout.flush()
    return by, took


def must_pass(copy: Path, tests: Sequence[str]) -> None:
    """Raise ``Broken`` if the tests fail without any mutant: then a failure proves nothing."""
    status, output = run(copy, tests)
    if status != PASSED:
        raise Broken(f"expected the tests to pass without a mutant\n{output[-5000:]}")


def run(copy: Path, tests: Sequence[str]) -> tuple[int, str]:
    """Run the tests up to the first failure; return pytest's status and output."""
    done = subprocess.run(
        [sys.executable, "-B", "-m", "pytest", "-x", "-p", "no:cacheprovider", "-rfE",
         "--tb=short", *tests],
        cwd=copy, env=environment(), capture_output=True, text=True, check=False,
        timeout=SUITE_SECONDS,
    )  # fmt: skip
    return done.returncode, done.stdout + done.stderr


def environment() -> dict[str, str]:
    """Return this environment without what would lead the copy to other servers or modules."""
    left_out = {"DATABASE_URL", "DATABASE_OWNER_URL", "REDIS_URL", "PYTHONPATH", "COLLAB_DB_ROLE"}
    return {key: value for key, value in os.environ.items() if key not in left_out}


@contextmanager
def servers(copy: Path) -> Iterator[None]:
    """Keep a database server for the copy, so that only mutated migrations run again."""
    addresses = copy / ".local" / "test-servers" / "addresses.json"
    process = subprocess.Popen(
        [sys.executable, "-B", "-m", "tests.harness.servers"], cwd=copy, env=environment(),
        stdout=subprocess.DEVNULL, start_new_session=True,
    )  # fmt: skip
    try:
        deadline = time.monotonic() + SERVER_SECONDS
        while not _is_complete(addresses):
            if process.poll() is not None or time.monotonic() > deadline:
                raise Broken("the database server of the copy did not start")
            time.sleep(0.2)
        yield
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(timeout=60)


def _is_complete(path: Path) -> bool:
    try:
        return bool(json.loads(path.read_text()))
    except (FileNotFoundError, ValueError):
        return False


def write(found: Sequence[tuple[Mutant, str, float]]) -> None:
    """Write the table as evidence."""
    with EVIDENCE.open("w", encoding="utf-8", newline="") as file:
        rows = csv.writer(file, lineterminator="\n")
        rows.writerow(["mutant", "file", "state", "test"])
        for mutant, killer, _took in found:
            test = re.sub(r"\[.*", "", killer)
            rows.writerow([mutant.name, mutant.path, "killed" if killer else "survived", test])


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
