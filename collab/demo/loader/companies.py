"""Organisations with their sites, people and machines."""

from datetime import datetime, timedelta
from functools import cache

from django.contrib.auth.hashers import make_password

from collab.demo import secrets
from collab.demo.facts import DemoOrganisation, DemoPerson
from collab.demo.loader.directory import Directory
from collab.demo.network import DemoNetwork
from collab.integration.scopes import MACHINE_SCOPES
from collab.organisations.context import acting_for
from collab.organisations.models import (
    ApiClient,
    ApiKey,
    Membership,
    Organisation,
    Person,
    Site,
    Tenant,
)

KEY_DAYS = 365


def write(network: DemoNetwork, directory: Directory, *, as_of: datetime) -> None:
    """Write every company of the network."""
    for company in network.organisations:
        tenant = Tenant.objects.create()
        with acting_for(tenant.pk):
            directory.organisations[company.slug] = _company(company, tenant.pk)
            _sites(company, directory)
            _people(company, tenant.pk)
            _machines(company, as_of)


def _company(company: DemoOrganisation, key: int) -> Organisation:
    return Organisation.objects.create(
        id=key,
        bpn=company.bpn,
        slug=company.slug,
        name=company.name,
        short_name=company.short_name,
        kind=company.kind,
        country=company.country,
        timezone=company.timezone,
        duns=company.duns,
    )


def _sites(company: DemoOrganisation, directory: Directory) -> None:
    for site in company.sites:
        row = Site.objects.create(
            code=site.code,
            bpn=site.bpn,
            gln=site.gln,
            locode=site.place.locode,
            name=site.name,
            kind=site.kind,
            country=site.place.country,
            city=site.place.city,
            latitude=site.place.latitude,
            longitude=site.place.longitude,
            timezone=site.place.timezone,
        )
        directory.sites[company.slug, site.code] = row.pk


def _people(company: DemoOrganisation, organisation_id: int) -> None:
    for each in company.people:
        Membership.objects.create(
            organisation_id=organisation_id,
            person=_person(each, company.timezone),
            role=each.role,
        )


def _person(each: DemoPerson, timezone: str) -> Person:
    return Person.objects.create(
        email=each.email,
        name=each.name,
        language=each.language,
        timezone=timezone,
        password=_hashed(secrets.password()),
        is_demo=True,
    )


@cache
def _hashed(password: str) -> str:
    """Hash once: a slow hash for each of a hundred demo people helps nobody."""
    return make_password(password)


def _machines(company: DemoOrganisation, as_of: datetime) -> None:
    for number, name in enumerate(company.api_clients):
        client = ApiClient.objects.create(name=name)
        if number == 0:
            key = secrets.api_key(company.slug)
            ApiKey.objects.create(
                client=client,
                prefix=key.prefix,
                digest=key.digest,
                scopes=sorted(MACHINE_SCOPES),
                expires_at=as_of + timedelta(days=KEY_DAYS),
            )
