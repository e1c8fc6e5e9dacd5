"""When a supplier-managed stock leaves its band, and how that is told (IN-07)."""

from datetime import datetime, timedelta

from django.utils.translation import gettext_lazy as _

from collab.work.links import link_kind
from collab.work.models import Alert
from collab.work.services import Concern, clear_alert, raise_alert
from collab.work.titles import name_type
from inventory.models import VmiBand
from inventory.rules.vmi import Breach, Found

OBJECT_KIND = "inventory.vmi_band"
TYPES = {
    Breach.STOCK_OUT: "inventory.vmi_stock_out",
    Breach.BELOW: "inventory.vmi_below",
    Breach.ABOVE: "inventory.vmi_above",
    Breach.ON_HAND: "inventory.vmi_on_hand",
}


def judge_band(band: VmiBand, found: list[Found], *, at: datetime) -> None:
    """Raise an exception per kind of breach, and clear those that are over."""
    by_kind = {each.kind: each for each in found}
    for kind, type_ in TYPES.items():
        breach = by_kind.get(kind)
        if breach is None:
            clear_alert(type=type_, object_kind=OBJECT_KIND, object_id=band.pk, at=at)
        else:
            raise_alert(
                type=type_,
                object_kind=OBJECT_KIND,
                object_id=band.pk,
                concern=_concern(band, breach),
                at=at,
            )


def clear_band(band: VmiBand, *, at: datetime) -> None:
    """Clear everything that was told of a band."""
    judge_band(band, [], at=at)


def _concern(band: VmiBand, breach: Found) -> Concern:
    is_urgent = breach.is_inside_lead and breach.kind is not Breach.ABOVE
    severity = Alert.Severity.CRITICAL if is_urgent else Alert.Severity.WARNING
    on = band.projected_from + timedelta(days=breach.day) if band.projected_from else None
    return Concern(
        severity=severity.value,
        counterparty_id=band.counterparty_id,
        part_number=band.part_number,
        partner_part_number=band.partner_part_number,
        site_code=band.site_code,
        title_params={
            "day": on.isoformat() if on else "",
            "gap": str(breach.quantity.normalize() + 0),
            "unit": band.unit,
        },
    )


def name_types() -> None:
    """Give the exceptions their texts, fullest first, and their object its page."""
    figures = ("day", "gap", "unit")
    name_type(
        TYPES[Breach.STOCK_OUT],
        _("%(number)s at %(site_code)s runs out on %(day)s, %(gap)s %(unit)s are missing"),
        _("%(number)s at %(site_code)s runs out"),
        _("A supplier-managed stock runs out"),
        figures=figures,
    )
    name_type(
        TYPES[Breach.BELOW],
        _("%(number)s at %(site_code)s falls below its band on %(day)s by %(gap)s %(unit)s"),
        _("%(number)s at %(site_code)s falls below its band"),
        _("A supplier-managed stock falls below its band"),
        figures=figures,
    )
    name_type(
        TYPES[Breach.ABOVE],
        _("%(number)s at %(site_code)s rises above its band on %(day)s by %(gap)s %(unit)s"),
        _("%(number)s at %(site_code)s rises above its band"),
        _("A supplier-managed stock rises above its band"),
        figures=figures,
    )
    name_type(
        TYPES[Breach.ON_HAND],
        _("%(number)s at %(site_code)s is outside its band by %(gap)s %(unit)s"),
        _("%(number)s at %(site_code)s is outside its band"),
        _("A supplier-managed stock is outside its band"),
        figures=figures,
    )
    link_kind(OBJECT_KIND, "inventory:vmi-band", _("Look at the band"))
