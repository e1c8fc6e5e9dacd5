"""One line of a DELFOR: the part, what was received of it, and what is wanted when."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any, Final

from collab.integration.edifact.envelope import Message
from collab.integration.edifact.groups import Group
from collab.integration.edifact.tokens import Segment
from collab.integration.inbox.profile import Profile
from forecasting.messages import values
from forecasting.messages.canonical import (
    Basis,
    Commitment,
    Entry,
    GoAhead,
    Identifier,
    LastReceipt,
    Measure,
    Moment,
    ScheduleItem,
)
from forecasting.messages.values import Notes

_CUMULATIVE: Final = "3"
_PERIOD: Final = "718"
_IMMEDIATE: Final = "10"
_GO_AHEADS: Final = frozenset({Commitment.PRODUCTION, Commitment.MATERIAL})


def party(parties: Mapping[str, Identifier], order: tuple[str, ...]) -> Identifier | None:
    """Return the party with the first of the qualifiers in ``order`` that is there."""
    return next((parties[each] for each in order if each in parties), None)


@dataclass(frozen=True, slots=True)
class Line:
    """A LIN group with what reading it needs; what is wrong goes to ``notes``."""

    number: str
    group: Group
    parties: Mapping[str, Identifier]
    message: Message
    profile: Profile
    issued_at: Moment
    notes: Notes

    def item(self) -> ScheduleItem | None:
        """Return the line, or ``None`` if it names no part."""
        asked = self.profile.qualifiers_of
        numbers = self._numbers()
        part = _first_of(numbers, asked("part", "IN", "BP"))
        if not part:
            found = self.group.trigger
            self._note("part", "the customer's part number", found.value(2), found, element=3)
            return None
        references = {each.qualifier: each.value(0, 1) for each in self.group.all("RFF")}
        entries, go_aheads = self._needs()
        return ScheduleItem(
            line=self.number,
            part_number=part,
            unit=self._unit(),
            supplier_part_number=_first_of(numbers, asked("supplier_part", "SA", "VP", "MF")),
            revision=_first_of(numbers, asked("revision", "EC")),
            description=self._description(),
            order=_first_of(references, asked("order", "ON", "CT")),
            previous_number=_first_of(references, asked("previous", "AIF")),
            ship_to=party(self.parties, asked("ship_to", "ST", "CN")),
            ship_from=party(self.parties, asked("ship_from", "SF")),
            unloading_point=self._place(asked("unloading_point", "11")),
            line_feed=self._place(asked("line_feed", "159")),
            **self._progress(),
            entries=tuple(entries),
            go_aheads=tuple(go_aheads),
        )

    def _numbers(self) -> dict[str, str]:
        """Return the part's numbers of LIN and PIA by their type; the first of a type counts."""
        found: dict[str, str] = {}
        pairs = [(self.group.trigger, 2)]
        pairs += [(pia, at) for pia in self.group.all("PIA") for at in range(1, 6)]
        for segment, at in pairs:
            if segment.value(at):
                found.setdefault(segment.value(at, 1), segment.value(at))
        return found

    def _description(self) -> str:
        """Return the free text of IMD: component 4, which some guides put one place earlier."""
        found = self.group.first("IMD")
        if found is None:
            return ""
        earlier = found.value(2, 2)
        return found.value(2, 3) or (earlier if len(earlier) > 3 else "")

    def _place(self, order: tuple[str, ...]) -> str:
        found = self.group.first("LOC", *order)
        return found.value(1) if found is not None else ""

    def _unit(self) -> str:
        """Return the one unit of all quantities; a second one is an error."""
        groups = [*self.group.of("QTY"), *(q for s in self.group.of("SCC") for q in s.of("QTY"))]
        found: dict[str, Segment] = {}
        for each in groups:
            if written := each.trigger.value(0, 2):
                found.setdefault(written, each.trigger)
        codes: list[str] = []
        for written, segment in found.items():
            code = values.unit(written, self.notes, **self._at(segment))
            if not code:
                continue
            if codes and code not in codes:
                self._note("unit", f"the unit {codes[0]} in the whole line", written, segment)
            codes.append(code)
        return codes[0] if codes else ""

    def _progress(self) -> dict[str, Any]:
        """Return what the customer counts: cumulative, backlog, in transit, last receipt."""
        asked = self.profile.qualifiers_of
        received = self.group.group("QTY", *asked("received", "70", "79"))
        dated = received
        if received is not None and received.first("DTM", "51") is None:
            dated = self.group.group("QTY", "79", "70", "72")
        since = None if dated is None else self._when(dated, "51")
        groups = {
            "received_cumulative": received,
            "backlog": self.group.group("QTY", *asked("backlog", "83")),
            "in_transit": self.group.group("QTY", *asked("in_transit", "57")),
        }
        found: dict[str, Any] = {
            name: None if each is None else self._amount(each.trigger)
            for name, each in groups.items()
        }
        found["received_since"] = None if since is None else since.on
        found["last_receipt"] = self._last_receipt()
        return found

    def _last_receipt(self) -> LastReceipt | None:
        """Return the receipt of QTY+48; its ASN stands beside it or in the line itself."""
        order = self.profile.qualifiers_of("dispatch", "AAK", "AAU", "SI")
        receipt = self.group.group("QTY", *self.profile.qualifiers_of("last_receipt", "48"))
        reference = receipt.group("RFF", *order) if receipt is not None else None
        reference = reference or self.group.group("RFF", *order)
        if receipt is None and reference is None:
            return None
        on = None if receipt is None else self._when(receipt, "50")
        dispatched = None
        if reference is not None:
            on = on or self._when(reference, "50")
            dispatched = self._when(reference, "11", "171")
        return LastReceipt(
            quantity=None if receipt is None else self._amount(receipt.trigger),
            on=on,
            dispatch_number=reference.trigger.value(0, 1) if reference is not None else "",
            dispatched_at=dispatched,
        )

    def _needs(self) -> tuple[list[Entry], list[GoAhead]]:
        entries: list[Entry] = []
        go_aheads: list[GoAhead] = []
        for scc in self.group.of("SCC"):
            commitment = self._commitment(scc.trigger)
            if commitment is None:
                continue
            for each in scc.of("QTY"):
                amount = self._amount(each.trigger)
                if amount is None:
                    continue
                if each.trigger.qualifier == _CUMULATIVE and commitment in _GO_AHEADS:
                    go_aheads.append(self._go_ahead(commitment, amount, each))
                elif entry := self._entry(commitment, amount, each, scc):
                    entries.append(entry)
        return entries, go_aheads

    def _commitment(self, scc: Segment) -> Commitment | None:
        code = scc.qualifier
        found = values.commitment(code, self.profile, values.COMMITMENT_OF_SCC)
        if found is None:
            self._note("commitment", "a status code that the profile knows", code, scc, element=1)
        return found

    def _go_ahead(self, commitment: Commitment, amount: Decimal, group: Group) -> GoAhead:
        since, until = self._when(group, "51"), self._when(group, "52")
        return GoAhead(
            commitment=commitment,
            quantity=amount,
            since=None if since is None else since.on,
            until=None if until is None else until.on,
        )

    def _entry(
        self, commitment: Commitment, amount: Decimal, group: Group, scc: Group
    ) -> Entry | None:
        """Return one need; noted and ``None`` if its qualifier or its date is not understood."""
        found = group.trigger
        discrete = self.profile.qualifiers_of("discrete", "113", "1")
        if found.qualifier not in {*discrete, _CUMULATIVE}:
            expected = ", ".join([*discrete, _CUMULATIVE])
            self._note("quantity-qualifier", expected, found.qualifier, found, element=1)
            return None
        is_immediate = scc.trigger.qualifier == _IMMEDIATE
        before = len(self.notes.findings)
        dated = self._dated(group, scc)
        if dated is None:
            if len(self.notes.findings) > before:
                return None
            if not is_immediate and commitment is not Commitment.BACKLOG:
                self._note("segment-missing", "a date in DTM+2, 10 or 64", "", found)
                return None
            dated = self.issued_at, None, Basis(self.profile.date_basis or Basis.DELIVERY)
        start, end, basis = dated
        is_cumulative = (
            found.qualifier == _CUMULATIVE or self.profile.quantity_basis == Measure.CUMULATIVE
        )
        return Entry(
            commitment=commitment,
            quantity=amount,
            basis=basis,
            start=start,
            end=end,
            measure=Measure.CUMULATIVE if is_cumulative else Measure.DISCRETE,
            is_immediate=is_immediate,
        )

    def _dated(self, group: Group, scc: Group) -> tuple[Moment, date | None, Basis] | None:
        """Return when a need is due: a date, a pair of dates, or a date with a frequency."""
        usual = Basis(self.profile.date_basis or Basis.DELIVERY)
        for where in (group, scc):
            if earliest := self._when(where, "64"):
                latest = self._when(where, "63")
                if latest is not None and latest.on < earliest.on:
                    expected = f"a latest day from {earliest.on} on"
                    self._note("date", expected, str(latest.on), group.trigger)
                return earliest, None if latest is None else latest.on, usual
            for qualifier, basis in (("10", Basis.SHIP), ("2", Basis.DELIVERY)):
                found = where.first("DTM", qualifier)
                if found is not None and found.value(0, 2) == _PERIOD:
                    period = self._period(found)
                    return None if period is None else (*period, basis)
                if start := self._when(where, qualifier):
                    return start, values.end_of(start.on, scc.trigger.value(2)), basis
        return None

    def _period(self, found: Segment) -> tuple[Moment, date] | None:
        first, _dash, last = found.value(0, 1).partition("-")
        start = values.moment(first, "102", self.notes, **self._at(found))
        end = values.moment(last, "102", self.notes, **self._at(found))
        if start is None or end is None:
            return None
        if end.on < start.on:
            self._note("date", f"a last day from {start.on} on", str(end.on), found)
        return start, end.on

    def _when(self, group: Group, *qualifiers: str) -> Moment | None:
        """Return a date inside a group; also one that stands behind the group's references."""
        for where in (group, *group.of("RFF")):
            found = where.first("DTM", *qualifiers)
            if found is not None:
                place = self._at(found)
                return values.moment(found.value(0, 1), found.value(0, 2), self.notes, **place)
        return None

    def _amount(self, found: Segment) -> Decimal | None:
        amount = values.quantity(found.value(0, 1), self.notes, **self._at(found))
        if amount is not None and amount < 0:
            self._note("quantity", "a quantity >= 0", found.value(0, 1), found, element=1)
            return None
        return amount

    def _at(self, found: Segment) -> dict[str, Any]:
        return {"segment": self.message.place(found), "tag": found.tag, "line": self.number}

    def _note(
        self, code: str, expected: str, found: str, where: Segment, *, element: int = 0
    ) -> None:
        self.notes.add(code, expected, found, element=element, **self._at(where))


def _first_of(found: Mapping[str, str], order: tuple[str, ...]) -> str:
    return next((found[each] for each in order if found.get(each)), "")
