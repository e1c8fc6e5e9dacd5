"""``manage.py engine <name> ...``: run an engine on files, without a database."""

from argparse import REMAINDER
from collections.abc import Callable, Sequence
from typing import Any, ClassVar

from django.conf import settings
from django.core.management.base import BaseCommand, CommandParser
from django.utils.module_loading import import_string


class Command(BaseCommand):
    """Hand the arguments over to the engine named in ``settings.ENGINE_COMMANDS``."""

    help = "Run an engine: file in, JSON out."
    requires_system_checks: ClassVar[list[str]] = []  # type: ignore[misc]

    def add_arguments(self, parser: CommandParser) -> None:
        """Take the engine's name; all that follows is the engine's own."""
        parser.add_argument("name", choices=sorted(settings.ENGINE_COMMANDS))
        parser.add_argument("arguments", nargs=REMAINDER)

    def run_from_argv(self, argv: list[str]) -> None:
        """Run the engine with its arguments as typed; end with its exit code."""
        names = sorted(settings.ENGINE_COMMANDS)
        if len(argv) < 3 or argv[2] not in names:
            given = argv[2] if len(argv) > 2 else ""
            self.stderr.write(f"error: expected an engine among {', '.join(names)} ({given!r})")
            raise SystemExit(2)
        raise SystemExit(run(argv[2], argv[3:]))

    def handle(self, *args: Any, **options: Any) -> None:
        """Run the engine when called from Python; a code other than 0 ends the process."""
        if code := run(options["name"], options["arguments"]):
            raise SystemExit(code)


def run(name: str, arguments: Sequence[str]) -> int:
    """Run the engine ``name`` and return its exit code."""
    main: Callable[[Sequence[str]], int] = import_string(settings.ENGINE_COMMANDS[name])
    return main(arguments)
