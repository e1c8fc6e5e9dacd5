"""When a coverage becomes an exception, and when it stops being one."""

from datetime import datetime, timedelta
from decimal import Decimal

from django.utils.translation import gettext_lazy as _

from collab.work.models import Alert
from collab.work.services import Concern, clear_alert, raise_alert
from collab.work.titles import name_type
from inventory.models import Coverage
from inventory.rules.evidence import Evidence, Grade, confidence, is_doubtful

BELOW_MINIMUM = "inventory.coverage_below_minimum"
OBJECT_KIND = "inventory.coverage"
CRITICAL_BELOW_DAYS = Decimal(1)


def severity_of(days: Decimal, minimum: Decimal) -> str:
    """Return ``critical`` below one day or at half the minimum and less, else ``warning``."""
    if days < CRITICAL_BELOW_DAYS or days * 2 <= minimum:
        return Alert.Severity.CRITICAL.value
    return Alert.Severity.WARNING.value


def judge(coverage: Coverage, *, was_short: bool, at: datetime) -> None:
    """Raise the alert when coverage falls below its minimum, keep it current, clear it after."""
    if coverage.is_short:
        raise_alert(
            type=BELOW_MINIMUM,
            object_kind=OBJECT_KIND,
            object_id=coverage.pk,
            concern=_concern(coverage, at),
            at=at,
        )
    elif was_short:
        clear_alert(type=BELOW_MINIMUM, object_kind=OBJECT_KIND, object_id=coverage.pk, at=at)


def _concern(coverage: Coverage, at: datetime) -> Concern:
    days, minimum = coverage.days_of_supply, coverage.minimum_days
    if days is None or minimum is None:
        raise ValueError("expected days of supply and a minimum for a short coverage, got none")
    return Concern(
        severity=severity_of(days, minimum),
        counterparty_id=coverage.counterparty_id,
        part_number=coverage.part_number,
        partner_part_number=coverage.partner_part_number,
        site_code=coverage.site_code,
        title_params={
            "days_of_supply": str(days),
            "minimum_days": str(minimum),
            "on_hand": str(coverage.on_hand),
            "unit": coverage.unit,
            "level": str(coverage.level),
            **_doubt(coverage, at),
        },
        run_out_at=coverage.run_out_at,
    )


def _doubt(coverage: Coverage, at: datetime) -> dict[str, str]:
    """Return the confidence [%, in steps of 10] of a figure in doubt (IN-24), nothing else."""
    every = max((coverage.stale_after - coverage.observed_at) / 2, timedelta(hours=1))
    evidence = Evidence(Grade(coverage.source_grade), coverage.observed_at, every)
    if not is_doubtful(evidence, now=at):
        return {}
    return {"confidence": str(int(confidence(evidence, now=at) * 10) * 10)}


def name_types() -> None:
    """Give the alert types of this app their texts, fullest first."""
    name_type(
        BELOW_MINIMUM,
        _(
            "%(number)s at %(site_code)s lasts %(days_of_supply)s days, minimum %(minimum_days)s; "
            "the data is in doubt (confidence %(confidence)s %%)"
        ),
        _("%(number)s at %(site_code)s lasts %(days_of_supply)s days, minimum %(minimum_days)s"),
        _("%(number)s at %(site_code)s lasts %(days_of_supply)s days"),
        _("%(number)s at %(site_code)s is below its minimum"),
        _("%(number)s is below its minimum"),
        _("A part is below its minimum"),
        figures=("days_of_supply", "minimum_days"),
    )
