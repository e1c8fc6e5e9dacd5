"""What goods need on a vehicle, and where places are: the columns many tables here repeat."""

from typing import Any

from django.db import models
from django.utils.translation import gettext_lazy as _


class Measured(models.Model):
    """The four dimensions a vehicle can run out of; a missing one is NULL, which is not zero."""

    weight_kg = models.DecimalField(
        _("gross weight [kg]"), max_digits=12, decimal_places=3, null=True, blank=True
    )
    volume_m3 = models.DecimalField(
        _("volume [m³]"), max_digits=10, decimal_places=3, null=True, blank=True
    )
    pallets = models.DecimalField(
        _("pallet places"), max_digits=8, decimal_places=2, null=True, blank=True
    )
    load_metres = models.DecimalField(
        _("load metres"), max_digits=7, decimal_places=3, null=True, blank=True
    )

    class Meta:
        abstract = True


def place_column() -> Any:
    """Return a column that keeps a place as it was known, because not everybody may read the site.

    Keys: ``organisation_id``, ``site_code``, ``name``, ``city``, ``country``, ``latitude``,
    ``longitude`` (degrees), ``timezone``, ``code`` (``<bpn>/<site code>``); written by
    ``transport.services.places`` alone.
    """
    return models.JSONField(default=dict)
