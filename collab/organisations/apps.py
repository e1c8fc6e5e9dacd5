"""App configuration."""

from django.apps import AppConfig


class OrganisationsConfig(AppConfig):
    """Organisations, sites, people, API clients and whom we act for."""

    name = "collab.organisations"
    label = "organisations"
