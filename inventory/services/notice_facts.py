"""What a disruption notice tells each of its recipients: only parts and sites that are theirs."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from collab.masterdata.refusals import Refused, checked
from collab.organisations.context import acting_organisation_id
from collab.organisations.models import Organisation, Site
from forecasting.queries.supplied import supplied_numbers
from inventory.rules.notice import cleaned_text, is_window, known_parts
from inventory.services.subjects import part_of, partner_number_of

MOST_NAMED = 200  # parts or sites of one notice


@dataclass(frozen=True, slots=True, kw_only=True)
class NoticeFacts:
    """What a notice says, as its sender states it.

    ``parts`` are numbers of the sender or of a recipient, ``sites`` codes of own sites,
    ``partner_sites`` codes of the recipients' sites. An open end is ``None``.
    """

    text: str
    starts_at: datetime
    ends_at: datetime | None = None
    parts: Sequence[str] = ()
    sites: Sequence[str] = ()
    partner_sites: Sequence[str] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Addressed:
    """The facts as one recipient is told them."""

    partner_id: int
    text: str
    starts_at: datetime
    ends_at: datetime | None
    parts: list[str]
    partner_parts: list[str]
    sites: list[str]
    partner_sites: list[str]


def addressed(facts: NoticeFacts, partners: Sequence[Organisation], on: date) -> list[Addressed]:
    """Return the facts for each recipient; ``on`` is the day whose part numbers hold.

    Raises ``Refused`` for what is malformed, for a part that a recipient was to hear of but none
    knows, for a recipient that knows none of the parts, and for a site that is nobody's of them.
    """
    text = _text("text", facts.text)
    _check_window(facts)
    _check_count(facts)
    sites = _own_sites(facts.sites)
    theirs = _partner_sites(facts.partner_sites, partners)
    found = []
    for partner in partners:
        parts, numbers = parts_of(facts.parts, partner, on)
        found.append(
            Addressed(
                partner_id=partner.pk,
                text=text,
                starts_at=facts.starts_at,
                ends_at=facts.ends_at,
                parts=parts,
                partner_parts=numbers,
                sites=sites,
                partner_sites=theirs[partner.pk],
            )
        )
    _check_known(facts.parts, found)
    return found


def resolution_text(text: str) -> str:
    """Return what ended a disruption; raise ``Refused`` for an empty or malformed text."""
    return _text("resolution", text)


def _text(field: str, text: str) -> str:
    found = checked(field, cleaned_text, text)
    if not found:
        raise Refused(field, "a value", "")
    return found


def _check_window(facts: NoticeFacts) -> None:
    for name, moment in (("starts_at", facts.starts_at), ("ends_at", facts.ends_at)):
        if moment is not None and moment.tzinfo is None:
            raise Refused(name, "a time with its zone", moment.isoformat())
    if not is_window(facts.starts_at, facts.ends_at):
        raise Refused("ends_at", "no end before the start", facts.ends_at)


def _check_count(facts: NoticeFacts) -> None:
    for name in ("parts", "sites", "partner_sites"):
        if len(getattr(facts, name)) > MOST_NAMED:
            raise Refused(name, f"at most {MOST_NAMED}", len(getattr(facts, name)))


def _own_sites(codes: Sequence[str]) -> list[str]:
    rows = Site.objects.filter(owner_id=acting_organisation_id(), code__in=codes)
    known = set(rows.values_list("code", flat=True))
    for code in codes:
        if code not in known:
            raise Refused("sites", "the code of one of your sites", code)
    return list(dict.fromkeys(codes))


def _partner_sites(
    codes: Sequence[str], partners: Sequence[Organisation]
) -> dict[int, list[str]]:  # fmt: skip
    """Return each recipient's own sites among ``codes``, by its key."""
    keys = [partner.pk for partner in partners]
    rows = Site.visible.filter(owner_id__in=keys, code__in=codes) if codes else Site.visible.none()
    known = set(rows.values_list("owner_id", "code"))
    for code in codes:
        if not any((key, code) in known for key in keys):
            raise Refused("partner_sites", "the code of a site of a recipient", code)
    wanted = dict.fromkeys(codes)
    return {key: [code for code in wanted if (key, code) in known] for key in keys}


def parts_of(
    stated: Sequence[str], partner: Organisation, on: date
) -> tuple[list[str], list[str]]:  # fmt: skip
    """Return the stated parts that a partner knows, by our numbers, and its numbers of them."""
    names: dict[str, str | None] = {}
    for number in dict.fromkeys(number.strip() for number in stated):
        try:
            part = part_of(number, partner.pk, on)
        except Refused:
            continue  # another recipient may know it; ``_check_known`` refuses what none does
        names[part.number] = partner_number_of(part.id, partner.pk, on) or None
    supplied = supplied_numbers(partner.pk, [part for part, name in names.items() if name is None])
    return known_parts(list(names), names | supplied)


def _check_known(stated: Sequence[str], found: Sequence[Addressed]) -> None:
    told = {number for each in found for number in (*each.parts, *each.partner_parts)}
    for number in stated:
        if number.strip() not in told:
            raise Refused("parts", "a part that a recipient knows", number)
    if stated and not all(each.parts for each in found):
        raise Refused("partners", "recipients that know one of the parts each", ", ".join(stated))
