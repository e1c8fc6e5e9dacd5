"""Write the accounts of devices for a Mosquitto, and keep them up to date."""

import logging
import signal
import threading
import time
from pathlib import Path
from typing import Any, Final

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import InterfaceError, OperationalError, connection
from django.utils.module_loading import import_string

from collab.integration.device_intake.account_files import AccountFiles, reload_broker
from collab.integration.device_intake.address import BadAddress, parse_address
from collab.integration.mqtt.accounts import Account

LOOK_SECONDS: Final = 2.0


class Command(BaseCommand):
    """``manage.py mqtt_accounts --out DIR``: ``passwords`` and ``acl`` in DIR.

    With ``--watch`` it looks every 2 s and writes what changed; with ``--pid-file`` the broker then
    gets SIGHUP. So a revoked credential is refused, and its connection cut, within 5 s. The account
    of our own intake is the one in MQTT_URL.
    """

    help = "Write Mosquitto's password and access files from the devices' credentials."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--out", type=Path, required=True, help="folder of the files")
        parser.add_argument("--watch", action="store_true", help="go on until SIGTERM")
        parser.add_argument("--pid-file", type=Path, help="of the Mosquitto to reload")

    def handle(self, *args: Any, **options: Any) -> None:
        files = AccountFiles(options["out"], _intake())
        stopped = threading.Event()
        if options["watch"]:
            # Each look is platform work; every 2 s in the log it would hide all else.
            logging.getLogger("collab.organisations.context").setLevel(logging.WARNING)
            for number in (signal.SIGTERM, signal.SIGINT):
                signal.signal(number, lambda *_: stopped.set())
        while True:
            began = time.monotonic()
            try:
                self._renew(files, options["pid_file"])
            except (OperationalError, InterfaceError) as error:
                if not options["watch"]:
                    raise
                self.stderr.write(f"accounts stay as they are, the database is away: {error}")
                connection.close()
            left = max(0.0, LOOK_SECONDS - (time.monotonic() - began))
            if not options["watch"] or stopped.wait(left):
                return

    def _renew(self, files: AccountFiles, pid_file: Path | None) -> None:
        accounts = [
            Account(each.username, each.password_hash, each.tenant, each.code)
            for each in import_string(settings.DEVICE_ACCOUNTS)()
        ]
        if not files.write(accounts):
            return
        told = "" if pid_file is None or reload_broker(pid_file) else "; no broker to reload"
        self.stdout.write(f"Wrote {len(accounts)} accounts to {files.folder}{told}.")
        self.stdout.flush()


def _intake() -> tuple[str, str] | None:
    url = settings.ENVIRONMENT.mqtt_url
    if url is None:
        return None
    try:
        address = parse_address(url)
    except BadAddress as error:
        raise CommandError(str(error)) from error
    return address.username, address.password
