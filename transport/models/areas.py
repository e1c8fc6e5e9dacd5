"""Areas that loads should not drive into unnoticed."""

from typing import Any, ClassVar

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from collab.sharing.models import Owned
from collab.sharing.walls import OwnWalls


class RiskArea(Owned):
    """A polygon or circle with what is the matter there, from ``valid_from`` to ``valid_to``.

    ``shape`` in degrees WGS 84: ``{"type": "circle", "centre": [lat, lon], "radius_km": r}`` or
    ``{"type": "polygon", "ring": [[lat, lon], …]}``, not closed. ``south`` … ``east`` bound it.
    """

    class Kind(models.TextChoices):
        WEATHER = "weather", _("Weather")
        STRIKE = "strike", _("Strike")
        BORDER = "border", _("Border delay")
        CLOSURE = "closure", _("Road closed")
        SECURITY = "security", _("Security")
        HEALTH = "health", _("Health")
        OTHER = "other", pgettext_lazy("risk area", "Other")

    class Severity(models.TextChoices):
        INFO = "info", _("Info")
        WARNING = "warning", _("Warning")
        CRITICAL = "critical", _("Critical")

    name = models.CharField(_("name"), max_length=80)
    kind = models.CharField(_("kind"), max_length=10, choices=Kind)
    severity = models.CharField(
        _("severity"), max_length=8, choices=Severity, default=Severity.WARNING
    )
    shape = models.JSONField()
    south = models.FloatField()
    north = models.FloatField()
    west = models.FloatField()
    east = models.FloatField()
    valid_from = models.DateTimeField(_("valid from"))
    valid_to = models.DateTimeField(_("valid to"), null=True, blank=True)
    note = models.CharField(_("note"), max_length=400, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)
    version = models.PositiveIntegerField(default=1)

    class Meta(Owned.Meta):
        constraints: ClassVar[list[Any]] = [
            OwnWalls(),
            models.UniqueConstraint(fields=["owner", "name"], name="transport_riskarea_name"),
            models.CheckConstraint(
                condition=Q(valid_to__isnull=True) | Q(valid_to__gt=F("valid_from")),
                name="transport_riskarea_times",
            ),
        ]

    def __str__(self) -> str:
        return self.name
