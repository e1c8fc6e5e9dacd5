"""Play thousands of devices that publish to the broker."""

import asyncio
import time
from typing import Any, Final

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser

from collab.demo.devices.fleet import Fleet, Habits, Login, Tally
from collab.demo.devices.http import play_over_http
from collab.demo.devices.publisher import Publisher, Refused
from collab.demo.devices.registration import register
from collab.integration.device_intake.address import parse_address
from collab.organisations.context import acting_for
from collab.organisations.models import Organisation, Tenant

ADMITTED_WITHIN_S: Final = 30.0


class Command(BaseCommand):
    """``manage.py simulate_devices --devices 2000 --rate 1``.

    Registers ``sim-00001`` and so on for one organisation, gives each a credential of its own and
    lets all measure a temperature: JSON with QoS 1, or Sparkplug B. The broker is the one of
    MQTT_URL (without TLS); its accounts have to follow, as `mqtt_accounts --watch` makes them.
    With ``--http`` the readings go to the REST interface instead, in batches.
    """

    help = "Play devices: they register, sign in at the broker and publish readings."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--devices", type=int, default=100)
        parser.add_argument("--rate", type=float, default=1.0, help="readings a second of each")
        parser.add_argument("--seconds", type=float, default=60.0)
        parser.add_argument("--organisation", default="brasov", help="whose devices: its slug")
        parser.add_argument("--sparkplug", type=float, default=0.2, help="share of devices, 0 to 1")
        parser.add_argument("--duplicates", type=float, default=0.0, help="share sent twice")
        parser.add_argument("--reordered", type=float, default=0.0, help="share sent late")
        parser.add_argument("--seed", type=int, default=1)
        parser.add_argument("--http", metavar="URL", help="report to this installation by REST")
        parser.add_argument("--key", default="", help="API key for --http: inventory:write")

    def handle(self, *args: Any, **options: Any) -> None:
        if options["devices"] < 1 or options["rate"] <= 0 or options["seconds"] <= 0:
            raise CommandError("expected --devices, --rate and --seconds above 0")
        habits = Habits(
            **{name: options[name] for name in ("seconds", "duplicates", "reordered", "sparkplug")},
            per_second=options["rate"],
        )
        owner = organisation_named(options["organisation"])
        logins = list(register(owner, options["devices"]))
        self.stdout.write(f"{len(logins)} devices of {owner.name} are registered.")
        began = time.monotonic()
        if options["http"]:
            tally = play_over_http(logins, habits, options["http"], options["key"])
        else:
            tally = asyncio.run(_play(logins, habits, options["seed"]))
        took = time.monotonic() - began
        self.stdout.write(
            f"{tally.readings} readings in {tally.messages} messages in {took:.1f} s "
            f"({tally.readings / took:.0f}/s), {tally.acknowledged} acknowledged, "
            f"at most {tally.late_s:.2f} s late."
        )


def organisation_named(slug: str) -> Organisation:
    """Return an organisation, or raise ``CommandError`` if there is none of this name."""
    for key in Tenant.objects.order_by("pk").values_list("pk", flat=True):
        with acting_for(key):
            found = Organisation.objects.filter(pk=key, slug=slug).first()
        if found is not None:
            return found
    raise CommandError(f"expected the slug of an organisation, got {slug!r}")


async def _play(logins: list[Login], habits: Habits, seed: int) -> Tally:
    url = settings.ENVIRONMENT.mqtt_url
    if url is None:
        raise CommandError("expected MQTT_URL to be set, or --http")
    address = parse_address(url)
    await _admitted(logins[-1], address.host, address.port)
    return await Fleet(logins, habits, address.host, address.port, seed).run()


async def _admitted(login: Login, host: str, port: int) -> None:
    """Wait until the broker knows the newest account."""
    deadline = time.monotonic() + ADMITTED_WITHIN_S
    while True:
        probe = Publisher(login.username, login.password)
        try:
            await probe.connect(host, port)
        except Refused as error:
            if time.monotonic() > deadline:
                raise CommandError(
                    f"the broker does not know the devices ({error}): is mqtt_accounts running?"
                ) from error
            await asyncio.sleep(0.5)
        else:
            await probe.close()
            return
