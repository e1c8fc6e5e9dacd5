"""``manage.py rotate_field_keys``: seal stored secrets with the newest of COLLAB_FIELD_KEYS."""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from collab.integration.webhooks.resealing import reseal_all
from collab.organisations.models import Tenant


class Command(BaseCommand):
    """Stopped at any moment, it goes on when it is run again; the application may run meanwhile."""

    help = "Seal stored secrets with the newest field key; then the former keys may go."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Take whether to only count."""
        parser.add_argument("--check", action="store_true", help="count only, change nothing")

    def handle(self, *_args: Any, **options: Any) -> None:
        """Seal anew and say how many; exit code 1 while a former key is still needed."""
        is_dry = options["check"]
        done = reseal_all(is_dry=is_dry)
        word = "to seal anew" if is_dry else "sealed anew"
        self.stdout.write(f"{done.anew} {word}, {done.already} sealed with the newest key before.")
        resting = Tenant.objects.filter(is_active=False).count()
        if resting:
            self.stdout.write(f"{resting} switched-off tenants were left out: keep the former key.")
        for name in done.unreadable:
            self.stderr.write(f"No field key opens {name}.")
        if done.unreadable:
            raise CommandError(f"{len(done.unreadable)} secrets could not be opened")
        if is_dry and done.anew:
            raise CommandError(f"{done.anew} secrets still need a former key")
