"""The queue of exceptions as one organisation may see it: rows out, never models."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, NamedTuple
from uuid import UUID

from django.db.models import (
    BigIntegerField,
    Case,
    CharField,
    Count,
    DateTimeField,
    F,
    OuterRef,
    Q,
    Subquery,
    Value,
    When,
)
from django.db.models.functions import Coalesce
from django.utils import timezone

from collab.organisations.context import acting, acting_organisation_id, acting_person_id
from collab.organisations.models import Organisation, Person
from collab.sharing.queries import fields_for
from collab.work.fields import seen
from collab.work.links import label_of, page_of
from collab.work.models import TOPIC, Alert, AlertHandling, HandlingEntry
from collab.work.rules.handling import ACTIVE, DONE, Action, State, allowed_actions
from collab.work.titles import title_of

# What a grant may open; the row's key and one's own handling are always there.
FIELDS = (
    "type", "severity", "part_number", "partner_part_number", "site_code", "run_out_at",
    "impact_minutes", "impact_cost_minor", "currency", "counterparty", "raised_at", "last_seen_at",
    "times_seen",
)  # fmt: skip
FINISHED = tuple(state.value for state in DONE)
VIEWS = ("open", "mine", "snoozed", "done", "all")


class Party(NamedTuple):
    """An organisation as an exception names it."""

    name: str
    bpn: str


NOBODY = Party("", "")
"""Whoever the viewer does not see."""
Parties = Mapping[int, Party]


@dataclass(frozen=True, slots=True, kw_only=True)
class ExceptionRow:
    """One exception as the acting organisation may see it.

    ``values`` holds the fields that the viewer's grants open and nothing else; what it lacks is
    not to be shown. ``number`` is the part number the viewer itself uses, if known.
    """

    id: UUID
    title: str
    owner: str
    owner_bpn: str
    partner: str
    number: str
    state: str
    is_open: bool
    counterparty_bpn: str  # empty where the viewer may not know it
    is_limited: bool
    assignee: str
    is_mine: bool
    snoozed_until: datetime | None
    note: str
    version: int
    actions: Sequence[str]
    values: Mapping[str, Any]
    object_id: UUID | None = None  # together with the page: where to look at what it is about
    page: str = ""
    page_label: str = ""
    object_kind: str = ""

    @property
    def severity(self) -> str:
        """The severity, or ``info`` where the viewer may not know it."""
        return str(self.values.get("severity", Alert.Severity.INFO))

    @property
    def severity_label(self) -> str:
        """The severity in words."""
        return str(Alert.Severity(self.severity).label)

    @property
    def state_label(self) -> str:
        """The state of the viewer's own handling in words."""
        return str(AlertHandling.State(self.state).label)

    @property
    def element_id(self) -> str:
        """The id of the row on screens."""
        return f"exception-{self.id}"


@dataclass(frozen=True, slots=True, kw_only=True)
class QueueFilter:
    """What to list; empty means any. ``view`` is one of ``VIEWS``."""

    view: str = "open"
    severity: str = ""
    type: str = ""
    part: str = ""
    owner_bpn: str = ""
    object_id: UUID | None = None


@dataclass(frozen=True, slots=True)
class ActivityRow:
    """One step somebody of the acting organisation took."""

    at: datetime
    action: str
    before: str
    after: str
    person: str
    note: str


def exceptions(
    wanted: QueueFilter | None = None, *, limit: int = 100, offset: int = 0
) -> list[ExceptionRow]:
    """Return the queue: earliest run-out first, then highest cost, then oldest."""
    rows = _queue(wanted or QueueFilter()).order_by(
        F("seen_run_out_at").asc(nulls_last=True),
        F("seen_impact_cost_minor").desc(nulls_last=True),
        "raised_at",
        "pk",
    )
    return _rows(rows[offset : offset + limit])


def exceptions_by_key(keys: Iterable[UUID]) -> list[ExceptionRow]:
    """Return the visible exceptions among ``keys`` in any state, in no order."""
    return _rows(_annotated().filter(pk__in=list(keys)))


def exception(key: UUID) -> ExceptionRow | None:
    """Return one visible exception; ``None`` for a missing and for a hidden one."""
    found = exceptions_by_key([key])
    return found[0] if found else None


def count(wanted: QueueFilter | None = None) -> int:
    """Return how many exceptions the filter lists."""
    number: int = _queue(wanted or QueueFilter()).count()
    return number


def open_count() -> int:
    """Return how many exceptions wait for the acting organisation."""
    return count()


def counts() -> dict[str, int]:
    """Return the badges: exceptions that wait, and the critical ones among them."""
    is_critical = Q(seen_severity=Alert.Severity.CRITICAL)
    found = _queue(QueueFilter()).aggregate(
        waiting=Count("pk"), critical=Count("pk", filter=is_critical)
    )
    return {
        "work.exceptions": found["waiting"],
        "exceptions.open": found["waiting"],
        "exceptions.critical": found["critical"],
    }


def activity(key: UUID) -> list[ActivityRow]:
    """Return what the acting organisation did about an exception, newest first."""
    entries = HandlingEntry.objects.filter(alert_id=key).select_related("person").order_by("-pk")
    return [
        ActivityRow(
            each.at,
            each.action,
            each.before,
            each.after,
            each.person.get_full_name() if each.person else "",
            each.note,
        )
        for each in entries[:100]
    ]


def _annotated() -> Any:
    mine = AlertHandling.objects.filter(alert_id=OuterRef("pk"), episode=OuterRef("episode"))
    text, when = CharField(), DateTimeField()
    return Alert.objects.annotate(
        handling_state=Case(
            When(is_open=False, then=Value(State.CLOSED.value)),
            default=Coalesce(Subquery(mine.values("state")[:1]), Value(State.NEW.value)),
            output_field=text,
        ),
        handling_assignee=Subquery(mine.values("assignee_id")[:1]),
        handling_until=Subquery(mine.values("snoozed_until")[:1]),
        seen_severity=seen(TOPIC, "severity", text),
        seen_type=seen(TOPIC, "type", text),
        seen_part_number=seen(TOPIC, "part_number", text),
        seen_partner_part_number=seen(TOPIC, "partner_part_number", text),
        seen_run_out_at=seen(TOPIC, "run_out_at", when),
        seen_impact_cost_minor=seen(TOPIC, "impact_cost_minor", BigIntegerField()),
    )


def _queue(wanted: QueueFilter) -> Any:
    rows = _annotated().filter(_of_view(wanted.view))
    if wanted.severity:
        rows = rows.filter(seen_severity=wanted.severity)
    if wanted.type:
        rows = rows.filter(seen_type=wanted.type)
    if wanted.part:
        rows = rows.filter(
            Q(seen_part_number=wanted.part) | Q(seen_partner_part_number=wanted.part)
        )
    if wanted.owner_bpn:
        rows = rows.filter(owner__bpn=wanted.owner_bpn)
    if wanted.object_id is not None:
        rows = rows.filter(object_id=wanted.object_id)
    return rows


def _of_view(view: str) -> Q:
    if view not in VIEWS:
        raise ValueError(f"expected a view among {', '.join(VIEWS)}, got {view!r}")
    is_asleep = Q(handling_until__isnull=False, handling_until__gt=timezone.now())
    is_active = Q(handling_state__in=[state.value for state in ACTIVE])
    if view == "open":
        return is_active & ~is_asleep
    if view == "mine":
        return is_active & Q(handling_assignee=acting_person_id() or 0)
    if view == "snoozed":
        return is_active & is_asleep
    if view == "done":
        return Q(handling_state__in=[state.value for state in DONE])
    return Q()


def _rows(alerts: Iterable[Alert]) -> list[ExceptionRow]:
    found = list(alerts)
    handlings = {
        each.alert_id: each
        for each in AlertHandling.objects.filter(
            alert_id__in=[alert.pk for alert in found]
        ).select_related("assignee")
    }
    parties = _parties({alert.owner_id for alert in found} | {a.counterparty_id for a in found})
    return [_row(alert, handlings.get(alert.pk), parties) for alert in found]


def _row(alert: Alert, handling: AlertHandling | None, parties: Parties) -> ExceptionRow:
    if handling is not None and handling.episode != alert.episode:
        handling = None
    state = State(getattr(alert, "handling_state", State.NEW))
    allowed = fields_for(TOPIC, alert.owner_id, alert.counterparty_id)
    values = _values(alert, allowed, parties)
    assignee: Person | None = handling.assignee if handling else None
    known = parties if "counterparty" in values else {}
    number = _own_number(alert, values)
    return ExceptionRow(
        id=alert.pk,
        title=title_of(values.get("type", ""), {**values, "number": number} if number else values),
        owner=parties.get(alert.owner_id, NOBODY).name,
        owner_bpn=parties.get(alert.owner_id, NOBODY).bpn,
        partner=_partner(alert, values, parties),
        number=number,
        state=state.value,
        is_open=alert.is_open,
        counterparty_bpn=known.get(alert.counterparty_id, NOBODY).bpn,
        is_limited=allowed is not None,
        assignee=assignee.get_full_name() if assignee else "",
        is_mine=assignee is not None and assignee.pk == acting_person_id(),
        snoozed_until=handling.snoozed_until if handling else None,
        note=handling.note if handling else "",
        version=handling.version if handling else 0,
        actions=[str(step) for step in _actions(alert, state)],
        values=values,
        **_place(alert),
    )


def _place(alert: Alert) -> dict[str, Any]:
    """Return where the owner looks at what the alert is about, if there is a page."""
    is_own = alert.owner_id == acting_organisation_id()
    page = page_of(alert.object_kind) if is_own else ""
    if not page:
        return {}
    return {
        "object_id": alert.object_id,
        "object_kind": alert.object_kind,
        "page": page,
        "page_label": label_of(alert.object_kind),
    }


def _actions(alert: Alert, state: State) -> list[Action]:
    return allowed_actions(state) if alert.is_open else []


def _values(alert: Alert, allowed: frozenset[str] | None, parties: Parties) -> dict[str, Any]:
    every = {name: getattr(alert, name) for name in FIELDS if name != "counterparty"}
    every["counterparty"] = parties.get(alert.counterparty_id, NOBODY).name
    every = {**alert.title_params, **every}
    return {name: value for name, value in every.items() if allowed is None or name in allowed}


def _partner(alert: Alert, values: Mapping[str, Any], parties: Parties) -> str:
    """Return the other side of the business as the viewer sees it."""
    if alert.counterparty_id == acting_organisation_id():
        return parties.get(alert.owner_id, NOBODY).name
    return str(values.get("counterparty", ""))


def _own_number(alert: Alert, values: Mapping[str, Any]) -> str:
    if alert.counterparty_id == acting_organisation_id():
        return str(values.get("partner_part_number") or values.get("part_number", ""))
    return str(values.get("part_number", ""))


def _parties(keys: set[int]) -> Parties:
    known: dict[int, Party] = acting().memo.setdefault("work.parties", {})
    if missing := keys - known.keys():
        found = Organisation.objects.filter(pk__in=missing)
        for key, *party in found.values_list("pk", "short_name", "bpn"):
            known[key] = Party(*party)
    return known
