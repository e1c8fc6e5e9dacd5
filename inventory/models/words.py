"""What stock is: who may use it, where it is on its way, how the figure came about."""

from django.db import models
from django.utils.translation import gettext_lazy as _


class StockKind(models.TextChoices):
    """Who may use the stock; only blocked stock covers no demand."""

    FREE = "free", _("Free")
    BLOCKED = "blocked", _("Blocked")
    CONSIGNED = "consigned", _("Consigned")
    VMI = "vmi", _("Vendor-managed")


class Stage(models.TextChoices):
    """Where on its way the stock is."""

    SUPPLIER_WAREHOUSE = "supplier_warehouse", _("Supplier warehouse")
    IN_TRANSIT = "in_transit", _("In transit")
    CROSS_DOCK = "cross_dock", _("Cross-dock")
    YARD = "yard", _("Yard")
    PLANT = "plant", _("Plant")
    LINE_SIDE = "line_side", _("Line side")


class SourceGrade(models.TextChoices):
    """How the figure came about, best first; in step with ``rules.evidence.Grade``."""

    SENSOR = "sensor", _("Sensor")
    SCANNED = "scanned", _("Scanned")
    BOOKED = "booked", _("Booked by a system")
    COUNTED = "counted", _("Counted")
    ESTIMATED = "estimated", _("Estimated")
