"""Print the AsyncAPI description of sockets and devices."""

from typing import Any

import yaml
from django.core.management.base import BaseCommand

from collab.shell.asyncapi import description


class Command(BaseCommand):
    """``manage.py asyncapi > docs/reference/asyncapi.yaml``."""

    help = "Print the AsyncAPI 3.0 description of the live feed, streams and devices."

    def handle(self, *args: Any, **options: Any) -> None:
        self.stdout.write(
            yaml.safe_dump(description(), sort_keys=False, allow_unicode=True, width=100), ending=""
        )
