"""The one exception of a seal: opened, gone or another one than the manifest names (IN-15)."""

from collections.abc import Iterable
from datetime import datetime
from typing import Final
from uuid import UUID

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from collab.organisations.context import acting_organisation_id
from collab.work.links import link_kind
from collab.work.models import Alert
from collab.work.services import Concern, clear_alert, raise_alert
from collab.work.titles import name_type
from inventory.models import Seal
from inventory.rules.seals import Finding

TAMPERED: Final = "inventory.seal_tampered"
OBJECT_KIND: Final = "inventory.seal"
FINDINGS: Final[dict[str, Promise]] = {
    Finding.MISMATCH: _("Another number than in the manifest"),
    Finding.MISSING: _("No seal there"),
    Finding.OPEN_EARLY: _("Open before release"),
    Finding.WRONG_PLACE: _("Opened at another place"),
    Finding.WRONG_DAY: _("Opened on another day"),
    Finding.WRONG_HOUR: _("Opened outside the hours"),
    Finding.NO_TRACKER: _("No position tracker on a high-risk lane"),
}


def finding_label(word: str) -> str:
    """Return a finding in words."""
    return str(FINDINGS.get(word, word))


def raise_tampered(seal: Seal, findings: Iterable[str], *, site: str, at: datetime) -> None:
    """Raise or update the exception of a seal, for both ends of its business."""
    own = acting_organisation_id()
    other = seal.counterparty_id if seal.owner_id == own else seal.owner_id
    raise_alert(
        type=TAMPERED,
        object_kind=OBJECT_KIND,
        object_id=seal.pk,
        concern=Concern(
            severity=Alert.Severity.CRITICAL.value,
            counterparty_id=other,
            site_code=site,
            title_params={
                "seal": seal.number,
                "advice": seal.advice_number,
                "findings": sorted(findings),
            },
        ),
        at=at,
    )


def clear_tampered(seal_id: UUID, *, at: datetime) -> bool:
    """Close the exception of a seal whose load passed a second inspection."""
    return clear_alert(type=TAMPERED, object_kind=OBJECT_KIND, object_id=seal_id, at=at)


def name_types() -> None:
    """Give the exception its texts, fullest first, and its object its page."""
    name_type(
        TAMPERED,
        _("Seal %(seal)s of advice %(advice)s: second inspection needed"),
        _("A seal is not as the manifest has it: second inspection needed"),
    )
    link_kind(OBJECT_KIND, "inventory:seal", _("Look at the seal"))
