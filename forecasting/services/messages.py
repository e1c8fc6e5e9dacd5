"""Apply the schedules and weekly demand that a customer's own system hands in as messages."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time
from decimal import Decimal
from zoneinfo import ZoneInfo

from django.db.models import Q

from collab.integration.inbox.findings import Finding, MessageRefused
from collab.integration.inbox.registry import Arrival, Outcome, register
from collab.integration.inbox.senders import require_own_system
from collab.integration.models.messages import PartnerProfile
from collab.masterdata.refusals import Refused
from collab.organisations.context import acting_organisation, acting_organisation_id
from collab.organisations.models import Organisation, Site
from forecasting.messages import catenax, delfor, x12_830
from forecasting.messages.canonical import (
    Commitment,
    Entry,
    Identifier,
    Measure,
    ScheduleItem,
    ScheduleMessage,
)
from forecasting.messages.canonical import GoAhead as StatedGoAhead
from forecasting.messages.values import Reading
from forecasting.models import Category, Origin
from forecasting.rules.release import Place
from forecasting.rules.schedule import to_discrete
from forecasting.services.documents import GoAhead
from forecasting.services.intake import (
    FIRST_WEEK,
    StatedLine,
    StatedSchedule,
    WeeklyDemand,
    take_demand,
    take_schedule,
)

DELFOR, X12_830 = "edifact:DELFOR", "x12:830"
DEMAND = "catenax:week_based_material_demand"
ORIGINS = {DELFOR: Origin.EDIFACT, X12_830: Origin.X12}
Group = tuple[str, str]  # part number, ship-to


@dataclass(frozen=True, slots=True)
class _Held:
    """Why a line of a message cannot be applied."""

    line: str
    refused: Refused
    code: str = ""  # of the finding; by the field where it is empty


def apply_delfor(arrival: Arrival) -> Outcome:
    """Apply a DELFOR."""
    return _apply(arrival, delfor.read(arrival.document.content, arrival.profile))


def apply_830(arrival: Arrival) -> Outcome:
    """Apply an X12 830."""
    return _apply(arrival, x12_830.read(arrival.document.content, arrival.profile))


def apply_weekly_demand(arrival: Arrival) -> Outcome:
    """Apply a Catena-X WeekBasedMaterialDemand; an older ``changedAt`` is refused whole."""
    message = catenax.demand_of(arrival.document.content)
    require_own_system(arrival, else_from="customers' schedules come from theirs")
    own = acting_organisation().bpn
    if message.customer != own:
        expected = f"{own}, the organisation whose system sends it"
        raise _refusal(arrival, "sender", expected, message.customer)
    held: list[_Held] = []
    applied = 0
    for series in message.series:
        try:
            site = _site(Identifier(value=series.site))
            take_demand(
                WeeklyDemand(
                    supplier=message.supplier,
                    part_number=message.part_number,
                    site=site,
                    category=series.category or Category.DEFAULT.value,
                    unit=message.unit,
                    description=message.description[:120],
                    changed_at=message.changed_at,
                    is_active=not message.is_inactive,
                    demands={each.week: each.quantity for each in series.weeks},
                    source_id=arrival.message_id,
                    first_week=FIRST_WEEK,
                )
            )
        except Refused as refused:
            if refused.field == "changed_at":
                raise _refusal(arrival, "older", refused.expected, refused.value) from None
            held.append(_Held(f"{series.site} {series.category}", refused))
        else:
            applied += 1
    return _outcome(arrival, applied, held)


def _apply(arrival: Arrival, reading: Reading[ScheduleMessage]) -> Outcome:
    require_own_system(arrival, else_from="customers' schedules come from theirs")
    message = reading.message
    supplier = _supplier(arrival, message.supplier)
    held: list[_Held] = []
    repeated: list[Finding] = []
    applied = kept = 0
    for items in _grouped(message.items).values():
        try:
            stated = _stated(arrival, message, items, supplier)
            taken = take_schedule(stated)
        except Refused as refused:
            held.append(_Held(items[0].line, refused))
            continue
        if taken.draft is None and taken.place == Place.OLD:
            newer = Refused("number", "a number behind the release that counts", message.number)
            held.append(_Held(items[0].line, newer, "older-release"))
            continue
        if taken.draft is None:
            repeated.append(_repeated(arrival, items[0].line, message.number))
            continue
        applied += 1
        if taken.draft is not None and taken.schedule is None:
            reasons = [each for each in taken.draft.deviations if each["kind"] == "unknown"]
            held += [
                _Held(items[0].line, Refused(each["field"], each["expected"], each["found"]))
                for each in reasons
            ]
            applied -= bool(reasons)
            kept += bool(reasons)
    outcome = _outcome(arrival, applied, held, kept=kept)
    return Outcome(
        applied=outcome.applied,
        held=outcome.held + reading.held,
        findings=(*reading.findings, *repeated, *outcome.findings),
    )


def _repeated(arrival: Arrival, line: str, number: str) -> Finding:
    """Return the notice that a release of that number counts already: nothing was changed."""
    return Finding(
        code="release-repeated",
        expected="a number that no release of this part has yet",
        found=number,
        message=arrival.document.reference,
        line=line,
        is_warning=True,
    )


def _stated(
    arrival: Arrival, message: ScheduleMessage, items: Sequence[ScheduleItem], supplier: str
) -> StatedSchedule:
    """Return what the items of one part and place state together; orders are added up."""
    first = items[0]
    problems: list[Refused] = []
    site = ""
    try:
        site = _site(first.ship_to)
    except Refused as refused:
        problems.append(refused)
    return StatedSchedule(
        supplier=supplier,
        part_number=first.part_number,
        site=site,
        unit=first.unit,
        issued_at=_instant(message.issued_at.on, message.issued_at.at, site),
        origin=ORIGINS[arrival.document.kind].value,
        document_number=message.number,
        previous_document_number=first.previous_number,
        unloading_point=first.unloading_point[:25],
        lines=[line for item in items for line in _lines(item)],
        received_cumulative=_sum(item.received_cumulative for item in items),
        received_since=first.received_since,
        in_transit=_sum(item.in_transit for item in items),
        backlog=_sum(item.backlog for item in items),
        last_receipt=_last_receipt(first),
        production_go_ahead=_go_ahead(items, Commitment.PRODUCTION),
        material_go_ahead=_go_ahead(items, Commitment.MATERIAL),
        source_key=f"{arrival.message_id}:{message.number}:{first.part_number}:{site}"[:120],
        problems=problems,
    )


def _lines(item: ScheduleItem) -> list[StatedLine]:
    """Return the discrete lines of an item; cumulative ones become steps from what was received."""
    discrete = [each for each in item.entries if each.measure == Measure.DISCRETE]
    totals = [each for each in item.entries if each.measure == Measure.CUMULATIVE]
    lines = [_line(each, each.quantity) for each in discrete]
    if totals:
        ordered = sorted(totals, key=lambda each: each.end or each.start.on)
        points = [(each.end or each.start.on, each.quantity) for each in ordered]
        try:
            steps = to_discrete(item.received_cumulative or Decimal(0), points)
        except ValueError as reason:
            expected = str(reason).removeprefix("expected ").partition(", got ")[0]
            raise Refused("cumulative", expected, item.line) from None
        lines += [_line(each, step) for each, (_on, step) in zip(ordered, steps, strict=True)]
    return lines


def _line(entry: Entry, quantity: Decimal) -> StatedLine:
    return StatedLine(
        commitment=entry.commitment.value,
        due_from=entry.start.on,
        due_until=entry.end or entry.start.on,
        quantity=quantity,
    )


def _go_ahead(items: Sequence[ScheduleItem], kind: Commitment) -> GoAhead | None:
    found: list[StatedGoAhead] = [
        each for item in items for each in item.go_aheads if each.commitment == kind
    ]
    ends = [each.until for each in found if each.until is not None]
    if not found or not ends:
        return None
    return GoAhead(quantity=sum((each.quantity for each in found), Decimal(0)), until=max(ends))


def _last_receipt(item: ScheduleItem) -> dict[str, str] | None:
    receipt = item.last_receipt
    if receipt is None:
        return None
    told = {
        "quantity": "" if receipt.quantity is None else str(receipt.quantity),
        "on": receipt.on.on.isoformat() if receipt.on else "",
        "dispatch_number": receipt.dispatch_number,
    }
    return {name: value for name, value in told.items() if value}


def _grouped(items: Iterable[ScheduleItem]) -> dict[Group, list[ScheduleItem]]:
    found: dict[Group, list[ScheduleItem]] = defaultdict(list)
    for item in items:
        found[item.part_number, item.ship_to.value if item.ship_to else ""].append(item)
    return found


def _sum(values: Iterable[Decimal | None]) -> Decimal | None:
    known = [each for each in values if each is not None]
    return sum(known, Decimal(0)) if known else None


def _site(place: Identifier | None) -> str:
    """Return the code of the own site that a message means; empty where it names none."""
    if place is None or not place.value:
        return ""
    value = place.value.strip()
    own = Site.objects.filter(owner_id=acting_organisation_id())
    found = own.filter(Q(code=value) | Q(gln=value) | Q(bpn=value)).values_list("code", flat=True)
    codes = list(found[:2])
    if len(codes) != 1:
        raise Refused("ship_to", "the code, GLN or BPNS of one of your sites", value)
    return str(codes[0])


def _supplier(arrival: Arrival, party: Identifier | None) -> str:
    """Return the BPN of the supplier that a message names by BPN, DUNS or a profile's code."""
    value = party.value.strip() if party else ""
    profiles = PartnerProfile.objects.filter(identifier=value).values_list("partner_id", flat=True)
    named = Q(bpn=value) | Q(duns=value) | Q(pk__in=list(profiles))
    rows = Organisation.objects.filter(named).exclude(pk=acting_organisation_id())
    found = list(rows.values_list("bpn", flat=True)[:2]) if value else []
    if len(found) != 1:
        expected = "one of your suppliers, by BPN, DUNS or the identifier of its profile"
        raise _refusal(arrival, "unknown-supplier", expected, value)
    return str(found[0])


def _instant(on: date, at: time | None, site_code: str) -> datetime:
    """Return the instant that a message's local day (and time) means at the site."""
    site = Site.objects.filter(owner_id=acting_organisation_id(), code=site_code).first()
    zone = ZoneInfo(site.timezone if site else acting_organisation().timezone)
    return datetime.combine(on, at or time(0), tzinfo=zone)


def _refusal(arrival: Arrival, code: str, expected: str, found: str) -> MessageRefused:
    reference = arrival.document.reference
    return MessageRefused([Finding(code=code, expected=expected, found=found, message=reference)])


def _outcome(arrival: Arrival, applied: int, held: Sequence[_Held], *, kept: int = 0) -> Outcome:
    """Return the outcome with a finding a held line; refuse all where the profile wants all.

    ``kept`` lines wait as held releases; a message of which nothing is left is refused as well.
    """
    findings = tuple(
        Finding(
            code=each.code or f"unknown-{each.refused.field.replace('_', '-')}",
            expected=each.refused.expected,
            found=each.refused.value,
            message=arrival.document.reference,
            line=each.line,
        )
        for each in held
    )
    if held and (not arrival.profile.holds_lines or not (applied or kept)):
        raise MessageRefused(findings)
    return Outcome(applied=applied, held=len(held), findings=findings)


def register_handlers() -> None:
    """Let the inbox hand these kinds of messages over."""
    handlers: dict[str, Callable[[Arrival], Outcome]] = {
        DELFOR: apply_delfor,
        X12_830: apply_830,
        DEMAND: apply_weekly_demand,
    }
    for kind, handler in handlers.items():
        register(kind, handler)
