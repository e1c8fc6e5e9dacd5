"""The one exception of a disruption notice: the sender's, the recipient's and the next tier's."""

from datetime import datetime

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from collab.work.links import link_kind
from collab.work.models import Alert
from collab.work.services import Concern, clear_alert, raise_alert
from collab.work.titles import name_type
from inventory.models import DisruptionNotice, Effect

OBJECT_KIND = "inventory.notice"
SEVERITIES = {
    Effect.CAPACITY_REDUCTION: Alert.Severity.WARNING,
    Effect.DEMAND_INCREASE: Alert.Severity.WARNING,
    Effect.CAPACITY_INCREASE: Alert.Severity.INFO,
    Effect.DEMAND_REDUCTION: Alert.Severity.INFO,
}
TITLES: dict[Effect, tuple[Promise, ...]] = {
    Effect.CAPACITY_REDUCTION: (
        _("Less capacity for %(number)s: notice %(notice)s"),
        _("Less capacity: notice %(notice)s"),
        _("Less capacity for %(number)s is announced"),
        _("Less capacity is announced"),
    ),
    Effect.CAPACITY_INCREASE: (
        _("More capacity for %(number)s: notice %(notice)s"),
        _("More capacity: notice %(notice)s"),
        _("More capacity for %(number)s is announced"),
        _("More capacity is announced"),
    ),
    Effect.DEMAND_REDUCTION: (
        _("Less demand for %(number)s: notice %(notice)s"),
        _("Less demand: notice %(notice)s"),
        _("Less demand for %(number)s is announced"),
        _("Less demand is announced"),
    ),
    Effect.DEMAND_INCREASE: (
        _("More demand for %(number)s: notice %(notice)s"),
        _("More demand: notice %(notice)s"),
        _("More demand for %(number)s is announced"),
        _("More demand is announced"),
    ),
}


def type_of(effect: str) -> str:
    """Return the type of the exception of an effect: cause and effect of a notice never change."""
    return f"inventory.notice_{effect.replace('-', '_')}"


def raise_notice(notice: DisruptionNotice, *, at: datetime) -> None:
    """Raise or update the exception of an open notice; its first part and site are named."""
    raise_alert(
        type=type_of(notice.effect),
        object_kind=OBJECT_KIND,
        object_id=notice.pk,
        concern=Concern(
            severity=SEVERITIES[Effect(notice.effect)].value,
            counterparty_id=notice.counterparty_id,
            part_number=next(iter(notice.parts), ""),
            partner_part_number=next(iter(notice.partner_parts), ""),
            site_code=next(iter(notice.sites), ""),
            title_params={"notice": str(notice), "parts": len(notice.parts)},
        ),
        at=at,
    )


def clear_notice(notice: DisruptionNotice, *, at: datetime) -> bool:
    """Close the exception of a resolved notice; return whether it was open."""
    return clear_alert(
        type=type_of(notice.effect), object_kind=OBJECT_KIND, object_id=notice.pk, at=at
    )


def name_types() -> None:
    """Give the exceptions their texts, fullest first, and the notice its page."""
    for effect, texts in TITLES.items():
        name_type(type_of(effect.value), *texts)
    link_kind(OBJECT_KIND, "inventory:notice", _("Look at the notice"))
