"""The terms that hold between a customer and a supplier, and the list both sides see."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, fields
from datetime import date
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.utils.translation import gettext_lazy as _

from collab.organisations.clock import own_day
from collab.organisations.context import acting_organisation_id
from collab.organisations.names import NOBODY, Name, names_of
from collab.sharing.queries import fields_for
from collab.work.fields import partner_is
from forecasting.models import DEMAND, PlanningTerms

MOST_PROTECTION_WEEKS = 26
SHARES = frozenset({"share", "level"})
LEAST_LEVEL, MOST_LEVEL = Decimal("0.5"), Decimal("0.999")


@dataclass(frozen=True, slots=True, kw_only=True)
class Terms:
    """The terms that hold for one series; the defaults are those shipped.

    Shares are in [0, 1], 0.05 = 5 %. Days to commit are the supplier's working days.
    """

    commit_days: int = 5
    silent_days: int = 5
    commit_tolerance: Decimal = Decimal("0.05")
    forecast_tolerance: Decimal = Decimal("0.2")
    consensus_tolerance: Decimal = Decimal(0)
    is_auto_commit: bool = True
    auto_share: Decimal = Decimal("0.8")
    commit_horizon_weeks: int = 26
    acknowledge_days: int = 5
    hold_weeks: int = 13
    hold_quantity_share: Decimal = Decimal("0.5")
    hold_total_share: Decimal = Decimal("0.25")
    hold_firm_share: Decimal = Decimal("0.2")
    firm_weeks: int = 4
    production_weeks: int = 8
    material_weeks: int = 16
    lead_time_days: int = 0
    service_level: Decimal = Decimal("0.9")
    protection_weeks: int = 4


@dataclass(frozen=True, slots=True)
class Term:
    """One term: what people call it, and between which figures it may lie."""

    name: str
    label: Any
    form: str  # days, weeks, share, level (a share above a half and below 1) or yes_no
    low: int = 0
    high: int = 1


TERMS = {
    each.name: each
    for each in (
        Term("commit_days", _("Working days to commit"), "days", 0, 60),
        Term("silent_days", _("Days without a commit until both are told"), "days", 1, 90),
        Term("commit_tolerance", _("Commit may be below the forecast by"), "share"),
        Term("forecast_tolerance", _("Forecast may leave the one before by"), "share"),
        Term("consensus_tolerance", _("Consensus if both differ by at most"), "share"),
        Term("is_auto_commit", _("Commit automatically when nobody answers"), "yes_no"),
        Term("auto_share", _("Automatic commit without one before, of the forecast"), "share"),
        Term("commit_horizon_weeks", _("Weeks to commit"), "weeks", 1, 104),
        Term("acknowledge_days", _("Days to acknowledge a release"), "days", 1, 90),
        Term("hold_weeks", _("Weeks compared before a release goes out"), "weeks", 1, 104),
        Term("hold_quantity_share", _("Release is held if a week changes by more than"), "share"),
        Term("hold_total_share", _("Release is held if the sum changes by more than"), "share"),
        Term("hold_firm_share", _("Release is held if a firm week changes by more than"), "share"),
        Term("firm_weeks", _("Firm weeks of a release"), "weeks", 0, 52),
        Term("production_weeks", _("Weeks with production go-ahead"), "weeks", 0, 104),
        Term("material_weeks", _("Weeks with material go-ahead"), "weeks", 0, 104),
        Term("lead_time_days", _("Days from order to delivery"), "days", 0, 365),
        Term("service_level", _("Service level"), "level"),
        Term(
            "protection_weeks",
            _("Weeks a stock has to last until the next delivery"),
            "weeks",
            1,
            MOST_PROTECTION_WEEKS,
        ),
    )
}
SHIPPED = Terms()
Scope = tuple[str, str]  # part number, site code; empty = any


@dataclass(frozen=True, slots=True)
class Pair:
    """Customer and supplier of a series."""

    customer_id: int
    supplier_id: int


@dataclass(frozen=True, slots=True)
class TermsBook:
    """The terms of some pairs on one day, ready to be asked for many series."""

    by_pair: Mapping[Pair, Mapping[Scope, Mapping[str, Any]]]

    def of(self, pair: Pair, part_number: str, site_code: str) -> Terms:
        """Return the terms: part x site, then part, then relationship, then the shipped ones."""
        written = self.by_pair.get(pair, {})
        found: dict[str, Any] = {}
        for scope in dict.fromkeys([("", ""), (part_number, ""), (part_number, site_code)]):
            found |= written.get(scope, {})
        return read_terms(found)


def terms_book(pairs: Iterable[Pair], *, on: date | None = None) -> TermsBook:
    """Return the terms that hold on a day (today) between these pairs; one query.

    Terms that the acting organisation may not see hold as shipped.
    """
    day = on or own_day()
    wanted = set(pairs)
    rows = PlanningTerms.objects.filter(
        owner_id__in={pair.customer_id for pair in wanted},
        counterparty_id__in={pair.supplier_id for pair in wanted},
        valid_from__lte=day,
    ).order_by("valid_from")
    found: dict[Pair, dict[Scope, Mapping[str, Any]]] = {pair: {} for pair in wanted}
    for row in rows:
        pair = Pair(row.owner_id, row.counterparty_id)
        if pair in found:
            found[pair][row.part_number, row.site_code] = row.terms
    return TermsBook(found)


def terms_for(
    customer_id: int, supplier_id: int, part_number: str, site_code: str, *, on: date | None = None
) -> Terms:
    """Return the terms of one series on a day (today)."""
    pair = Pair(customer_id, supplier_id)
    return terms_book([pair], on=on).of(pair, part_number, site_code)


def read_terms(written: Mapping[str, Any]) -> Terms:
    """Return terms from their JSON form; what is not written is as shipped."""
    found: dict[str, Any] = {}
    for field in fields(Terms):
        if (value := written.get(field.name)) is not None:
            found[field.name] = Decimal(value) if TERMS[field.name].form in SHARES else value
    return Terms(**found)


def pairs_of(rows: Sequence[Any]) -> set[Pair]:
    """Return the pairs of rows that a customer owns (series, schedules)."""
    return {Pair(row.owner_id, row.counterparty_id) for row in rows}


@dataclass(frozen=True, slots=True, kw_only=True)
class TermsRow:
    """Terms of one scope from a day on; ``is_current`` unless those of a later day hold.

    ``written`` holds the visible terms that differ from the wider scope, in their JSON form.
    """

    id: UUID
    customer: Name
    supplier: Name
    is_own: bool
    part_number: str
    site_code: str
    valid_from: date
    is_current: bool
    written: Mapping[str, Any]
    version: int


def terms_rows(found: Iterable[PlanningTerms], *, on: date | None = None) -> list[TermsRow]:
    """Return the plain rows of ``found`` as the viewer may see them."""
    rows = list(found)
    day = on or own_day()
    names = names_of({row.owner_id for row in rows} | {row.counterparty_id for row in rows})
    newest: dict[tuple[Any, ...], date] = {}
    for row in rows:
        if row.valid_from <= day:
            key = _scope(row)
            newest[key] = max(newest.get(key, row.valid_from), row.valid_from)
    us = acting_organisation_id()
    shown = []
    for row in rows:
        allowed = fields_for(DEMAND, row.owner_id, row.counterparty_id)
        may_read = allowed is None or "terms" in allowed
        shown.append(
            TermsRow(
                id=row.pk,
                customer=names.get(row.owner_id, NOBODY),
                supplier=names.get(row.counterparty_id, NOBODY),
                is_own=row.owner_id == us,
                part_number=row.part_number,
                site_code=row.site_code,
                valid_from=row.valid_from,
                is_current=newest.get(_scope(row)) == row.valid_from,
                written=row.terms if may_read else {},
                version=row.version,
            )
        )
    return shown


def all_terms(*, partner_bpn: str = "") -> Any:
    """Return the visible terms, newest first; a query set of ``PlanningTerms``."""
    rows = PlanningTerms.objects.order_by("part_number", "site_code", "-valid_from", "pk")
    if partner_bpn:
        rows = rows.filter(partner_is(partner_bpn))
    return rows


def _scope(row: PlanningTerms) -> tuple[Any, ...]:
    return row.owner_id, row.counterparty_id, row.part_number, row.site_code
