"""App configuration."""

from django.apps import AppConfig


class ForecastingConfig(AppConfig):
    """Demand, forecasts, and what is needed on each day."""

    name = "forecasting"
    label = "forecasting"

    def ready(self) -> None:
        """Make the events known and register the forecast job."""
        from collab.jobs.registry import register
        from forecasting import events, jobs  # noqa: F401  # declares the events

        register("forecasting.forecast", jobs.run_forecast)
