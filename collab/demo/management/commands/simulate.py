"""Play the demo network forward, so that screens live without real partners."""

from argparse import ArgumentTypeError
from math import isfinite, isnan
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from collab.demo.network import DemoNetwork, build, day_of
from collab.demo.simulator.player import Pace, Player
from collab.demo.simulator.scenarios import SCENARIOS, scenario_named
from collab.demo.simulator.senders import NotSent, Sender, ThroughRest, ThroughServices
from collab.demo.simulator.world import events
from forecasting.engine.reader import read_demand


class Command(BaseCommand):
    """``manage.py simulate``: every company of the demo network works and reports.

    Two clocks meet here. Inside, simulated hours pass ``--speed`` times as fast as real ones:
    stock is made, shipped, used up and counted at that pace. Outside, each report is sent when
    its hour has come and says that it was counted at the real now, because that is when it is
    true for who reads it and the service takes no count from the future. So quantities move
    fast while time stamps stay real: with ``--speed 1440`` a screen sees one count a minute
    where a plant sees one a day, nothing grows stale, and a report that is late or missed shows
    as a figure that stands still. Days of supply look at the real calendar's coming days.

    Ctrl-C ends it between two instants; what was reported stays.
    """

    help = "Play the demo network forward: production, shipments, consumption, stock counts."

    def add_arguments(self, parser: CommandParser) -> None:
        speed = "simulated seconds in a real one; 1440: a day a minute"
        parser.add_argument("--speed", type=_positive, default=1440.0, help=speed)
        parser.add_argument("--days", type=_whole, help="simulated days; without: until Ctrl-C")
        known = "; ".join(f"{each.name}: {each.title}" for each in SCENARIOS.values())
        parser.add_argument("--scenario", help=known)
        parser.add_argument("--seed", type=int, default=1, help="of what happens")
        parser.add_argument("--api", metavar="URL", help="report by REST with the demo keys")
        parser.add_argument("--network-seed", type=int, default=1, help="as load_demo --seed")
        parser.add_argument("--suppliers", type=int, default=24, help="as load_demo")
        parser.add_argument("--parts", type=int, default=400, help="as load_demo")

    def handle(self, *args: Any, **options: Any) -> None:
        if options["scenario"] is not None:
            try:
                scenario_named(options["scenario"])
            except ValueError as unknown:
                raise CommandError(str(unknown)) from None
        network = self._network(options)
        player = None
        try:
            sender = _sender(network, options["api"])
            player = Player(sender, Pace(options["speed"]), self._say)
            player.play(
                events(
                    network,
                    options["seed"],
                    options["scenario"],
                    options["days"],
                    on_hand=sender.opening(),
                )
            )
        except NotSent as reason:
            raise CommandError(str(reason)) from reason
        except KeyboardInterrupt:
            if player is not None:
                player.end_day()
            self._say("Stopped.")

    def _say(self, line: str) -> None:
        self.stdout.write(line)
        self.stdout.flush()

    def _network(self, options: dict[str, Any]) -> DemoNetwork:
        """Return the network that load_demo wrote with the same arguments."""
        path, history = settings.ENVIRONMENT.demand, None
        if path is not None:
            rows = read_demand(path, "M").quantity
            history = [[None if isnan(each) else float(each) for each in row] for row in rows]
        return build(
            options["network_seed"],
            options["suppliers"],
            options["parts"],
            history,
            today=day_of(timezone.now()),
        )


def _sender(network: DemoNetwork, url: str | None) -> Sender:
    return ThroughServices(network) if url is None else ThroughRest(network, url)


def _positive(text: str) -> float:
    value = float(text)
    if not isfinite(value) or value <= 0:
        raise ArgumentTypeError(f"expected a speed > 0, got {text}")
    return value


def _whole(text: str) -> int:
    value = int(text)
    if value < 1:
        raise ArgumentTypeError(f"expected at least 1 day, got {text}")
    return value
