"""``manage.py engine`` in the list of commands; ``manage.py`` itself runs it without Django."""

from argparse import REMAINDER
from typing import Any, ClassVar

from django.core.management.base import BaseCommand, CommandParser

from collab.engines import ENGINES, main


class Command(BaseCommand):
    """Hand the arguments over to the engine."""

    help = "Run an engine: file in, JSON out."
    requires_system_checks: ClassVar[list[str]] = []  # type: ignore[misc]

    def add_arguments(self, parser: CommandParser) -> None:
        """Take the engine's name; all that follows is the engine's own."""
        parser.add_argument("name", choices=sorted(ENGINES))
        parser.add_argument("arguments", nargs=REMAINDER)

    def handle(self, *args: Any, **options: Any) -> None:
        """Run the engine when called from Python; a code other than 0 ends the process."""
        if code := main([options["name"], *options["arguments"]]):
            raise SystemExit(code)
