"""App configuration."""

from django.apps import AppConfig


class TransportConfig(AppConfig):
    """How parts move."""

    name = "transport"
    label = "transport"

    def ready(self) -> None:
        """Make events, subscriptions, topics, imports and alert types known."""
        from collab.jobs import registry
        from collab.work.links import link_kind
        from transport import events, exception_panes, subscriptions  # noqa: F401  # declare on import
        from transport.imports import areas as area_imports
        from transport.imports import distances as distance_imports
        from transport.imports import empties as empties_imports
        from transport.imports import orders as order_imports
        from transport.live import advices as advices_live
        from transport.live import areas as areas_live
        from transport.live import arrivals as arrivals_live
        from transport.live import empties as empties_live
        from transport.live import money as money_live
        from transport.live import moves as moves_live
        from transport.live import routes as routes_live
        from transport.live import tracking as tracking_live
        from transport.services import (
            advice_answers,
            advice_checks,
            advice_messages,
            call_alerts,
            delays,
            emissions,
            empties,
            risk_watch,
            silence,
        )
        from transport.services.replan import KIND as REPLAN
        from transport.services.replan import run_replan
        from transport.services.scenario_solving import run_scenario
        from transport.services.scenarios import KIND as MILK_RUN

        empties_imports.register()
        order_imports.register()
        distance_imports.register()
        area_imports.register()
        empties_live.register_topics()
        money_live.register_topics()
        moves_live.register_topics()
        advices_live.register_topics()
        areas_live.register_topics()
        arrivals_live.register_topics()
        advice_messages.register_handlers()
        empties.name_types()
        emissions.name_types()
        call_alerts.name_types()
        tracking_live.register_topics()
        routes_live.register_topics()
        registry.register(MILK_RUN, run_scenario)
        registry.register(REPLAN, run_replan)
        delays.name_types()
        silence.name_types()
        risk_watch.name_types()
        advice_answers.name_types()
        advice_checks.name_types()
        exception_panes.register()
        link_kind(call_alerts.ORDER, "transport:order")
        link_kind(advice_answers.OF_ADVICE, "transport:advice")
