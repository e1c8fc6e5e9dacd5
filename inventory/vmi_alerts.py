"""When a supplier-managed stock leaves its band, and how that is told (IN-07)."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any, Final

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext_lazy

from collab.organisations.clock import own_day
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
    Breach.SIGNAL: "inventory.vmi_signal",
}
LATE = "inventory.vmi_advice_late"
UNDER_RUN = "inventory.vmi_under_run"
WATCHED = (LATE, UNDER_RUN)


@dataclass(frozen=True, slots=True)
class LateAdvices:
    """Advised goods for a band that should be there: how many advices, and the longest expected."""

    count: int
    number: str
    expected_at: datetime


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
    judge_late(band, None, at=at)
    judge_under_run(band, Decimal(0), at=at)


def judge_late(band: VmiBand, late: LateAdvices | None, *, at: datetime) -> None:
    """Raise the exception of advised goods that are overdue; clear it once they are there."""
    told = None
    if late is not None:
        told = {
            "advice": late.number,
            "n": late.count,
            "day": own_day(late.expected_at).isoformat(),
        }
    _judge(band, LATE, told, at=at)


def judge_under_run(band: VmiBand, gap: Decimal, *, at: datetime) -> None:
    """Raise the exception of a supplier that has shipped ``gap`` [base units] less than was due."""
    told = {"gap": str(gap.normalize() + 0), "unit": band.unit} if gap > 0 else None
    _judge(band, UNDER_RUN, told, at=at)


def _judge(band: VmiBand, type_: str, told: dict[str, Any] | None, *, at: datetime) -> None:
    if told is None:
        clear_alert(type=type_, object_kind=OBJECT_KIND, object_id=band.pk, at=at)
        return
    raise_alert(
        type=type_,
        object_kind=OBJECT_KIND,
        object_id=band.pk,
        concern=Concern(
            severity=Alert.Severity.WARNING.value,
            counterparty_id=band.counterparty_id,
            part_number=band.part_number,
            partner_part_number=band.partner_part_number,
            site_code=band.site_code,
            title_params=told,
        ),
        at=at,
    )


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


_TEXTS: Final[dict[str, tuple[str | Promise, ...]]] = {
    TYPES[Breach.STOCK_OUT]: (
        _("%(number)s at %(site_code)s runs out on %(day)s, %(gap)s %(unit)s are missing"),
        _("%(number)s at %(site_code)s runs out"),
        _("A supplier-managed stock runs out"),
    ),
    TYPES[Breach.BELOW]: (
        _("%(number)s at %(site_code)s falls below its band on %(day)s by %(gap)s %(unit)s"),
        _("%(number)s at %(site_code)s falls below its band"),
        _("A supplier-managed stock falls below its band"),
    ),
    TYPES[Breach.ABOVE]: (
        _("%(number)s at %(site_code)s rises above its band on %(day)s by %(gap)s %(unit)s"),
        _("%(number)s at %(site_code)s rises above its band"),
        _("A supplier-managed stock rises above its band"),
    ),
    TYPES[Breach.ON_HAND]: (
        _("%(number)s at %(site_code)s is outside its band by %(gap)s %(unit)s"),
        _("%(number)s at %(site_code)s is outside its band"),
        _("A supplier-managed stock is outside its band"),
    ),
    TYPES[Breach.SIGNAL]: (
        _("%(number)s at %(site_code)s has reached its signal level"),
        _("A supplier-managed stock has reached its signal level"),
    ),
    LATE: (
        ngettext_lazy(
            "%(number)s at %(site_code)s: advice %(advice)s is overdue since %(day)s",
            "%(number)s at %(site_code)s: %(n)s advices are overdue, %(advice)s since %(day)s",
            "n",
        ),
        _("%(number)s: an advised delivery is overdue"),
        _("An advised delivery is overdue"),
    ),
    UNDER_RUN: (
        _("%(number)s at %(site_code)s: %(gap)s %(unit)s less shipped than was due"),
        _("%(number)s: less shipped than was due"),
        _("Less shipped than was due"),
    ),
}
"""The texts of each type, fullest first."""


def name_types() -> None:
    """Give the exceptions their texts, and their object its page."""
    for type_, texts in _TEXTS.items():
        name_type(type_, *texts, figures=("gap",), moments=("day",))
    link_kind(OBJECT_KIND, "inventory:vmi-band", _("Look at the band"))
