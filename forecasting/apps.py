"""App configuration."""

from django.apps import AppConfig


class ForecastingConfig(AppConfig):
    """Demand, forecasts, and what is needed on each day."""

    name = "forecasting"
    label = "forecasting"

    def ready(self) -> None:
        """Declare events, and register jobs, messages, alerts, live topics and imports."""
        from forecasting import events, subscriptions  # noqa: F401  # declare on import

        _register_jobs()
        _register_messages()
        _name_alerts()
        _register_topics()
        _register_imports()


def _register_jobs() -> None:
    from collab.jobs.registry import register
    from forecasting import jobs, measure_job, publish_job

    register("forecasting.forecast", jobs.run_forecast)
    register("forecasting.publish", publish_job.run_publish)
    register("forecasting.measure", measure_job.run_measure)


def _register_messages() -> None:
    from forecasting.services import messages, plan_messages

    messages.register_handlers()
    plan_messages.register_handlers()


def _name_alerts() -> None:
    from forecasting.services import (
        capacity_alerts,
        comments,
        commit_alerts,
        order_alerts,
        release_alerts,
        watches,
    )

    capacity_alerts.name_types()
    comments.name_types()
    commit_alerts.name_types()
    watches.name_types()
    release_alerts.name_types()
    order_alerts.name_types()


def _register_topics() -> None:
    from forecasting.live import capacity, comments, commits, grid, orders, releases

    grid.register_topics()
    commits.register_topics()
    capacity.register_topics()
    comments.register_topics()
    releases.register_topics()  # joins the topics of commits
    orders.register_topics()


def _register_imports() -> None:
    from forecasting.imports import capacity, commits, orders, plan

    commits.register()
    capacity.register()
    plan.register()
    orders.register()
