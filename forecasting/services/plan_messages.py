"""Apply capacity groups, comments and update requests that an own system hands in as messages."""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from collab.integration.inbox.findings import Finding, MessageRefused
from collab.integration.inbox.registry import Arrival, Outcome, register
from collab.masterdata.refusals import Refused
from collab.organisations.clock import own_day
from collab.organisations.context import acting_organisation, acting_organisation_id
from collab.organisations.models import Organisation, Site
from forecasting.axis import monday_of, week_number, weeks_from
from forecasting.messages import catenax
from forecasting.messages.canonical import CapacityMessage, CommentMessage, LinkedSeries
from forecasting.models import CapacityGroup, DemandSeries, PlanComment
from forecasting.services.capacity import GroupInput, LinkInput, state_group
from forecasting.services.comments import CommentInput, comment, delete_comment
from forecasting.services.outgoing import answer_request
from forecasting.services.update_requests import ask_update

CAPACITY = "catenax:week_based_capacity_group"
COMMENT = "catenax:id_based_comment"
REQUEST = "catenax:id_based_request_for_update"
LIMITS = {
    "relativePositiveDeviation": "relative_up",
    "relativeNegativeDeviation": "relative_down",
    "absolutePositiveDeviation": "absolute_up",
    "absoluteNegativeDeviation": "absolute_down",
}


def apply_capacity(arrival: Arrival) -> Outcome:
    """Apply a Catena-X WeekBasedCapacityGroup; an older ``changedAt`` is refused whole."""
    message = catenax.capacity_of(arrival.document.content)
    _check_sender(arrival, message.supplier)
    try:
        state_group(_group(message))
    except Refused as refused:
        raise _refusal(arrival, refused) from None
    return Outcome(applied=1)


def apply_comment(arrival: Arrival) -> Outcome:
    """Apply a Catena-X IdBasedComment, or take back what it names."""
    message = catenax.comment_of(arrival.document.content)
    own = acting_organisation().bpn
    _check_sender(arrival, own if own in {message.customer, message.supplier} else message.supplier)
    try:
        if message.is_to_be_deleted:
            _delete(message)
        else:
            kind, key = _object(message.object_id)
            comment(
                CommentInput(
                    object_kind=kind,
                    object_id=key,
                    text=message.text,
                    type=message.kind,
                    weeks=sorted({monday_of(week) for week in message.weeks}),
                    external_id=message.comment_id,
                ),
                as_of=message.changed_at or message.posted_at,
            )
    except Refused as refused:
        raise _refusal(arrival, refused) from None
    return Outcome(applied=1)


def apply_request(arrival: Arrival) -> Outcome:
    """Answer a Catena-X IdBasedRequestForUpdate from what stands now, for every partner known.

    A partner's request, which its receiver's system hands in, is answered through the outbox.
    """
    message = catenax.request_of(arrival.document.content)
    if arrival.sender_id != acting_organisation_id():
        return answer_request(message, partner_id=arrival.sender_id, message_id=arrival.message_id)
    _check_sender(arrival, acting_organisation().bpn)
    asked: dict[str, Any] = {
        kind: [{"id": each.object_id, "changed_at": each.changed_since} for each in wanted]
        for kind, wanted in (("series", message.demands), ("groups", message.capacity_groups))
        if wanted
    }
    partners = Organisation.objects.exclude(pk=acting_organisation_id()).order_by("pk")
    try:
        for bpn in partners.values_list("bpn", flat=True):
            ask_update(partner=bpn, asked=asked)
    except Refused as refused:
        raise _refusal(arrival, refused) from None
    return Outcome(applied=1)


def register_handlers() -> None:
    """Let the inbox hand these kinds of messages over."""
    handlers: dict[str, Callable[[Arrival], Outcome]] = {
        CAPACITY: apply_capacity,
        COMMENT: apply_comment,
        REQUEST: apply_request,
    }
    for kind, handler in handlers.items():
        register(kind, handler)


def _group(message: CapacityMessage) -> GroupInput:
    """Return the message as the service takes it: weeks without gaps, links by key."""
    if not message.weeks:
        raise Refused("actual", "at least one week of capacity", "")
    first = message.weeks[0].week
    known = {each.week: each for each in message.weeks}
    axis = weeks_from(first, week_number(first, message.weeks[-1].week) + 1)

    def column(name: str) -> list[Decimal | None]:
        return [getattr(known[week], name) if week in known else None for week in axis]

    agreed, delta = column("agreed"), column("delta_production")
    return GroupInput(
        counterparty=message.customer,
        name=message.name,
        unit=message.unit,
        first_week=first,
        actual=column("actual"),
        maximum=column("maximum"),
        agreed=agreed if any(each is not None for each in agreed) else None,
        delta=delta if any(each is not None for each in delta) else None,
        volatility=_volatility(message.volatility),
        is_active=not message.is_inactive,
        external_id=message.group_id,
        links=[
            *(_series_link(message.customer, each) for each in message.linked_series),
            *(LinkInput(group_id=_own_group(each)) for each in message.linked_groups),
        ],
        changed_at=message.changed_at,
    )


def _series_link(customer: str, linked: LinkedSeries) -> LinkInput:
    """Return the link to the one series that the message means."""
    rows = DemandSeries.objects.filter(
        owner__bpn=customer,
        counterparty_id=acting_organisation_id(),
        part_number=linked.part_number,
        category=linked.category,
    )
    found = dict(rows.values_list("site_code", "pk"))
    code = Site.visible.filter(owner__bpn=customer, bpn=linked.site).values_list("code", flat=True)
    place = code.first() or linked.site
    key = found.get(place) or (next(iter(found.values())) if len(found) == 1 else None)
    if key is None:
        expected = "a demand series of that customer's part and site"
        raise Refused("links", expected, f"{linked.part_number} {linked.site}")
    return LinkInput(series_id=key, load_factor=linked.load_factor)


def _own_group(external_id: str) -> UUID:
    row = CapacityGroup.objects.filter(
        owner_id=acting_organisation_id(), external_id=external_id
    ).first()
    if row is None:
        raise Refused("links", "a capacity group that was sent before", external_id)
    return row.pk


def _volatility(aspect: Mapping[str, Any] | None) -> dict[str, Any] | None:
    """Return the parameters of the aspect under our names, horizons in their sequence.

    Measurements begin with the week of the start; without a threshold there is nothing to judge.
    """
    thresholds: Sequence[Mapping[str, Any]] = (aspect or {}).get(
        "rollingHorizonAlertThresholds"
    ) or ()
    if not aspect or not thresholds:
        return None
    started_at = datetime.fromisoformat(str(aspect["startReferenceDateTime"]))
    ordered = sorted(thresholds, key=lambda each: float(each.get("sequenceNumber", 0)))
    return {
        "starts_on": monday_of(own_day(started_at)).isoformat(),
        "interval_weeks": aspect.get("measurementInterval", 4),
        "sub_horizons": [
            {
                "weeks": each.get("subhorizonLength"),
                **{ours: each.get(theirs) for theirs, ours in LIMITS.items()},
            }
            for each in ordered
        ],
    }


def _object(object_id: str) -> tuple[str, UUID]:
    """Return kind and key of what a comment is about: a group by its sender's key, or a series."""
    group = CapacityGroup.objects.filter(external_id=object_id).first()
    if group is not None:
        return PlanComment.ObjectKind.GROUP.value, group.pk
    try:
        key = UUID(object_id)
    except ValueError:
        raise Refused("object_id", "a capacity group or demand series", object_id) from None
    if CapacityGroup.objects.filter(pk=key).exists():
        return PlanComment.ObjectKind.GROUP.value, key
    return PlanComment.ObjectKind.SERIES.value, key


def _delete(message: CommentMessage) -> None:
    row = PlanComment.objects.filter(
        owner_id=acting_organisation_id(), external_id=message.comment_id
    ).first()
    if row is not None:  # asked for twice, or never told: there is nothing left to delete
        delete_comment(row.pk)


def _check_sender(arrival: Arrival, named: str) -> None:
    """Refuse a message that another's system sent, or that names another as its sender."""
    own = acting_organisation()
    if arrival.sender_id != own.pk or named != own.bpn:
        expected = f"a message of your own system that names {own.bpn}"
        found = Finding(code="not-the-sender", expected=expected, found=named,
                        message=arrival.document.reference)  # fmt: skip
        raise MessageRefused([found])


def _refusal(arrival: Arrival, refused: Refused) -> MessageRefused:
    code = "older" if refused.field == "changed_at" else f"unknown-{refused.field}"
    found = Finding(
        code=code.replace("_", "-"),
        expected=refused.expected,
        found=refused.value,
        message=arrival.document.reference,
    )
    return MessageRefused([found])
