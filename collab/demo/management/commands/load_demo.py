"""Load the demo network once, and print its logins and keys."""

import json
from math import isnan
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandParser
from django.utils import timezone

from collab.demo import secrets
from collab.demo.loader import is_loaded, load
from collab.demo.network import DemoNetwork, build, day_of
from collab.organisations.context import acting_for
from forecasting.engine.reader import read_demand
from forecasting.services import start_forecast

CAST = ("avalon", "kestrel", "brasov", "porto", "silesia", "lubin", "fjord", "rhine")


class Command(BaseCommand):
    """``manage.py load_demo``: safe to repeat; the second time only prints."""

    help = "Load the demo network and print its logins."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--seed", type=int, default=1)
        parser.add_argument("--suppliers", type=int, default=24, help="number of tier-1 suppliers")
        parser.add_argument("--parts", type=int, default=400, help="number of supplied parts")
        parser.add_argument("--json", action="store_true", help="end with one line of JSON")

    def handle(self, *args: Any, **options: Any) -> None:
        now = timezone.now()
        network = build(
            options["seed"],
            options["suppliers"],
            options["parts"],
            self._demand(),
            today=day_of(now),
        )
        if is_loaded(network):
            self.stdout.write("The demo network is there already.")
        else:
            directory = load(network, as_of=now)
            for slug in ("avalon", "kestrel"):
                with acting_for(directory.organisations[slug]):
                    start_forecast()
        answer = logins(network)
        if options["json"]:
            self.stdout.write(json.dumps(answer))
        else:
            for login in answer["logins"]:
                self.stdout.write(
                    "{organisation:24} {role:10} {email:40} {password}".format(**login)
                )

    def _demand(self) -> list[list[float | None]] | None:
        path = settings.ENVIRONMENT.demand
        if path is None:
            return None
        history = read_demand(path, "M")
        return [
            [None if isnan(value) else float(value) for value in row] for row in history.quantity
        ]


def logins(network: DemoNetwork) -> dict[str, Any]:
    """Return who may sign in, and the key of each organisation that has a system."""
    order = {slug: number for number, slug in enumerate(CAST)}
    companies = sorted(network.organisations, key=lambda each: order.get(each.slug, len(order)))
    return {
        "logins": [
            {
                "email": person.email,
                "password": secrets.password(),
                "organisation": company.name,
                "role": person.role,
            }
            for company in companies
            for person in company.people
        ],
        "api_keys": {
            company.name: secrets.api_key(company.slug).secret
            for company in companies
            if company.api_clients
        },
    }
