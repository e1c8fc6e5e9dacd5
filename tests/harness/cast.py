"""The cast of every story: two rival car makers, rival suppliers, a tier 2, a carrier, a 3PL."""

from collections.abc import Callable, Iterable, Iterator
from copy import copy
from dataclasses import dataclass, field, fields
from datetime import UTC, datetime
from functools import cache
from typing import Any, TypeVar

from django.db import connection, transaction
from django.test import Client

from collab.organisations.context import acting_for
from collab.organisations.models import Membership, Organisation, Person, Site, Tenant
from collab.sharing.models import Grant, Partnership

Value = TypeVar("Value")
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
        return [getattr(self, each.name) for each in fields(self)]


@dataclass(frozen=True, slots=True)
class Gift:
    """What ``owner`` opens to ``viewer`` of its rows of ``topic`` about a business."""

    owner: Organisation
    viewer: Organisation
    about: Organisation
    topic: str
    fields: list[str] = field(default_factory=list)  # none = all


_ROLES = [
    ("avalon", "Avalon Motors", "oem", "DE", "Munich", 48.14, 11.58),
    ("kestrel", "Kestrel Motors", "oem", "ES", "Zaragoza", 41.65, -0.88),
    ("brasov", "Brasov Harness", "supplier", "RO", "Brasov", 45.65, 25.61),
    ("porto", "Porto Harness", "supplier", "PT", "Porto", 41.15, -8.61),
    ("silesia", "Silesia Copper", "supplier", "PL", "Gliwice", 50.29, 18.67),
    ("fjord", "Fjord Freight", "carrier", "NO", "Oslo", 59.91, 10.75),
    ("rhine", "Rhine Cross-dock", "logistics", "DE", "Duisburg", 51.43, 6.76),
]
_STAND_INS = [900_000_001 + place for place in range(len(_ROLES))]


def found_cast() -> Cast:
    """Create the cast with sites, partnerships and the grants of the founding story.

    Over a thousand tests begin with it, so its statements are kept from the first time and sent
    again at once, with keys of organisations that nobody had before.
    """
    statements, made = _script()
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(
            "SELECT nextval(pg_get_serial_sequence(%s, 'id')) FROM generate_series(1, %s)",
            [Tenant._meta.db_table, len(_ROLES)],
        )
        keys = [row[0] for row in cursor.fetchall()]
        for stand_in, key in zip(_STAND_INS, keys, strict=True):
            statements = statements.replace(str(stand_in), str(key))
        cursor.execute(statements)
    everybody = [copy(each) for each in made.everybody()]
    for organisation, key in zip(everybody, keys, strict=True):
        organisation.pk = key
    return Cast(*everybody)


@cache
def _script() -> tuple[str, Cast]:
    """Return the statements that make the cast with `_STAND_INS` for keys, and what they make."""
    heard: list[str] = []

    def hear(
        execute: Callable[..., Any], sql: str, params: Any, many: bool, context: dict[str, Any]
    ) -> Any:
        if not sql.startswith(("SAVEPOINT", "RELEASE")):
            heard.append(context["cursor"].mogrify(sql, params).decode())
        return execute(sql, params, many, context)

    with transaction.atomic():
        with connection.execute_wrapper(hear):
            made = _make()
        transaction.set_rollback(True)
    return ";\n".join(heard), made


def _make() -> Cast:
    made = Cast(
        *(
            found_organisation(number, *role, key=key)
            for number, (role, key) in enumerate(zip(_ROLES, _STAND_INS, strict=True), start=1)
        )
    )
    partner_all(
        [
            (made.avalon, made.brasov),
            (made.avalon, made.porto),
            (made.kestrel, made.brasov),
            (made.kestrel, made.porto),
            (made.brasov, made.silesia),
            (made.avalon, made.fjord),
            (made.avalon, made.rhine),
        ]
    )
    give_all(
        [
            *_needs_and_answers(made),
            *_transport(made),
            *_receipts(made),
            *_tracking(made),
            *_notices(made),
            *(
                Gift(made.brasov, made.silesia, made.avalon, topic, TIER_TWO_FIELDS)
                for topic in ("inventory.coverage", "work.exceptions")
            ),
        ]
    )
    return made


def _businesses(made: Cast) -> list[tuple[Organisation, Organisation]]:
    """Return the customers that share their plans with a supplier, and that supplier."""
    return [(made.avalon, made.brasov), (made.kestrel, made.porto), (made.brasov, made.silesia)]


def _needs_and_answers(made: Cast) -> Iterator[Gift]:
    """Let suppliers show stock, and both ends of a business what they need and answer."""
    for supplier, customer in ((made.brasov, made.avalon), (made.porto, made.kestrel)):
        for topic in ("inventory.stock", "inventory.coverage", "work.exceptions"):
            yield Gift(supplier, customer, customer, topic)
    for customer, supplier in _businesses(made):
        for topic in PLAN_ANSWERS:
            yield Gift(supplier, customer, customer, topic)
        for topic in PLAN_NEEDS:
            yield Gift(customer, supplier, supplier, topic)


def _transport(made: Cast) -> Iterator[Gift]:
    """Let customers, their suppliers and Avalon's movers see what moves between them."""
    for customer, supplier in _businesses(made):
        for topic in MOVED_FOR_SUPPLIERS:
            yield Gift(customer, supplier, supplier, topic)
        for topic in TOLD_BY_SUPPLIERS:
            yield Gift(supplier, customer, customer, topic)
    for carrier in (made.fjord, made.rhine):
        for topic in SHOWN_TO_CARRIERS:
            yield Gift(made.avalon, carrier, carrier, topic)
        for topic in TOLD_BY_CARRIERS:
            yield Gift(carrier, made.avalon, made.avalon, topic)


def _tracking(made: Cast) -> Iterator[Gift]:
    """Let both ends of a business follow its units, and the cross-dock tell whom it works for."""
    movers = [(made.avalon, made.fjord), (made.avalon, made.rhine)]
    yield from _both_ways(_businesses(made) + movers, "inventory.tracking", "inventory.sensor")


def _notices(made: Cast) -> Iterator[Gift]:
    """Let partners tell each other what disrupts demand or capacity, and trace lots."""
    topics = ("inventory.notice", "inventory.request", "inventory.genealogy")
    yield from _both_ways(_businesses(made), *topics)


def _receipts(made: Cast) -> Iterator[Gift]:
    """Let customers tell their suppliers what they received, and suppliers answer."""
    topics = ("inventory.receipt", "inventory.vmi", "inventory.refresh")
    yield from _both_ways(_businesses(made), *topics)


def _both_ways(pairs: list[tuple[Organisation, Organisation]], *topics: str) -> Iterator[Gift]:
    for one, other in pairs:
        for topic in topics:
            yield Gift(one, other, other, topic)
            yield Gift(other, one, one, topic)


def partner(customer: Organisation, supplier: Organisation) -> None:
    """Let ``customer`` invite and ``supplier`` accept."""
    partner_all([(customer, supplier)])


def partner_all(pairs: list[tuple[Organisation, Organisation]]) -> None:
    """Let each customer invite all its suppliers, then each supplier accept all at once."""
    for customer, invited in _by_first(pairs):
        with acting_for(customer):
            Partnership.objects.bulk_create(
                Partnership(owner=customer, counterparty=each, customer=customer, supplier=each)
                for each in invited
            )
    for supplier, customers in _by_first((supplier, customer) for customer, supplier in pairs):
        with acting_for(supplier):
            Partnership.objects.filter(supplier=supplier, customer__in=customers).update(
                state=Partnership.State.ACTIVE, accepted_at=SINCE
            )


def give(
    owner: Organisation,
    viewer: Organisation,
    about: Organisation,
    topic: str,
    fields: list[str] | None = None,
) -> Grant:
    """Let ``owner`` open ``topic``; a third party it is about consents."""
    return give_all([Gift(owner, viewer, about, topic, fields or [])])[0]


def give_all(gifts: list[Gift]) -> list[Grant]:
    """Let each owner open all it gives at once, then each third party consent to all of it."""
    made = [(gift, _grant(gift)) for gift in gifts]
    for owner, given in _by_first((gift.owner, grant) for gift, grant in made):
        with acting_for(owner):
            Grant.objects.bulk_create(given)
    third = ((gift.about, grant) for gift, grant in made if gift.about.pk != gift.viewer.pk)
    for about, grants in _by_first(third):
        with acting_for(about):
            named = Grant.objects.filter(pk__in=[grant.pk for grant in grants])
            named.update(about_consented_at=SINCE)
    return [grant for _gift, grant in made]


def _grant(gift: Gift) -> Grant:
    return Grant(
        owner=gift.owner,
        viewer=gift.viewer,
        about=gift.about,
        topic=gift.topic,
        fields=gift.fields,
        purpose="supply planning",
        valid_from=SINCE,
    )


def _by_first(
    pairs: Iterable[tuple[Organisation, Value]],
) -> list[tuple[Organisation, list[Value]]]:
    found: dict[int, tuple[Organisation, list[Value]]] = {}
    for organisation, value in pairs:
        found.setdefault(organisation.pk, (organisation, []))[1].append(value)
    return list(found.values())


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


def sign_in(organisation: Organisation, role: str = "planner", **extra: Any) -> Client:
    """Return a browser in which somebody new with ``role`` is signed in to ``organisation``."""
    client = Client(**extra)
    client.force_login(
        found_person(organisation, role),
        backend="allauth.account.auth_backends.AuthenticationBackend",
    )
    session = client.session
    session["organisation_id"] = organisation.pk
    session.save()
    return client


def found_organisation(
    number: int,
    slug: str,
    name: str,
    kind: str,
    country: str,
    city: str,
    latitude: float,
    longitude: float,
    *,
    key: int | None = None,
) -> Organisation:
    """Create an organisation with one site; its key is the next free one unless given."""
    tenant = Tenant.objects.create(pk=key)
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
