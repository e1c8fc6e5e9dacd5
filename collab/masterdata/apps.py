"""App configuration."""

from django.apps import AppConfig


class MasterdataConfig(AppConfig):
    """Parts, partners' numbers, bills of material, units, packaging, calendars."""

    name = "collab.masterdata"
    label = "masterdata"

    def ready(self) -> None:
        """Make the events and the kinds of import known."""
        from collab.masterdata import events, imports

        assert events
        imports.register()
