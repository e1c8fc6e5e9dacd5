"""What a delivery schedule says before it is a row: the document of a draft, as plain values."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import ROUND_HALF_UP, Decimal
from typing import Any
from uuid import UUID

from collab.organisations.clock import own_day
from forecasting.models import Commitment, DeliverySchedule, Origin
from forecasting.rules import schedule as rules
from forecasting.week_figures import Weekly, monday_of, weeks_between

ZERO = Decimal(0)
ONE_DAY = timedelta(days=1)
IsWorked = Callable[[date], bool]
_OF_RULES = {
    Commitment.FIRM.value: rules.Commitment.FIRM,
    Commitment.BACKLOG.value: rules.Commitment.BACKLOG,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class DocumentLine:
    """A discrete quantity [base unit], >= 0, due between two days, both included."""

    commitment: str
    due_from: date
    due_until: date
    quantity: Decimal

    @property
    def is_bound(self) -> bool:
        """Whether the customer must take it."""
        return self.commitment in _OF_RULES


@dataclass(frozen=True, slots=True, kw_only=True)
class GoAhead:
    """A cumulative quantity for which the customer answers, until a day."""

    quantity: Decimal
    until: date


@dataclass(frozen=True, slots=True, kw_only=True)
class Document:
    """A whole delivery schedule of one series; it replaces its predecessor wholly.

    Quantities are in base units. ``received`` is the cumulative received, ``None`` where the
    customer does not count; then running totals begin with this document. An empty
    ``document_number`` is filled at publishing.
    """

    series_id: UUID
    origin: str
    issued_at: datetime
    lines: tuple[DocumentLine, ...]
    document_number: str = ""
    previous_document_number: str = ""
    unloading_point: str = ""
    low: Weekly | None = None
    high: Weekly | None = None
    firm_until: date | None = None
    received: Decimal | None = None
    received_since: date | None = None
    in_transit: Decimal | None = None
    backlog: Decimal | None = None
    last_receipt: Mapping[str, str] | None = None
    last_asn: str = ""
    production_go_ahead: GoAhead | None = None
    material_go_ahead: GoAhead | None = None
    note: str = ""

    def weekly(self, is_worked: IsWorked) -> Weekly:
        """Return what is due in each week; a line over several weeks by its working days."""
        found: dict[date, Decimal] = {}
        for line in self.lines:
            for day, quantity in spread_line(line, is_worked).items():
                week = monday_of(day)
                found[week] = found.get(week, ZERO) + quantity
        if not found:
            return Weekly(monday_of(own_day(self.issued_at)), ())
        weeks = weeks_between(min(found), max(found))
        return Weekly(weeks[0], tuple(found.get(week, ZERO) for week in weeks))

    def release(self, *, number: str, previous: str | None) -> rules.Release:
        """Return the document in the form of the rules."""
        return rules.Release(
            number=number,
            previous=previous,
            issued_at=self.issued_at,
            received=self.received or ZERO,
            counted_since=self.received_since,
            lines=tuple(_rule_line(line.commitment, line.due_until, line.quantity)
                        for line in self.lines),
            last_asn=self.last_asn or None,
            production_go_ahead=_cumulative(self.production_go_ahead),
            material_go_ahead=_cumulative(self.material_go_ahead),
            unloading_point=self.unloading_point,
            is_change=self.received is None,
        )  # fmt: skip


def _cumulative(stated: GoAhead | None) -> Decimal | None:
    return None if stated is None else stated.quantity


def spread_line(line: DocumentLine, is_worked: IsWorked) -> dict[date, Decimal]:
    """Return the quantity of each working day of a line; of a line without any on its first day.

    Whole quantities stay whole, others are exact to 0.001; the days add up to the line.
    """
    count = (line.due_until - line.due_from).days + 1
    days = [line.due_from + ONE_DAY * place for place in range(count)]
    worked = [day for day in days if is_worked(day)] or [line.due_from]
    step = Decimal(1) if line.quantity == line.quantity.to_integral_value() else Decimal("0.001")
    found: dict[date, Decimal] = {}
    given = ZERO
    for place, day in enumerate(worked, start=1):
        reached = (line.quantity * place / len(worked)).quantize(step, ROUND_HALF_UP)
        found[day] = reached - given
        given = reached
    return found


def released(row: DeliverySchedule, lines: Sequence[Any]) -> rules.Release:
    """Return a published schedule and its lines in the form of the rules."""

    def cumulative(stated: Mapping[str, str] | None) -> Decimal | None:
        return Decimal(stated["quantity"]) if stated else None

    return rules.Release(
        number=row.document_number,
        previous=row.previous_document_number or None,
        issued_at=row.issued_at,
        received=row.received_cumulative or ZERO,
        counted_since=row.received_since,
        lines=tuple(_rule_line(each.commitment, each.due_until, each.quantity) for each in lines),
        production_go_ahead=cumulative(row.production_go_ahead),
        material_go_ahead=cumulative(row.material_go_ahead),
        unloading_point=row.unloading_point,
    )


def _rule_line(commitment: str, due_on: date, quantity: Decimal) -> rules.ScheduleLine:
    return rules.ScheduleLine(
        due_on=due_on,
        quantity=quantity,
        commitment=_OF_RULES.get(commitment, rules.Commitment.FORECAST),
    )


def to_json(document: Document) -> dict[str, Any]:
    """Return a document as plain JSON values."""
    return {
        "series_id": str(document.series_id),
        "origin": document.origin,
        "issued_at": document.issued_at.isoformat(),
        "lines": [
            [each.commitment, each.due_from.isoformat(), each.due_until.isoformat(),
             str(each.quantity)]
            for each in document.lines
        ],
        "document_number": document.document_number,
        "previous_document_number": document.previous_document_number,
        "unloading_point": document.unloading_point,
        "low": _weekly_json(document.low),
        "high": _weekly_json(document.high),
        "firm_until": _text(document.firm_until),
        "received": _text(document.received),
        "received_since": _text(document.received_since),
        "in_transit": _text(document.in_transit),
        "backlog": _text(document.backlog),
        "last_receipt": dict(document.last_receipt) if document.last_receipt else None,
        "last_asn": document.last_asn,
        "production_go_ahead": go_ahead_json(document.production_go_ahead),
        "material_go_ahead": go_ahead_json(document.material_go_ahead),
        "note": document.note,
    }  # fmt: skip


def from_json(kept: Mapping[str, Any]) -> Document:
    """Return the document that ``to_json`` wrote."""
    return Document(
        series_id=UUID(kept["series_id"]),
        origin=Origin(kept["origin"]).value,
        issued_at=datetime.fromisoformat(kept["issued_at"]),
        lines=tuple(
            DocumentLine(
                commitment=commitment,
                due_from=date.fromisoformat(first),
                due_until=date.fromisoformat(last),
                quantity=Decimal(quantity),
            )
            for commitment, first, last, quantity in kept["lines"]
        ),
        document_number=kept["document_number"],
        previous_document_number=kept["previous_document_number"],
        unloading_point=kept["unloading_point"],
        low=_weekly(kept["low"]),
        high=_weekly(kept["high"]),
        firm_until=_day(kept["firm_until"]),
        received=_decimal(kept["received"]),
        received_since=_day(kept["received_since"]),
        in_transit=_decimal(kept["in_transit"]),
        backlog=_decimal(kept["backlog"]),
        last_receipt=kept["last_receipt"],
        last_asn=kept["last_asn"],
        production_go_ahead=_go_ahead(kept["production_go_ahead"]),
        material_go_ahead=_go_ahead(kept["material_go_ahead"]),
        note=kept["note"],
    )


def go_ahead_json(stated: GoAhead | None) -> dict[str, str] | None:
    """Return a go-ahead as it is stored."""
    if stated is None:
        return None
    return {"quantity": str(stated.quantity), "until": stated.until.isoformat()}


def _go_ahead(kept: Mapping[str, str] | None) -> GoAhead | None:
    if kept is None:
        return None
    return GoAhead(quantity=Decimal(kept["quantity"]), until=date.fromisoformat(kept["until"]))


def _weekly_json(stated: Weekly | None) -> dict[str, Any] | None:
    if stated is None:
        return None
    figures = [_text(each) for each in stated.quantities]
    return {"first_week": stated.first_week.isoformat(), "quantities": figures}


def _weekly(kept: Mapping[str, Any] | None) -> Weekly | None:
    if kept is None:
        return None
    figures = tuple(_decimal(each) for each in kept["quantities"])
    return Weekly(date.fromisoformat(kept["first_week"]), figures)


def _text(value: Decimal | date | None) -> str | None:
    return None if value is None else str(value)


def _decimal(text: str | None) -> Decimal | None:
    return None if text is None else Decimal(text)


def _day(text: str | None) -> date | None:
    return None if text is None else date.fromisoformat(text)
