"""``manage.py compile_catalogues``: build the binary translations from ``locale/``."""

from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand

from collab.shell.catalogues import compile_all


class Command(BaseCommand):
    """Compile what is out of date; needs no gettext tools and no database."""

    help = "Compile the translations in LOCALE_PATHS that are out of date."
    requires_system_checks: list[str] = []  # noqa: RUF012

    def handle(self, *args: Any, **options: Any) -> None:
        for folder in settings.LOCALE_PATHS:
            for target in compile_all(Path(folder)):
                self.stdout.write(f"compiled {target.relative_to(settings.BASE_DIR)}")
