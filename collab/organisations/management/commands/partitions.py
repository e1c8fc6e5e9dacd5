"""``manage.py partitions``: keep months ahead of the present one, detach what is no longer kept."""

from argparse import ArgumentParser
from datetime import UTC, datetime
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from collab.organisations.partitions import MONTHS_AHEAD, Month, detach_months, open_months


class Command(BaseCommand):
    """Runs as the owner of the tables: once a month, or as often as one likes."""

    help = "Create the monthly partitions to come; with --keep-months detach old ones."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Take how far to go in both directions."""
        parser.add_argument("--ahead", type=int, default=MONTHS_AHEAD, help="months to come")
        parser.add_argument("--since", help="YYYY-MM: cut earlier times into months as well")
        parser.add_argument(
            "--keep-months", type=int, help="detach what is older; its rows are kept as tables"
        )

    def handle(self, *_args: Any, **options: Any) -> None:
        """Create first, so that a failing detachment leaves intake working."""
        today = datetime.now(UTC)
        if not 1 <= options["ahead"] <= 120:
            raise CommandError(f"expected --ahead from 1 to 120, got {options['ahead']}")
        since = _month(options["since"]) if options["since"] else None
        made = open_months(today=today, since=since, ahead=options["ahead"])
        if options["verbosity"]:
            self.stdout.write(f"{made} partitions created.")
        keep = options["keep_months"]
        if keep is None:
            return
        if keep < 1:
            raise CommandError(f"expected --keep-months of 1 or more, got {keep}")
        for name in detach_months(before=Month.of(today).plus(-keep)):
            self.stdout.write(f"Detached {name}: archive it, then drop it.")


def _month(text: str) -> Month:
    try:
        return Month.of(datetime.strptime(text, "%Y-%m").replace(tzinfo=UTC))
    except ValueError:
        raise CommandError(f"expected --since as YYYY-MM, got {text!r}") from None
