"""``manage.py engine <name> …``: run an engine on files, without Django and without a database.

The areas' engines are named by dotted path, as the kernel imports none of them. Setting Django up
would take longer than most of them need.
"""

import os
import sys
from collections.abc import Callable, Sequence
from importlib import import_module

ENGINES = {
    "forecast": "forecasting.engine.command.main",
    "milkrun": "transport.engine.milkrun.command.main",
    "route": "transport.engine.routing.command.main",
    "safety-stock": "inventory.engine.safety_stock.command.main",
}


def main(arguments: Sequence[str]) -> int:
    """Run the engine named first with the rest of the arguments; return its exit code."""
    name = arguments[0] if arguments else ""
    if name not in ENGINES:
        sys.stderr.write(f"error: expected an engine among {', '.join(ENGINES)} ({name!r})\n")
        return 2
    os.environ.setdefault("OMP_NUM_THREADS", "1")  # two threads of BLAS are slower than one
    module, _, function = ENGINES[name].rpartition(".")
    run: Callable[[Sequence[str]], int] = getattr(import_module(module), function)
    return run(arguments[1:])
