"""The kernel's own key figures: open exceptions, partners that share live, age of their data."""

from datetime import datetime, timedelta

from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext as _

from collab.live.models import FeedFrame
from collab.organisations.context import acting_organisation, acting_organisation_id
from collab.sharing.models import Grant, Partnership
from collab.shell import freshness, network
from collab.shell.panels import Figure
from collab.work import queries as work
from collab.work.models import Alert

DAYS = 24  # points of a sparkline, one a day
HOURS = 24


def exceptions() -> list[Figure]:
    """Return how many exceptions are open, against a day ago, with 24 days of history."""
    now = timezone.now()
    counts = work.counts()
    open_now, critical = counts["exceptions.open"], counts["exceptions.critical"]
    rows = list(
        Alert.objects.filter(
            Q(is_open=True) | Q(cleared_at__gt=now - timedelta(days=DAYS))
        ).values_list("raised_at", "cleared_at", "is_open")
    )
    series = [_open_at(rows, now - timedelta(days=day)) for day in range(DAYS - 1, -1, -1)]
    change = series[-1] - series[-2]
    return [
        Figure(
            key="exceptions",
            label=_("Open exceptions"),
            value=str(open_now),
            change=f"{change:+d}".replace("-", "\u2212") if change else "",
            is_good=change < 0 if change else None,
            note=_("%(number)s critical") % {"number": critical},
            series=series if any(series) else (),
            tone="crit" if critical else "ok",
            href=_page("exceptions/"),
            topics=("work.exceptions",),
        )
    ]


def sharing() -> list[Figure]:
    """Return how many active partners share data with us, with 24 days of history."""
    us = acting_organisation_id()
    active = set()
    rows = network.partnerships().filter(state=Partnership.State.ACTIVE)
    for owner, counterparty in rows.values_list("owner_id", "counterparty_id"):
        active.add(counterparty if owner == us else owner)
    grants = list(
        Grant.objects.filter(viewer=us)
        .filter(Q(about=us) | Q(about_consented_at__isnull=False))
        .values_list("owner_id", "valid_from", "valid_to", "revoked_at")
    )
    now = timezone.now()
    days = [now - timedelta(days=day) for day in range(DAYS - 1, -1, -1)]
    series = [float(len(_sharing_at(grants, day))) for day in days]
    live = _sharing_at(grants, now)
    behind = len(live - active)
    note = _("of your partners")
    if behind:
        note = _("and %(number)s behind tier 1") % {"number": behind}
    return [
        Figure(
            key="sharing",
            label=_("Partners sharing live"),
            value=str(len(live & active)),
            unit=f"/ {len(active)}",
            note=note,
            series=series if any(series) else (),
            tone="ok" if active and active <= live else "brand",
            href=_page("network/sharing/"),
        )
    ]


def data_age() -> list[Figure]:
    """Return the age of the stalest partner's newest report, and live updates by the hour."""
    sources = freshness.received()
    if not sources:
        return []
    oldest = sources[0]
    value, unit = _age(oldest.newest_at)
    series = _updates_by_hour()
    late = sum(source.is_late for source in sources)
    return [
        Figure(
            key="data-age",
            label=_("Oldest partner data"),
            value=value,
            unit=unit,
            change=oldest.partner.short_name if late else "",
            is_good=False if late else None,
            note=_("%(number)s updates in 24 h") % {"number": int(sum(series))},
            series=series if any(series) else (),
            tone="warn" if late else "brand",
            href=_page("network/"),
            topics=("inventory.coverage",),
        )
    ]


def _open_at(rows: list[tuple[datetime, datetime | None, bool]], at: datetime) -> int:
    return sum(
        raised <= at and (is_open or (cleared is not None and cleared > at))
        for raised, cleared, is_open in rows
    )


def _sharing_at(
    grants: list[tuple[int, datetime, datetime | None, datetime | None]], at: datetime
) -> set[int]:
    return {
        owner
        for owner, start, end, revoked in grants
        if start <= at and (end is None or end > at) and (revoked is None or revoked > at)
    }


def _updates_by_hour() -> list[float]:
    now = timezone.now()
    start = now - timedelta(hours=HOURS)
    series = [0.0] * HOURS
    for shown_at in FeedFrame.objects.filter(shown_at__gt=start).values_list("shown_at", flat=True):
        series[min(HOURS - 1, int((shown_at - start) / timedelta(hours=1)))] += 1
    return series


def _age(at: datetime | None) -> tuple[str, str]:
    """Return an age as number and unit: minutes, hours or days."""
    if at is None:
        return "\u2013", ""
    minutes = int((timezone.now() - at).total_seconds() // 60)
    if minutes < 60:
        return str(max(0, minutes)), _("min")
    if minutes < 48 * 60:
        return str(minutes // 60), _("h")
    return str(minutes // (24 * 60)), _("days")


def _page(path: str) -> str:
    return f"/t/{acting_organisation().slug}/{path}"
