"""Take partners' 997 and CONTRL: they settle what waits in the outbox for an answer."""

from collections.abc import Iterable

from collab.integration.edifact.envelope import Message
from collab.integration.inbox.findings import Finding, MessageRefused
from collab.integration.inbox.outbox import AlreadyAnswered, by_number, settle
from collab.integration.inbox.registry import Arrival, Outcome, register
from collab.integration.x12.envelope import TransactionSet

ACCEPTED_997 = {"A", "E"}
ACCEPTED_CONTRL = {"7", "8"}


def apply_997(arrival: Arrival) -> Outcome:
    """Settle the interchanges whose groups a 997 names; partly accepted counts as refused.

    We send one group an interchange, under the interchange's own control number.
    """
    about: TransactionSet = arrival.document.content
    verdicts: dict[str, list[str]] = {}
    number = ""
    for each in about.segments:
        if each.tag == "AK1":
            number = each.value(2)
        elif each.tag == "AK9" and number:
            verdicts.setdefault(number, []).append(each.value(1))
    return _settled(
        arrival,
        "x12",
        [(number, ACCEPTED_997.issuperset(codes)) for number, codes in verdicts.items()],
    )


def apply_contrl(arrival: Arrival) -> Outcome:
    """Settle the interchange that a CONTRL names; one refused message refuses it."""
    about: Message = arrival.document.content
    number, codes = "", set()
    for each in about.segments:
        if each.tag == "UCI":
            number = each.value(0)
            codes.add(each.value(3))
        elif each.tag == "UCM":
            codes.add(each.value(2))
    return _settled(arrival, "edifact", [(number, codes <= ACCEPTED_CONTRL)] if number else [])


def _settled(arrival: Arrival, syntax: str, verdicts: Iterable[tuple[str, bool]]) -> Outcome:
    applied, findings = 0, []
    for number, is_accepted in verdicts:
        text = number.strip().lstrip("0")
        is_number = text.isascii() and text.isdecimal() and len(text) <= 9
        found = by_number(arrival.sender_id, int(text), syntax=syntax) if is_number else None
        if found is None:
            expected = "the control number of an interchange that went to this partner"
            findings.append(_finding(arrival, "unknown-number", expected, number))
            continue
        try:
            settle(found.pk, is_accepted=is_accepted)
        except AlreadyAnswered as reason:
            expected = str(reason).removeprefix("expected ").partition(", got ")[0]
            findings.append(_finding(arrival, "answered-before", expected, number))
        else:
            applied += 1
    if not applied:
        expected = "an answer to an interchange of ours"
        raise MessageRefused(findings or [_finding(arrival, "empty", expected, "")])
    return Outcome(applied=applied, held=len(findings), findings=tuple(findings))


def _finding(arrival: Arrival, code: str, expected: str, found: str) -> Finding:
    return Finding(code=code, expected=expected, found=found, message=arrival.document.reference)


def register_handlers() -> None:
    """Let the inbox hand acknowledgements over."""
    register("x12:997", apply_997)
    register("edifact:CONTRL", apply_contrl)
