"""The cast of every story: two rival car makers, rival suppliers, a tier 2, a carrier, a 3PL."""

from dataclasses import dataclass, fields
from datetime import UTC, datetime

from collab.organisations.context import acting_for
from collab.organisations.models import Membership, Organisation, Person, Site, Tenant
from collab.sharing.models import Grant, Partnership

SINCE = datetime(2026, 1, 1, tzinfo=UTC)
PLAN_ANSWERS = ("forecasting.commit", "forecasting.capacity", "forecasting.comment")
PLAN_NEEDS = ("forecasting.demand", "forecasting.comment")
MOVED_FOR_SUPPLIERS = (
    "transport.advice",  # what customers say to it
    "transport.order",
    "transport.shipment",
    "transport.route",
    "transport.empties",
    "transport.premium",
)
TOLD_BY_SUPPLIERS = (
    "transport.advice",
    "transport.answer",
    "transport.shipment",
    "transport.empties",
    "transport.premium",
)
SHOWN_TO_CARRIERS = (
    "transport.load",
    "transport.shipment",
    "transport.tender",
    "transport.tariff",
    "transport.billing",
    "transport.route",
)
TOLD_BY_CARRIERS = ("transport.answer", "transport.tracking", "transport.billing")
TIER_TWO_FIELDS = ["type", "severity", "part_number", "site_code", "days_of_supply", "level"]


@dataclass(frozen=True, slots=True)
class Cast:
    """The organisations, as ``architecture.md`` names them."""

    avalon: Organisation
    kestrel: Organisation
    brasov: Organisation
    porto: Organisation
    silesia: Organisation
    fjord: Organisation
    rhine: Organisation

    def everybody(self) -> list[Organisation]:
        """Return all of them."""
        return [getattr(self, field.name) for field in fields(self)]


_ROLES = [
    ("avalon", "Avalon Motors", "oem", "DE", "Munich", 48.14, 11.58),
    ("kestrel", "Kestrel Motors", "oem", "ES", "Zaragoza", 41.65, -0.88),
    ("brasov", "Brasov Harness", "supplier", "RO", "Brasov", 45.65, 25.61),
    ("porto", "Porto Harness", "supplier", "PT", "Porto", 41.15, -8.61),
    ("silesia", "Silesia Copper", "supplier", "PL", "Gliwice", 50.29, 18.67),
    ("fjord", "Fjord Freight", "carrier", "NO", "Oslo", 59.91, 10.75),
    ("rhine", "Rhine Cross-dock", "logistics", "DE", "Duisburg", 51.43, 6.76),
]


def found_cast() -> Cast:
    """Create the cast with sites, partnerships and the grants of the founding story."""
    made = Cast(*(found_organisation(number, *role) for number, role in enumerate(_ROLES, start=1)))
    for customer, supplier in [
        (made.avalon, made.brasov),
        (made.avalon, made.porto),
        (made.kestrel, made.brasov),
        (made.kestrel, made.porto),
        (made.brasov, made.silesia),
        (made.avalon, made.fjord),
        (made.avalon, made.rhine),
    ]:
        partner(customer, supplier)
    for supplier, customer in [
        (made.brasov, made.avalon),
        (made.porto, made.kestrel),
    ]:
        for topic in ("inventory.stock", "inventory.coverage", "work.exceptions"):
            give(supplier, customer, customer, topic)
    for supplier, customer in [
        (made.brasov, made.avalon),
        (made.porto, made.kestrel),
        (made.silesia, made.brasov),
    ]:
        for topic in PLAN_ANSWERS:
            give(supplier, customer, customer, topic)
        for topic in PLAN_NEEDS:
            give(customer, supplier, supplier, topic)
    _open_transport(made)
    _open_receipts(made)
    _open_tracking(made)
    _open_notices(made)
    for topic in ("inventory.coverage", "work.exceptions"):
        give(made.brasov, made.silesia, made.avalon, topic, fields=TIER_TWO_FIELDS)
    return made


def _open_transport(made: Cast) -> None:
    """Let customers, their suppliers and Avalon's movers see what moves between them."""
    for customer, supplier in (
        (made.avalon, made.brasov),
        (made.kestrel, made.porto),
        (made.brasov, made.silesia),
    ):
        for topic in MOVED_FOR_SUPPLIERS:
            give(customer, supplier, supplier, topic)
        for topic in TOLD_BY_SUPPLIERS:
            give(supplier, customer, customer, topic)
    for carrier in (made.fjord, made.rhine):
        for topic in SHOWN_TO_CARRIERS:
            give(made.avalon, carrier, carrier, topic)
        for topic in TOLD_BY_CARRIERS:
            give(carrier, made.avalon, made.avalon, topic)


def _open_tracking(made: Cast) -> None:
    """Let both ends of a business follow its units, and the cross-dock tell whom it works for."""
    for one, other in (
        (made.avalon, made.brasov),
        (made.kestrel, made.porto),
        (made.brasov, made.silesia),
        (made.avalon, made.fjord),
        (made.avalon, made.rhine),
    ):
        for topic in ("inventory.tracking", "inventory.sensor"):
            give(one, other, other, topic)
            give(other, one, one, topic)


def _open_notices(made: Cast) -> None:
    """Let partners tell each other what disrupts demand or capacity, and trace lots."""
    for customer, supplier in (
        (made.avalon, made.brasov),
        (made.kestrel, made.porto),
        (made.brasov, made.silesia),
    ):
        for topic in ("inventory.notice", "inventory.request", "inventory.genealogy"):
            give(customer, supplier, supplier, topic)
            give(supplier, customer, customer, topic)


def _open_receipts(made: Cast) -> None:
    """Let customers tell their suppliers what they received, and suppliers answer."""
    for customer, supplier in (
        (made.avalon, made.brasov),
        (made.kestrel, made.porto),
        (made.brasov, made.silesia),
    ):
        for topic in ("inventory.receipt", "inventory.vmi", "inventory.refresh"):
            give(customer, supplier, supplier, topic)
            give(supplier, customer, customer, topic)


def partner(customer: Organisation, supplier: Organisation) -> None:
    """Let ``customer`` invite and ``supplier`` accept."""
    with acting_for(customer):
        edge = Partnership.objects.create(
            counterparty=supplier, customer=customer, supplier=supplier
        )
    with acting_for(supplier):
        mine = Partnership.objects.get(pk=edge.pk)
        mine.state, mine.accepted_at = Partnership.State.ACTIVE, SINCE
        mine.save()


def give(
    owner: Organisation,
    viewer: Organisation,
    about: Organisation,
    topic: str,
    fields: list[str] | None = None,
) -> Grant:
    """Let ``owner`` open ``topic``; a third party it is about consents."""
    with acting_for(owner):
        grant = Grant.objects.create(
            viewer=viewer,
            about=about,
            topic=topic,
            fields=fields or [],
            purpose="supply planning",
            valid_from=SINCE,
        )
    if about.pk != viewer.pk:
        with acting_for(about):
            theirs = Grant.objects.get(pk=grant.pk)
            theirs.about_consented_at = SINCE
            theirs.save()
    return grant


def found_person(organisation: Organisation, role: str = "planner") -> Person:
    """Create somebody with ``role`` who may sign in to ``organisation``."""
    person = Person.objects.create_user(
        f"{role}@{organisation.slug}.example", name=f"{role.title()} {organisation.short_name}"
    )
    person.is_demo = True
    person.save()
    with acting_for(organisation):
        Membership.objects.create(organisation=organisation, person=person, role=role)
    return person


def found_organisation(
    number: int,
    slug: str,
    name: str,
    kind: str,
    country: str,
    city: str,
    latitude: float,
    longitude: float,
) -> Organisation:
    tenant = Tenant.objects.create()
    with acting_for(tenant.pk):
        organisation = Organisation.objects.create(
            id=tenant.pk,
            bpn=f"BPNL{number:012d}",
            slug=slug,
            name=name,
            short_name=name.split()[0],
            kind=kind,
            country=country,
        )
        Site.objects.create(
            code=f"{slug[:3].upper()}1",
            name=f"{organisation.short_name} {city}",
            kind="plant" if kind == "oem" else "warehouse",
            country=country,
            city=city,
            latitude=latitude,
            longitude=longitude,
        )
    return organisation
