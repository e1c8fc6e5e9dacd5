"""App configuration."""

from django.apps import AppConfig


class SequencingConfig(AppConfig):
    """The line: sequenced calls."""

    name = "sequencing"
    label = "sequencing"
