#!/usr/bin/env python
"""Command line of the project; schema work switches to the owning database role."""

import os
import sys

OWNER_COMMANDS = {"migrate", "makemigrations", "sqlmigrate", "showmigrations", "partitions"}


def main() -> None:
    """Run a management command; an engine needs neither Django nor its settings."""
    if sys.argv[1:2] == ["engine"]:
        from collab.engines import main as run_engine

        raise SystemExit(run_engine(sys.argv[2:]))
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "collab.settings")
    if len(sys.argv) > 1 and sys.argv[1] in OWNER_COMMANDS:
        os.environ["COLLAB_DB_ROLE"] = "owner"
    from django.core.management import execute_from_command_line

    execute_from_command_line(sys.argv)


if __name__ == "__main__":
    main()
