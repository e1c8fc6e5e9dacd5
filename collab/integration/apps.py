"""App configuration."""

from django.apps import AppConfig


class IntegrationConfig(AppConfig):
    """The doors for machines: REST conventions, keys, imports."""

    name = "collab.integration"
    label = "integration"

    def ready(self) -> None:
        """Number log records, describe how callers sign in, let jobs do imports."""
        from collab.integration import schema  # noqa: F401 - registers itself
        from collab.integration.imports.jobs import register_jobs
        from collab.integration.inbox import subscriptions  # noqa: F401 - subscribes on import
        from collab.integration.inbox.answers import register_handlers
        from collab.integration.models import WebhookEndpoint
        from collab.integration.request_id import number_log_records
        from collab.integration.webhooks import resealing

        resealing.register(WebhookEndpoint, "secret", "former_secret")
        number_log_records()
        register_jobs()
        register_handlers()
