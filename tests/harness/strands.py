"""Run the tests in two strands at the same time: ``python -m tests.harness.strands [PATH …]``.

What drives a browser or kills processes (one test after the other, on installations of its own)
waits more than it works. The crowd of all other tests, a worker for each core and one for the time
in which another waits, works in what is left; it is the one to give way, so that a browser meets a
machine that answers at once.
Both use one database server. The first strand's report follows the crowd's.
"""

import os
import re
import subprocess
import sys
import tempfile
from typing import IO

from tests.harness.servers import ROOT, SHARED, shared_servers

ALONE = "browser or faults"
GIVES_WAY = 10
"""Niceness of the crowd."""
MARKED = re.compile(r"pytest\.mark\.(browser|faults)\b")
PYTEST = (sys.executable, "-m", "pytest")


def main() -> int:
    """Run both strands; return the status of the crowd, or else of the other."""
    workers = str((os.cpu_count() or 2) + 1)
    with shared_servers() as addresses, tempfile.TemporaryFile("w+") as report:
        environment = {**os.environ, SHARED: addresses}
        with _started(report, environment) as alone:
            crowd = subprocess.run(
                [
                    *("nice", "-n", str(GIVES_WAY), *PYTEST, "--numprocesses", workers),
                    *("--dist", "loadfile", "--no-loadscope-reorder", "-m", f"not ({ALONE})"),
                    *sys.argv[1:],
                ],
                env=environment,
                check=False,
            )
            status = alone.wait()
        report.seek(0)
        sys.stdout.write(report.read())
    return crowd.returncode or status


def _started(report: IO[str], environment: dict[str, str]) -> "subprocess.Popen[bytes]":
    chosen = sys.argv[1:] or _files_that_mark()
    return subprocess.Popen(
        [*PYTEST, "-m", ALONE, "--durations=10", "--durations-min=5", *chosen],
        env=environment,
        stdout=report,
        stderr=subprocess.STDOUT,
    )


def _files_that_mark() -> list[str]:
    """Return the files with tests of the first strand: to collect all others takes a while."""
    files = sorted((ROOT / "tests").rglob("test_*.py"))
    return [str(file) for file in files if MARKED.search(file.read_text(encoding="utf-8"))]


if __name__ == "__main__":
    sys.exit(main())
