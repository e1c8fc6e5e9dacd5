"""App configuration."""

from django.apps import AppConfig


class ForecastingConfig(AppConfig):
    """Demand, forecasts, and what is needed on each day."""

    name = "forecasting"
    label = "forecasting"

    def ready(self) -> None:
        """Make the events known and register the forecast job."""
        from collab.jobs.registry import register
        from forecasting import (  # noqa: F401  # declare and subscribe on import
            events,
            jobs,
            measure_job,
            publish_job,
            subscriptions,
        )
        from forecasting.imports import capacity as capacity_imports
        from forecasting.imports import commits as commit_imports
        from forecasting.imports import orders as order_imports
        from forecasting.imports import plan as plan_imports
        from forecasting.live import capacity as capacity_live
        from forecasting.live import comments as comment_live
        from forecasting.live import commits as commit_live
        from forecasting.live import grid as grid_live
        from forecasting.live import orders as order_live
        from forecasting.live import releases as release_live
        from forecasting.services import (
            capacity_alerts,
            comments,
            commit_alerts,
            order_alerts,
            plan_messages,
            release_alerts,
            watches,
        )
        from forecasting.services import messages as release_messages

        register("forecasting.forecast", jobs.run_forecast)
        register("forecasting.publish", publish_job.run_publish)
        release_messages.register_handlers()
        plan_messages.register_handlers()
        register("forecasting.measure", measure_job.run_measure)
        capacity_alerts.name_types()
        comments.name_types()
        commit_alerts.name_types()
        watches.name_types()
        release_alerts.name_types()
        order_alerts.name_types()
        grid_live.register_topics()
        commit_live.register_topics()
        capacity_live.register_topics()
        comment_live.register_topics()
        release_live.register_topics()  # joins the topics of commits
        order_live.register_topics()
        commit_imports.register()
        capacity_imports.register()
        plan_imports.register()
        order_imports.register()
