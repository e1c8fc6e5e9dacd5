"""Licence plates of the acting organisation: given out once, and never used for another pack."""

from collections.abc import Iterable, Sequence
from uuid import UUID

from django.db import transaction
from django.db.models import F

from collab.masterdata.refusals import Refused
from collab.organisations.context import acting_organisation, acting_organisation_id
from transport.models import HandlingUnit, LicencePlate, PlateCounter
from transport.rules.licence_plate import Issuer, checked

MOST_AT_ONCE = 5_000


@transaction.atomic
def give_plates(count: int) -> list[str]:
    """Return ``count`` new plates in ascending order; the counter is held to the end.

    Plates begin with the organisation's DUNS (``UN``), or as its counter says. Serial numbers that
    were used by messages from elsewhere are passed over. Raises ``Refused`` above 5,000.
    """
    if not 0 <= count <= MOST_AT_ONCE:
        raise Refused("units", f"at most {MOST_AT_ONCE} packs", count)
    found: list[str] = []
    counter = _counter()
    issuer = Issuer(counter.agency, counter.company)
    while len(found) < count:
        wanted = count - len(found)
        first = counter.next_serial
        plates = [issuer.plate(first + place) for place in range(wanted)]
        taken = set(
            LicencePlate.objects.filter(plate__in=plates).values_list("plate", flat=True)
        )  # fmt: skip
        found += [plate for plate in plates if plate not in taken]
        counter.next_serial = first + wanted
    PlateCounter.objects.filter(pk=counter.pk).update(next_serial=counter.next_serial)
    LicencePlate.objects.bulk_create(
        LicencePlate(owner_id=acting_organisation_id(), plate=plate) for plate in found
    )
    return found


@transaction.atomic
def claim_plates(plates: Sequence[str], *, replaced_ids: Iterable[UUID] = ()) -> None:
    """Take plates for the packs of an advice; ``replaced_ids`` are advices with the same packs.

    Raises ``Refused`` for a text that is no plate and for one that another advice uses.
    """
    for plate in plates:
        try:
            checked(plate)
        except ValueError as error:
            expected = str(error).removeprefix("expected ").partition(", got ")[0]
            raise Refused("licence_plate", expected, plate) from None
    LicencePlate.objects.bulk_create(
        [LicencePlate(owner_id=acting_organisation_id(), plate=plate) for plate in plates],
        ignore_conflicts=True,
    )
    held = LicencePlate.objects.filter(plate__in=plates).order_by("pk")
    list(held.select_for_update(of=("self",)).values_list("pk", flat=True))
    used = HandlingUnit.objects.filter(owner_id=acting_organisation_id(), licence_plate__in=plates)
    other = used.exclude(advice_id__in=list(replaced_ids)).values_list("licence_plate", flat=True)
    if found := other.first():
        raise Refused("licence_plate", "a plate that no other pack ever had", found)


@transaction.atomic
def set_issuer(agency: str, company: str) -> PlateCounter:
    """State how the own plates begin; serial numbers go on. Raises ``Refused`` for a bad form."""
    try:
        Issuer(agency, company)
    except ValueError as error:
        expected = str(error).removeprefix("expected ").partition(", got ")[0]
        raise Refused("company", expected, f"{agency} {company}") from None
    counter = _counter()
    counter.agency, counter.company = agency, company
    counter.save(update_fields=["agency", "company"])
    return counter


def issuer() -> Issuer:
    """Return how the own plates begin, as far as that is known now."""
    row = PlateCounter.objects.filter(owner_id=acting_organisation_id()).first()
    return Issuer(row.agency, row.company) if row is not None else _usual()


def _usual() -> Issuer:
    """Return the issuer by the DUNS; without one by the letters and digits of the BPN."""
    own = acting_organisation()
    return Issuer("UN", own.duns) if own.duns else Issuer("OD", own.bpn[-12:].upper())


def _counter() -> PlateCounter:
    usual = _usual()
    row, _is_new = PlateCounter.objects.get_or_create(
        owner_id=acting_organisation_id(),
        defaults={"agency": usual.agency, "company": usual.company},
    )
    PlateCounter.objects.filter(pk=row.pk).update(next_serial=F("next_serial"))  # the lock
    found: PlateCounter = PlateCounter.objects.get(pk=row.pk)
    return found
