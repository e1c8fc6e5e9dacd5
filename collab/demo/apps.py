"""App configuration."""

from django.apps import AppConfig


class DemoConfig(AppConfig):
    """The demo network and the simulator that plays it forward."""

    name = "collab.demo"
    label = "demo"
