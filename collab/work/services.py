"""Raise and clear alerts, each cause once; and what people do about them."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import transaction
from django.utils import timezone

from collab.events.bus import publish
from collab.organisations.context import acting_organisation_id, acting_person_id
from collab.work.events import AlertCleared, AlertHandled, AlertRaised, AlertUpdated
from collab.work.models import Alert, AlertHandling, HandlingEntry
from collab.work.rules.handling import DONE, Action, State, StepNotAllowed, next_state

SHOWN = (
    "severity", "part_number", "partner_part_number", "site_code", "title_params", "run_out_at",
    "impact_minutes", "impact_cost_minor", "currency",
)  # fmt: skip


class AlertNotVisible(LookupError):
    """No such alert, or none the acting organisation may see; both look the same."""


class HandlingConflict(RuntimeError):
    """Somebody else changed the handling meanwhile."""

    def __init__(self, *, expected: int, found: int) -> None:
        self.expected, self.found = expected, found
        super().__init__(f"expected version {expected} of the handling, got {found}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Concern:
    """What is wrong, for whom, and how badly; money in minor units of ``currency``."""

    severity: str
    counterparty_id: int
    part_number: str = ""
    partner_part_number: str = ""
    site_code: str = ""
    title_params: dict[str, Any] = field(default_factory=dict)
    run_out_at: datetime | None = None
    impact_minutes: int | None = None
    impact_cost_minor: int | None = None
    currency: str = ""


@transaction.atomic
def raise_alert(
    *,
    type: str,  # noqa: A002
    object_kind: str,
    object_id: UUID,
    concern: Concern,
    bucket: str = "",
    at: datetime | None = None,
) -> Alert:
    """Record that a cause exists, acting for its owner.

    One row per type, object and bucket: a repeat updates it (and is announced only if what is
    shown changed), a cause that comes back opens it again for everybody.
    """
    now = at or timezone.now()
    shown = {name: getattr(concern, name) for name in SHOWN}
    alert, is_new = Alert.objects.select_for_update(of=("self",)).get_or_create(
        owner_id=acting_organisation_id(),
        type=type,
        object_kind=object_kind,
        object_id=object_id,
        bucket=bucket,
        defaults={
            **shown,
            "counterparty_id": concern.counterparty_id,
            "raised_at": now,
            "last_seen_at": now,
        },
    )
    if is_new:
        _announce(AlertRaised, alert)
        return alert
    is_back = not alert.is_open
    has_changed = any(getattr(alert, name) != value for name, value in shown.items())
    for name, value in shown.items():
        setattr(alert, name, value)
    alert.last_seen_at, alert.times_seen = now, alert.times_seen + 1
    if is_back:
        alert.is_open, alert.cleared_at, alert.raised_at = True, None, now
        alert.episode += 1
    alert.version += 1
    alert.save()
    if is_back:
        _announce(AlertRaised, alert)
    elif has_changed:
        _announce(AlertUpdated, alert)
    return alert


@transaction.atomic
def clear_alert(
    *,
    type: str,  # noqa: A002
    object_kind: str,
    object_id: UUID,
    bucket: str = "",
    at: datetime | None = None,
) -> bool:
    """Close the alert of a cause that is gone; return whether one was open."""
    alert = (
        Alert.objects.select_for_update(of=("self",))
        .filter(
            owner_id=acting_organisation_id(),
            type=type,
            object_kind=object_kind,
            object_id=object_id,
            bucket=bucket,
            is_open=True,
        )
        .first()
    )
    if alert is None:
        return False
    alert.is_open, alert.cleared_at = False, at or timezone.now()
    alert.version += 1
    alert.save(update_fields=["is_open", "cleared_at", "version"])
    publish(
        AlertCleared(alert_id=str(alert.pk), counterparty_id=alert.counterparty_id, type=alert.type)
    )
    return True


@transaction.atomic
def handle(
    alert_id: UUID,
    action: Action,
    *,
    note: str = "",
    assignee_id: int | None = None,
    until: datetime | None = None,
    expected_version: int | None = None,
) -> AlertHandling:
    """Take one step on an alert for the acting organisation.

    ``assignee_id`` goes with ``assign`` (the signed-in person if not given), ``until`` with
    ``snooze``; ``dismiss`` needs a note that says why.

    Raises
    ------
    AlertNotVisible
        If there is no such alert for the acting organisation.
    StepNotAllowed
        If the action does not fit the state, or the alert closed itself already.
    HandlingConflict
        If ``expected_version`` is given and somebody was faster.
    ValueError
        If what the action needs is missing.
    """
    alert = _open_alert(alert_id)
    _check_needs(action, note=note, until=until)
    handling = _handling_of(alert)
    if expected_version is not None and handling.version != expected_version:
        raise HandlingConflict(expected=expected_version, found=handling.version)
    before = State(handling.state)
    handling.state = next_state(before, action).value
    if action is Action.ASSIGN:
        handling.assignee_id = assignee_id or acting_person_id()
    elif action is Action.START and handling.assignee_id is None:
        handling.assignee_id = acting_person_id()
    handling.snoozed_until = until if action is Action.SNOOZE else None
    handling.note = note or handling.note
    handling.version += 1
    handling.save()
    _log(handling, action, before=before, note=note)
    return handling


@dataclass(frozen=True, slots=True)
class BulkResult:
    """What became of each alert of a bulk step: how many were done, and why the others not."""

    done: int
    refused: Sequence[tuple[UUID, str]]


def handle_many(
    alert_ids: Iterable[UUID], action: Action, *, note: str = "", until: datetime | None = None
) -> BulkResult:
    """Take the same step on many alerts; one that refuses does not stop the others."""
    done, refused = 0, []
    for alert_id in alert_ids:
        try:
            handle(alert_id, action, note=note, until=until)
            done += 1
        except (AlertNotVisible, StepNotAllowed) as reason:
            refused.append((alert_id, str(reason)))
    return BulkResult(done, refused)


def _open_alert(alert_id: UUID) -> Alert:
    alert = Alert.objects.filter(pk=alert_id).first()
    if alert is None:
        raise AlertNotVisible(f"expected a visible alert, got {alert_id}")
    if not alert.is_open:
        raise StepNotAllowed("expected an open exception, got one whose cause is gone")
    return alert


def _log(handling: AlertHandling, action: Action, *, before: State, note: str) -> None:
    """Keep the step in the alert's history and tell the organisation's own screens."""
    HandlingEntry.objects.create(
        owner_id=handling.owner_id,
        alert_id=handling.alert_id,
        action=action.value,
        before=before.value,
        after=handling.state,
        person_id=acting_person_id(),
        note=note,
    )
    publish(
        AlertHandled(
            alert_id=str(handling.alert_id),
            organisation_id=handling.owner_id,
            action=action.value,
            state=handling.state,
        )
    )


def _handling_of(alert: Alert) -> AlertHandling:
    handling, _is_new = AlertHandling.objects.select_for_update(of=("self",)).get_or_create(
        owner_id=acting_organisation_id(), alert_id=alert.pk, defaults={"episode": alert.episode}
    )
    if handling.episode != alert.episode:  # the cause came back: start again
        handling.episode, handling.state = alert.episode, State.NEW
        handling.assignee, handling.snoozed_until, handling.note = None, None, ""
    return handling


def _check_needs(action: Action, *, note: str, until: datetime | None) -> None:
    if action is Action.DISMISS and not note.strip():
        raise ValueError("expected a note that says why, got none")
    if action is Action.SNOOZE and (until is None or until <= timezone.now()):
        raise ValueError(f"expected a time to come, got {until}")


def _announce(kind: type[AlertRaised] | type[AlertUpdated], alert: Alert) -> None:
    publish(
        kind(
            alert_id=str(alert.pk),
            counterparty_id=alert.counterparty_id,
            type=alert.type,
            severity=alert.severity,
        )
    )


__all__ = [
    "DONE",
    "Action",
    "AlertNotVisible",
    "BulkResult",
    "Concern",
    "HandlingConflict",
    "State",
    "StepNotAllowed",
    "clear_alert",
    "handle",
    "handle_many",
    "raise_alert",
]
