"""What partners ask figures for, as one task of the clerk's a partner (IN-11)."""

from datetime import datetime
from uuid import UUID

from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext_lazy

from collab.organisations.context import acting_organisation_id
from collab.organisations.models import Organisation
from collab.sharing.models import Partnership
from collab.work.links import link_kind
from collab.work.models import Alert
from collab.work.services import Concern, clear_alert, raise_alert
from collab.work.titles import name_type

ASKED = "inventory.figures_asked"
OBJECT_KIND = "inventory.figures_asked"


def judge_asked(edge: Partnership, asker: Organisation, count: int, *, at: datetime) -> None:
    """Keep the task of answering a partner while it waits for ``count`` kinds of figures.

    The task is of the acting organisation alone: nobody else reads that it is late.
    """
    if not count:
        clear_alert(type=ASKED, object_kind=OBJECT_KIND, object_id=edge.pk, at=at)
        return
    raise_alert(
        type=ASKED,
        object_kind=OBJECT_KIND,
        object_id=edge.pk,
        concern=Concern(
            severity=Alert.Severity.INFO.value,
            counterparty_id=acting_organisation_id(),
            title_params={"partner": asker.short_name or asker.name, "n": count},
        ),
        at=at,
    )


def open_tasks() -> list[UUID]:
    """Return the edges to partners that one's own clerk still has to answer."""
    rows = Alert.objects.filter(owner_id=acting_organisation_id(), type=ASKED, is_open=True)
    return list(rows.values_list("object_id", flat=True))


def name_types() -> None:
    """Give the task its text, and its object its page."""
    name_type(
        ASKED,
        ngettext_lazy(
            "%(partner)s asks for %(n)s kind of figures",
            "%(partner)s asks for %(n)s kinds of figures",
            "n",
        ),
    )
    link_kind(OBJECT_KIND, "inventory:refresh-asked", _("Look at what is asked"))
