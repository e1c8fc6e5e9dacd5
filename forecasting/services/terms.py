"""Terms about forecasts that a customer agrees with its suppliers, scope by scope."""

from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.db import transaction

from collab.events.bus import publish
from collab.masterdata.refusals import Refused, VersionConflict, clean_decimal, clean_whole
from collab.organisations.clock import own_day
from collab.organisations.context import acting_organisation_id
from collab.organisations.models import Organisation
from collab.sharing.models import Partnership
from forecasting.events import PlanningTermsChanged
from forecasting.models import PlanningTerms
from forecasting.queries.terms import (
    LEAST_LEVEL,
    MOST_LEVEL,
    SHARES,
    TERMS,
    Pair,
    Term,
    Terms,
    TermsBook,
    terms_book,
    terms_for,
)


@transaction.atomic
def agree_terms(
    *,
    supplier: str,
    terms: Mapping[str, Any],
    part_number: str = "",
    site_code: str = "",
    valid_from: date | None = None,
    version: int | None = None,
) -> tuple[PlanningTerms, bool]:
    """Set the acting customer's terms for a supplier (a BPN), a part or a part at a site.

    ``terms`` holds what differs from the wider scope. The same scope and day again replaces
    what stands there. Returns the row and whether it is new. Raises ``Refused`` naming the
    field, ``VersionConflict`` if the row has moved on since ``version``.
    """
    seller = supplier_of(supplier)
    if site_code and not part_number:
        raise Refused("part_number", "a part number where a site is given", part_number)
    row, is_new = PlanningTerms.objects.select_for_update(of=("self",)).get_or_create(
        owner_id=acting_organisation_id(),
        counterparty_id=seller.pk,
        part_number=part_number.strip()[:40],
        site_code=site_code.strip()[:20],
        valid_from=valid_from or own_day(),
        defaults={"terms": checked_terms(terms)},
    )
    if not is_new:
        if version is not None and version != row.version:
            raise VersionConflict(row.version, version)
        row.terms = checked_terms(terms)
        row.version += 1
        row.save()
    publish(PlanningTermsChanged(terms_id=str(row.pk), supplier_id=seller.pk))
    return row, is_new


@transaction.atomic
def end_terms(terms_id: UUID, *, version: int | None = None) -> None:
    """Take own terms back: the wider scope holds again.

    Raises ``PlanningTerms.DoesNotExist`` for terms that are not one's own, ``VersionConflict``.
    """
    own = PlanningTerms.objects.filter(owner_id=acting_organisation_id())
    row = own.select_for_update(of=("self",)).get(pk=terms_id)
    if version is not None and version != row.version:
        raise VersionConflict(row.version, version)
    row.delete()
    publish(PlanningTermsChanged(terms_id=str(terms_id), supplier_id=row.counterparty_id))


def checked_terms(terms: Mapping[str, Any]) -> dict[str, Any]:
    """Return terms as they are stored; raise ``Refused`` for an unknown or impossible one."""
    found: dict[str, Any] = {}
    for name, value in terms.items():
        if name not in TERMS:
            raise Refused(name, f"a term among {', '.join(TERMS)}", value)
        if value is None or value == "":
            continue
        found[name] = _checked(TERMS[name], value)
    return found


def supplier_of(bpn: str) -> Organisation:
    """Return the acting customer's active supplier with that BPN, else raise ``Refused``."""
    seller = Organisation.objects.filter(bpn=bpn.strip()).first()
    is_known = seller is not None and (
        Partnership.objects.filter(
            customer_id=acting_organisation_id(),
            supplier_id=seller.pk,
            state=Partnership.State.ACTIVE,
        ).exists()
    )
    if seller is None or not is_known:
        raise Refused("supplier", "the BPN of an active supplier of yours", bpn)
    return seller


def _checked(term: Term, value: Any) -> Any:
    if term.form == "yes_no":
        if not isinstance(value, bool):
            raise Refused(term.name, "true or false", value)
        return value
    if term.form in SHARES:
        low, high = (LEAST_LEVEL, MOST_LEVEL) if term.form == "level" else (Decimal(0), Decimal(1))
        share = clean_decimal(term.name, value, digits=7, places=6, at_least=low, at_most=high)
        return str(share)
    return clean_whole(term.name, value, at_least=term.low, at_most=term.high)


__all__ = [
    "TERMS",
    "Pair",
    "Terms",
    "TermsBook",
    "agree_terms",
    "checked_terms",
    "end_terms",
    "supplier_of",
    "terms_book",
    "terms_for",
]
