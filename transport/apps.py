"""App configuration."""

from django.apps import AppConfig


class TransportConfig(AppConfig):
    """How parts move."""

    name = "transport"
    label = "transport"

    def ready(self) -> None:
        """Declare events, and make what this area adds to the platform known."""
        from transport import events, exception_panes, subscriptions  # noqa: F401  # declare on import

        _register_jobs()
        _register_messages()
        _name_alerts()
        _register_topics()
        _register_imports()
        exception_panes.register()


def _register_jobs() -> None:
    from collab.jobs import registry
    from transport.services.replan import KIND as REPLAN
    from transport.services.replan import run_replan
    from transport.services.scenario_solving import run_scenario
    from transport.services.scenarios import KIND as MILK_RUN

    registry.register(MILK_RUN, run_scenario)
    registry.register(REPLAN, run_replan)


def _register_messages() -> None:
    from transport.services import advice_messages

    advice_messages.register_handlers()


def _name_alerts() -> None:
    from collab.work.links import link_kind
    from transport.services import (
        advice_answers,
        advice_checks,
        call_alerts,
        delays,
        emissions,
        empties,
        risk_watch,
        silence,
    )

    for each in (
        advice_answers, advice_checks, call_alerts, delays, emissions, empties, risk_watch, silence,
    ):  # fmt: skip
        each.name_types()
    link_kind(call_alerts.ORDER, "transport:order")
    link_kind(advice_answers.OF_ADVICE, "transport:advice")


def _register_topics() -> None:
    from transport.live import advices, areas, arrivals, empties, money, moves, routes, tracking

    for each in (empties, money, moves, advices, areas, arrivals, tracking, routes):
        each.register_topics()


def _register_imports() -> None:
    from transport.imports import areas, distances, empties, orders

    for each in (empties, orders, distances, areas):
        each.register()
