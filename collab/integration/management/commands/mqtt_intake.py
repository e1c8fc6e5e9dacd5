"""Take what devices publish over MQTT until told to stop."""

import logging
import signal
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils.module_loading import import_string

from collab.integration.device_intake.address import BadAddress, parse_address
from collab.integration.device_intake.broker import Broker
from collab.integration.device_intake.process import Intake
from collab.integration.mqtt.topics import (
    is_name,
    plain_filter,
    share_name,
    sparkplug_filters,
)


class Command(BaseCommand):
    """``manage.py mqtt_intake``: one process, or several of different names for plain readings.

    Each keeps its session at the broker under its name, so a process that was killed goes on where
    it was. Sparkplug's sessions live in one process only: give further ones ``--plain-only``.
    """

    help = "Record what devices publish to the broker of MQTT_URL until SIGTERM."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--name", default="1", help="of the session at the broker")
        parser.add_argument("--plain-only", action="store_true", help="leave Sparkplug to another")

    def handle(self, *args: Any, **options: Any) -> None:
        url = settings.ENVIRONMENT.mqtt_url
        if url is None:
            raise CommandError("expected MQTT_URL to be set, it is not")
        if settings.SILENT_MODE:
            raise CommandError(
                "expected SILENT_MODE off: a copy must not take messages from the original"
            )
        if not is_name(options["name"]):
            raise CommandError("expected letters, digits and _ . - in --name")
        try:
            address = parse_address(url)
            filters = [plain_filter(share_name(address.password))]
            filters += [] if options["plain_only"] else sparkplug_filters()
            broker = Broker(address, name=options["name"], filters=filters)
        except (BadAddress, OSError) as error:
            raise CommandError(str(error)) from error
        logging.getLogger("collab.integration.device_intake").setLevel(logging.INFO)
        intake = Intake(broker, import_string(settings.DEVICE_KEEPER))
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, intake.stop)
        broker.start()
        try:
            intake.run()
        finally:
            broker.stop()
        self.stdout.write(f"Took {intake.messages} messages.")
