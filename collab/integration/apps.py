"""App configuration."""

from django.apps import AppConfig


class IntegrationConfig(AppConfig):
    """The doors for machines: REST conventions, keys, imports."""

    name = "collab.integration"
    label = "integration"

    def ready(self) -> None:
        """Number log records, and let the API description know how callers sign in."""
        from collab.integration import schema  # noqa: F401 - registers itself
        from collab.integration.request_id import number_log_records

        number_log_records()
