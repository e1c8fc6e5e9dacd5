"""When a commit or its absence needs a decision, and whose (FC-09)."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext_lazy

from collab.organisations.clock import own_day
from collab.organisations.context import acting_organisation_id
from collab.sharing.models import live_pairs
from collab.work.models import Alert
from collab.work.services import Concern, clear_alert, raise_alert
from collab.work.titles import name_type
from forecasting.axis import WEEK, iso_week, monday_of
from forecasting.models import CommitReview, DeliverySchedule
from forecasting.queries.positions import Position
from forecasting.rules.commit import CommitAlert, CommitAlertKind, CommitWeek, commit_alerts

OBJECT_KIND = "forecasting.series"
EXCEPTIONS = "work.exceptions"
NO_COMMIT = "forecasting.no_commit"
PAST_DUE = "forecasting.commit_past_due"
FORECAST_CHANGED = "forecasting.forecast_changed"
BELOW_FORECAST = "forecasting.commit_below_forecast"
CHANGED = "forecasting.commit_changed"
CHALLENGED = "forecasting.commit_challenged"
TYPES = {
    CommitAlertKind.NO_COMMIT: NO_COMMIT,
    CommitAlertKind.PAST_DUE: PAST_DUE,
    CommitAlertKind.FORECAST_CHANGED: FORECAST_CHANGED,
    CommitAlertKind.BELOW_FORECAST: BELOW_FORECAST,
    CommitAlertKind.CHANGED: CHANGED,
}
CRITICAL_SHARE = Decimal("0.8")
Found = Mapping[CommitAlertKind, Sequence[CommitAlert]]


def judge_supplier(found: Sequence[Position], *, as_of: datetime) -> None:
    """Raise and clear what the acting supplier owns: silence, past-due commits, new forecasts.

    Silence is told to both: the customer sees the supplier's alert through its grant.
    """
    kinds = (CommitAlertKind.NO_COMMIT, CommitAlertKind.PAST_DUE, CommitAlertKind.FORECAST_CHANGED)
    open_before = _open_alerts(found, kinds)
    received = received_weeks([each.series_id for each in found])
    for position in found:
        alerts = _alerts(position, as_of, received.get(position.series_id, {}))
        is_answered = position.commit is not None
        for kind in kinds:
            wanted = alerts.get(kind, [])
            if kind == CommitAlertKind.FORECAST_CHANGED and is_answered:
                wanted = []  # answering the forecast is how it is dealt with
            _settle(position, kind, wanted, open_before, as_of)


def judge_buyer(found: Sequence[Position], *, as_of: datetime) -> None:
    """Raise and clear what the acting customer owns: too small and changed commits.

    Silence is the supplier's alert, seen through its grant; a customer without that grant gets
    one of its own. What the customer has accepted is settled.
    """
    heard = set(live_pairs(EXCEPTIONS))
    kinds = (CommitAlertKind.BELOW_FORECAST, CommitAlertKind.CHANGED, CommitAlertKind.NO_COMMIT)
    open_before = _open_alerts(found, kinds)
    accepted = set(
        CommitReview.objects.filter(
            commit_id__in=[each.commit.pk for each in found if each.commit],
            verdict=CommitReview.Verdict.ACCEPTED,
        ).values_list("commit_id", flat=True)
    )
    for position in found:
        alerts = _alerts(position, as_of, {})
        is_settled = position.commit is not None and position.commit.pk in accepted
        for kind in kinds:
            wanted = [] if is_settled else alerts.get(kind, [])
            is_told = (position.supplier_id, position.customer_id) in heard
            if kind == CommitAlertKind.NO_COMMIT and is_told:
                wanted = []
            _settle(position, kind, wanted, open_before, as_of)


def raise_challenge(position: Position, note: str, *, as_of: datetime) -> None:
    """Tell the acting supplier that its customer does not take the commit as it is."""
    concern = _concern(position, "warning", {"note": note[:200]})
    raise_alert(
        type=CHALLENGED,
        object_kind=OBJECT_KIND,
        object_id=position.series_id,
        concern=concern,
        at=as_of,
    )


def clear_challenge(series_id: UUID, *, as_of: datetime) -> None:
    """Close the challenge: a newer commit or an acceptance answers it."""
    clear_alert(type=CHALLENGED, object_kind=OBJECT_KIND, object_id=series_id, at=as_of)


def answer_challenges(series_ids: Sequence[UUID], *, as_of: datetime) -> None:
    """Close the challenges of series that have just been committed anew."""
    known = Alert.objects.filter(
        owner_id=acting_organisation_id(),
        type=CHALLENGED,
        object_id__in=series_ids,
        is_open=True,
    )
    for key in list(known.values_list("object_id", flat=True)):
        clear_challenge(key, as_of=as_of)


def received_weeks(series_ids: Sequence[UUID]) -> dict[UUID, dict[date, Decimal]]:
    """Return what was received per week as far as the releases tell.

    The difference of two releases' cumulative received quantity is what came between them; it
    is known for a week where one release was issued in each of two following weeks, within one
    cumulative period.
    """
    rows = (
        DeliverySchedule.objects.filter(series_id__in=series_ids, received_cumulative__isnull=False)
        .order_by("series_id", "number")
        .values_list("series_id", "published_at", "received_cumulative", "received_since")
    )
    found: dict[UUID, dict[date, Decimal]] = {}
    last: dict[UUID, tuple[date, Decimal, date | None]] = {}
    for series_id, published_at, received, since in rows:
        cumulative = received or Decimal(0)
        day = own_day(published_at)
        monday = monday_of(day)
        if series_id in last:
            before, figure, period = last[series_id]
            if monday - before == WEEK and period == since and cumulative >= figure:
                found.setdefault(series_id, {})[before] = cumulative - figure
        last[series_id] = (monday, cumulative, since)
    return found


def _alerts(
    position: Position, as_of: datetime, received: Mapping[date, Decimal]
) -> dict[CommitAlertKind, list[CommitAlert]]:
    """Return the alerts of the commit horizon by kind; of past weeks where receipts are known."""
    horizon = set(position.open_weeks(own_day(as_of)))
    inside = {week for bucket in position.buckets for week in bucket.mondays()}
    weeks = position.commit_weeks()
    terms = position.terms
    common: dict[str, Any] = {
        "as_of": own_day(as_of),
        "released_on": position.published_on,
        "silent_days": terms.silent_days,
        "received": received,
    }
    found: dict[CommitAlertKind, list[CommitAlert]] = {}
    coming = {week: each for week, each in weeks.items() if week in horizon and week not in inside}
    for alert in commit_alerts(coming, tolerance=terms.commit_tolerance, **common):
        if alert.kind != CommitAlertKind.FORECAST_CHANGED:
            found.setdefault(alert.kind, []).append(alert)
    coming = {week: each for week, each in weeks.items() if week in horizon}
    for alert in commit_alerts(coming, tolerance=terms.forecast_tolerance, **common):
        if alert.kind == CommitAlertKind.FORECAST_CHANGED:
            found.setdefault(alert.kind, []).append(alert)
    # What has arrived since is in the sum of the newest week told of: it alone is judged.
    newest = max(received, default=None)
    promised = position.promised.get(newest) if newest else None
    past = (
        {newest: CommitWeek(forecast=promised, commit=promised)}
        if newest and promised is not None
        else {}
    )
    for alert in commit_alerts(past, tolerance=Decimal(1), **common):
        if alert.kind == CommitAlertKind.PAST_DUE:
            found.setdefault(alert.kind, []).append(alert)
    return found


def _settle(
    position: Position,
    kind: CommitAlertKind,
    alerts: Sequence[CommitAlert],
    open_before: set[tuple[str, UUID]],
    at: datetime,
) -> None:
    name = TYPES[kind]
    if alerts:
        concern = _concern(position, _severity(kind, alerts), _figures(alerts))
        raise_alert(
            type=name,
            object_kind=OBJECT_KIND,
            object_id=position.series_id,
            concern=concern,
            at=at,
        )
    elif (name, position.series_id) in open_before:
        clear_alert(type=name, object_kind=OBJECT_KIND, object_id=position.series_id, at=at)


def _severity(kind: CommitAlertKind, alerts: Sequence[CommitAlert]) -> str:
    if kind in {CommitAlertKind.BELOW_FORECAST, CommitAlertKind.PAST_DUE}:
        asked = sum(each.expected for each in alerts)
        given = sum(each.found or Decimal(0) for each in alerts)
        return "critical" if given < asked * CRITICAL_SHARE else "warning"
    return "warning" if kind == CommitAlertKind.NO_COMMIT else "info"


def _figures(alerts: Sequence[CommitAlert]) -> dict[str, Any]:
    asked = sum((each.expected for each in alerts), Decimal(0))
    given = sum((each.found or Decimal(0) for each in alerts), Decimal(0))
    return {
        "weeks": len(alerts),
        "first_week": iso_week(alerts[0].week),
        "expected": f"{asked.normalize():f}" if asked else "0",
        "found": f"{given.normalize():f}" if given else "0",
        "difference": f"{abs(asked - given).normalize():f}" if asked != given else "0",
    }


def _concern(position: Position, severity: str, params: Mapping[str, Any]) -> Concern:
    """Return what the exception shows; the numbers of the part are the owner's and the other's."""
    ours, theirs = position.part_number, position.supplier_part_number
    other_id = position.supplier_id
    if position.supplier_id == acting_organisation_id():
        ours, theirs = theirs or ours, ours
        other_id = position.customer_id
    return Concern(
        severity=severity,
        counterparty_id=other_id,
        part_number=ours,
        partner_part_number=theirs,
        site_code=position.site_code,
        title_params={**params, "unit": position.unit},
    )


def _open_alerts(
    found: Sequence[Position], kinds: Sequence[CommitAlertKind]
) -> set[tuple[str, UUID]]:
    return set(
        Alert.objects.filter(
            owner_id=acting_organisation_id(),
            object_id__in=[each.series_id for each in found],
            type__in=[TYPES[kind] for kind in kinds],
            is_open=True,
        ).values_list("type", "object_id")
    )


def name_types() -> None:
    """Give the alert types of commits their texts, fullest first."""
    name_type(
        NO_COMMIT,
        ngettext_lazy(
            "%(number)s: %(weeks)s week from %(first_week)s is not committed",
            "%(number)s: %(weeks)s weeks from %(first_week)s are not committed",
            "weeks",
        ),
        _("%(number)s is not committed"),
        _("A release is not committed"),
    )
    name_type(
        BELOW_FORECAST,
        _("%(number)s: commit is %(difference)s %(unit)s below the forecast from %(first_week)s"),
        _("%(number)s: commit is below the forecast"),
        _("A commit is below the forecast"),
        figures=("difference",),
    )
    name_type(
        CHANGED,
        _("%(number)s: commit changed from %(expected)s to %(found)s %(unit)s"),
        _("%(number)s: commit changed"),
        _("A commit changed"),
        figures=("expected", "found"),
    )
    name_type(
        PAST_DUE,
        _("%(number)s: %(difference)s %(unit)s committed for %(first_week)s have not arrived"),
        _("%(number)s: committed parts have not arrived"),
        _("Committed parts have not arrived"),
        figures=("difference",),
    )
    name_type(
        FORECAST_CHANGED,
        ngettext_lazy(
            "%(number)s: forecast changed in %(weeks)s week from %(first_week)s",
            "%(number)s: forecast changed in %(weeks)s weeks from %(first_week)s",
            "weeks",
        ),
        _("%(number)s: forecast changed"),
        _("A forecast changed"),
    )
    name_type(
        CHALLENGED,
        _("%(number)s: the customer asks for another commit: %(note)s"),
        _("%(number)s: the customer asks for another commit"),
        _("A customer asks for another commit"),
    )
