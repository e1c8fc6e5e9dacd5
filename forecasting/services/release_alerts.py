"""What about releases needs somebody's decision, on the side that has to decide (FC-04, FC-05)."""

from collections import Counter, defaultdict
from collections.abc import Collection, Sequence
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any, Final
from uuid import NAMESPACE_URL, UUID, uuid5

from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext_lazy

from collab.masterdata.models import Part
from collab.organisations.clock import own_day
from collab.organisations.context import acting_organisation_id
from collab.organisations.names import NOBODY, names_of
from collab.work.models import Alert
from collab.work.services import Concern, clear_alert, raise_alert
from collab.work.titles import name_type
from forecasting.models import (
    DeliverySchedule,
    ReleaseAnswer,
    ReleaseDraft,
)
from forecasting.queries.own_stock import own_stock
from forecasting.queries.terms import pairs_of, terms_book
from forecasting.rules.alert import AlertKind
from forecasting.rules.release import release_alerts
from forecasting.services.documents import released
from forecasting.services.schedule_lines import lines_of

BATCH, SERIES, DESK = "forecasting.batch", "forecasting.series", "forecasting.desk"
NEW = "forecasting.release_new"
UNANSWERED = "forecasting.release_unacknowledged"
REJECTED = "forecasting.release_rejected"
HELD = "forecasting.release_held"
NOTICES = {
    AlertKind.MISSING_RELEASE.value: "forecasting.release_missing",
    AlertKind.UNLOADING_POINT_CHANGED.value: "forecasting.unloading_point_changed",
    AlertKind.RECEIVED_DECREASED.value: "forecasting.received_decreased",
    AlertKind.CUMULATIVE_RESET.value: "forecasting.cumulative_reset",
    AlertKind.FIRM_DECREASED.value: "forecasting.firm_decreased",
    AlertKind.GO_AHEAD_ORDER.value: "forecasting.go_ahead_order",
}
NOT_COVERABLE = "forecasting.not_coverable"
Severity = Alert.Severity


def notice_releases(schedules: Sequence[DeliverySchedule], *, as_of: datetime) -> None:
    """Tell the acting supplier alone what new releases bring with them.

    One alert a batch says that there are releases; each release may add what is unusual about
    it. What an earlier release of the series raised and this one does not is cleared.
    """
    settle_new(schedules, as_of=as_of)
    uncovered = _uncovered(schedules, as_of)
    open_before = set(
        Alert.objects.filter(
            owner_id=acting_organisation_id(),
            object_kind=SERIES,
            object_id__in=[each.series_id for each in schedules],
            type__in=[*NOTICES.values(), NOT_COVERABLE],
            is_open=True,
        ).values_list("object_id", "type")
    )
    for each in schedules:
        found = {NOTICES[kind] for kind in each.alerts if kind in NOTICES}
        if each.series_id in uncovered:
            found.add(NOT_COVERABLE)
        for name in [*NOTICES.values(), NOT_COVERABLE]:
            if name in found:
                _raise(each, name, as_of, {"missing": str(uncovered.get(each.series_id, ""))})
            elif (each.series_id, name) in open_before:
                clear_alert(type=name, object_kind=SERIES, object_id=each.series_id, at=as_of)


def settle_new(schedules: Sequence[DeliverySchedule], *, as_of: datetime) -> None:
    """Keep one alert a batch while releases in it wait for the acting supplier's answer."""
    own = acting_organisation_id()
    batches = {each.batch_id: each.owner_id for each in schedules}
    rows = DeliverySchedule.objects.filter(
        batch_id__in=list(batches), counterparty_id=own, is_current=True
    ).values_list("batch_id", "pk")
    found = list(rows)
    answered = set(
        ReleaseAnswer.objects.filter(
            owner_id=own, schedule_id__in=[key for _batch, key in found]
        ).values_list("schedule_id", flat=True)
    )
    waiting = Counter(batch for batch, key in found if key not in answered)
    names = names_of(batches.values())
    for batch, customer_id in batches.items():
        if not waiting[batch]:
            clear_alert(type=NEW, object_kind=BATCH, object_id=batch, at=as_of)
            continue
        raise_alert(
            type=NEW,
            object_kind=BATCH,
            object_id=batch,
            concern=Concern(
                severity=Severity.INFO.value,
                counterparty_id=own,  # nobody can be granted it: the addressee's alone
                title_params={
                    "customer": names.get(customer_id, NOBODY).short,
                    "count": waiting[batch],
                },
            ),
            at=as_of,
        )


def judge_unanswered(
    *, as_of: datetime | None = None, batch_ids: Collection[UUID] | None = None
) -> int:
    """Raise one alert a batch and supplier for releases not acknowledged in time; return them.

    Runs acting for the customer, who owns the alert; the supplier sees it if granted.
    """
    now = as_of or timezone.now()
    own = acting_organisation_id()
    rows = DeliverySchedule.objects.filter(
        owner_id=own, is_current=True, published_at__lt=now - timedelta(days=1)
    )
    if batch_ids is not None:
        rows = rows.filter(batch_id__in=batch_ids)
    schedules = list(rows)
    answered = set(
        ReleaseAnswer.objects.filter(
            counterparty_id=own, schedule_id__in=[each.pk for each in schedules]
        ).values_list("schedule_id", flat=True)
    )
    book = terms_book(pairs_of(schedules))
    late: dict[tuple[UUID, int], list[DeliverySchedule]] = defaultdict(list)
    for each in schedules:
        (pair,) = pairs_of([each])
        days = book.of(pair, each.part_number, each.site_code).acknowledge_days
        if each.pk not in answered and each.published_at + timedelta(days=days) <= now:
            late[each.batch_id, each.counterparty_id].append(each)
    names = names_of({supplier_id for _batch, supplier_id in late})
    for (batch, supplier_id), waiting in late.items():
        raise_alert(
            type=UNANSWERED,
            object_kind=BATCH,
            object_id=batch,
            bucket=str(supplier_id),
            concern=Concern(
                severity=Severity.WARNING.value,
                counterparty_id=supplier_id,
                part_number=waiting[0].part_number if len(waiting) == 1 else "",
                title_params={
                    "supplier": names.get(supplier_id, NOBODY).short,
                    "count": len(waiting),
                    "on": own_day(waiting[0].published_at).isoformat(),
                },
            ),
            at=now,
        )
    _clear_answered(late, batch_ids, now)
    return len(late)


def judge_answers(answers: Sequence[ReleaseAnswer], *, as_of: datetime) -> None:
    """Raise and clear, for the acting customer, what its suppliers rejected."""
    for each in answers:
        is_bad = each.verdict in {ReleaseAnswer.Verdict.REJECTED, ReleaseAnswer.Verdict.PARTIAL}
        if not is_bad:
            clear_alert(type=REJECTED, object_kind=SERIES, object_id=each.series_id, at=as_of)
            continue
        raise_alert(
            type=REJECTED,
            object_kind=SERIES,
            object_id=each.series_id,
            concern=Concern(
                severity=Severity.WARNING.value,
                counterparty_id=each.owner_id,
                part_number=each.part_number,
                title_params={"document": each.document_number, "verdict": each.verdict},
            ),
            at=as_of,
        )


def judge_held(*, as_of: datetime | None = None) -> int:
    """Keep one alert of the acting customer while releases are held; return how many are."""
    own = acting_organisation_id()
    count: int = ReleaseDraft.objects.filter(state=ReleaseDraft.State.HELD).count()
    desk = uuid5(NAMESPACE_URL, f"releases:{own}")
    if not count:
        clear_alert(type=HELD, object_kind=DESK, object_id=desk, at=as_of)
        return 0
    concern = Concern(
        severity=Severity.WARNING.value, counterparty_id=own, title_params={"count": count}
    )
    raise_alert(type=HELD, object_kind=DESK, object_id=desk, concern=concern, at=as_of)
    return count


def _uncovered(schedules: Sequence[DeliverySchedule], as_of: datetime) -> dict[UUID, Decimal]:
    """Return what is missing inside the lead time [base units] where stock cannot meet a line."""
    book = terms_book(pairs_of(schedules))
    numbers = {each.supplier_part_number for each in schedules if each.supplier_part_number}
    parts = dict(Part.objects.filter(number__in=numbers).values_list("pk", "number"))
    stock = {parts[UUID(key)]: found for key, found in own_stock(parts).items()}
    lines = lines_of([each.pk for each in schedules if each.supplier_part_number in stock])
    found: dict[UUID, Decimal] = {}
    for each in schedules:
        (pair,) = pairs_of([each])
        lead = book.of(pair, each.part_number, each.site_code).lead_time_days
        if not lead or each.supplier_part_number not in stock:
            continue
        alerts = release_alerts(
            None,
            released(each, lines[each.pk]),
            available=stock[each.supplier_part_number].for_customer(str(each.owner_id))
            + (each.in_transit or 0),
            covered_until=own_day(as_of) + timedelta(days=lead),
        )
        missing = [
            Decimal(alert.detail.split()[-1])
            for alert in alerts
            if alert.kind == AlertKind.NOT_COVERABLE
        ]
        if missing:
            found[each.series_id] = max(missing)
    return found


def _raise(schedule: DeliverySchedule, name: str, as_of: datetime, more: dict[str, str]) -> None:
    is_grave = name in {NOT_COVERABLE, NOTICES[AlertKind.RECEIVED_DECREASED.value]}
    raise_alert(
        type=name,
        object_kind=SERIES,
        object_id=schedule.series_id,
        concern=Concern(
            severity=(Severity.WARNING if is_grave else Severity.INFO).value,
            counterparty_id=acting_organisation_id(),
            part_number=schedule.supplier_part_number or schedule.part_number,
            partner_part_number=schedule.part_number,
            site_code=schedule.site_code,
            title_params={"document": schedule.document_number, "unit": schedule.unit, **more},
        ),
        at=as_of,
    )


def _clear_answered(
    late: dict[tuple[UUID, int], Any], batch_ids: Collection[UUID] | None, now: datetime
) -> None:
    is_open = Alert.objects.filter(owner_id=acting_organisation_id(), type=UNANSWERED, is_open=True)
    if batch_ids is not None:
        is_open = is_open.filter(object_id__in=batch_ids)
    for batch, bucket in list(is_open.values_list("object_id", "bucket")):
        if (batch, int(bucket)) not in late:
            clear_alert(type=UNANSWERED, object_kind=BATCH, object_id=batch, bucket=bucket, at=now)


def clear_of_series(series_ids: Sequence[UUID], *, as_of: datetime) -> None:
    """Clear what was said against releases that newer ones replaced."""
    is_open = Alert.objects.filter(
        owner_id=acting_organisation_id(), type=REJECTED, object_id__in=series_ids, is_open=True
    )
    for key in list(is_open.values_list("object_id", flat=True)):
        clear_alert(type=REJECTED, object_kind=SERIES, object_id=key, at=as_of)


_TEXTS: Final[dict[str, tuple[str | Promise, ...]]] = {
    NEW: (
        ngettext_lazy(
            "%(customer)s released %(count)s delivery schedule for you to acknowledge",
            "%(customer)s released %(count)s delivery schedules for you to acknowledge",
            "count",
        ),
        _("New delivery schedules are waiting for you"),
    ),
    UNANSWERED: (
        ngettext_lazy(
            "%(supplier)s has not acknowledged %(count)s release of %(on)s",
            "%(supplier)s has not acknowledged %(count)s releases of %(on)s",
            "count",
        ),
        _("Releases are not acknowledged"),
    ),
    REJECTED: (
        _("Release %(document)s of %(number)s was rejected"),
        _("A release was rejected"),
    ),
    HELD: (
        ngettext_lazy(
            "%(count)s release is held for your decision",
            "%(count)s releases are held for your decision",
            "count",
        ),
        _("Releases are held"),
    ),
    NOT_COVERABLE: (
        _("%(number)s: %(missing)s %(unit)s short inside the lead time"),
        _("A release cannot be covered inside the lead time"),
    ),
}
"""The texts of each type, fullest first."""
_NOTICE_TEXTS: Final = {
    AlertKind.MISSING_RELEASE: _("A release of %(number)s before %(document)s is missing"),
    AlertKind.UNLOADING_POINT_CHANGED: _("The unloading point of %(number)s has changed"),
    AlertKind.RECEIVED_DECREASED: _("Cumulative received of %(number)s is lower than before"),
    AlertKind.CUMULATIVE_RESET: _("Cumulative quantities of %(number)s start again"),
    AlertKind.FIRM_DECREASED: _("Firm quantity of %(number)s was taken back"),
    AlertKind.GO_AHEAD_ORDER: _("Go-aheads of %(number)s contradict each other"),
}


def name_types() -> None:
    """Give the alert types their texts."""
    for type_, texts in _TEXTS.items():
        name_type(type_, *texts, figures=("missing",), moments=("on",))
    for kind, text in _NOTICE_TEXTS.items():
        name_type(NOTICES[kind], text, _("A release needs a second look"))
