"""Places as they are kept on orders and stops: a snapshot of what everybody there may know."""

from collections.abc import Iterable
from typing import Any

from collab.masterdata.refusals import Refused
from collab.organisations.context import acting, acting_organisation_id
from collab.organisations.models import Organisation, Site
from collab.organisations.names import names_of

Place = dict[str, Any]
"""The keys are those that ``transport.models.measured.place_column`` names."""


def place_of(site: Site) -> Place:
    """Return the snapshot of a site that the acting organisation may see."""
    return {
        "organisation_id": site.owner_id,
        "code": code_of(site),
        "site_code": site.code,
        "name": site.name,
        "city": site.city,
        "country": site.country,
        "latitude": site.latitude,
        "longitude": site.longitude,
        "timezone": site.timezone,
    }


def code_of(site: Site) -> str:
    """Return ``<bpn>/<site code>``: how a place is named outside and between partners."""
    return f"{names_of({site.owner_id})[site.owner_id].bpn}/{site.code}"


def organisation_of(place: Place) -> int:
    """Return whose place it is."""
    key: int = place["organisation_id"]
    return key


def zones_of(place: Place) -> tuple[str, str]:
    """Return the zones a tariff may name for a place, the narrower first: RO-Brasov, RO."""
    country = str(place["country"])
    return f"{country}-{place['city']}", country


def own_place(site_code: str, *, field: str = "site") -> Place:
    """Return one of the acting organisation's places; raise ``Refused`` for another code."""
    site = Site.objects.filter(code=site_code).first()
    if site is None:
        raise unknown_place(site_code, field=field)
    return place_of(site)


def place_named(code: str, *, field: str = "place") -> Place:
    """Return a visible place by its outer name ``<bpn>/<site code>``, or a site code of one's own.

    Raises ``Refused`` alike for what does not exist and what is not visible.
    """
    bpn, slash, site_code = code.strip().rpartition("/")
    if not slash:
        return own_place(code.strip(), field=field)
    site = Site.visible.filter(owner__bpn=bpn, code=site_code).first()
    if site is None:
        raise unknown_place(code, field=field)
    return place_of(site)


def unknown_place(code: str, *, field: str) -> Refused:
    """Return the refusal of a name that is no visible place."""
    if "/" in code.strip():
        return Refused(field, "a place as <BPN>/<site code>, of you or a partner", code)
    return Refused(field, "the code of a site of yours", code.strip())


def places_named(codes: Iterable[str]) -> dict[str, Place]:
    """Return the visible places among many names as ``place_named`` reads them; a few queries.

    A name that is not among them does not exist or is not visible.
    """
    parts = {code: code.strip().rpartition("/") for code in codes}
    own = [site_code for _bpn, slash, site_code in parts.values() if not slash]
    others = [(bpn, site_code) for bpn, slash, site_code in parts.values() if slash]
    sites: dict[tuple[str, str], Site] = {}
    for site in Site.objects.filter(code__in=own) if own else ():
        sites["", site.code] = site
    rows = Site.visible.filter(
        owner__bpn__in={bpn for bpn, _code in others}, code__in={code for _bpn, code in others}
    )
    for bpn, site in ((row.owner.bpn, row) for row in rows.select_related("owner")):
        sites[bpn, site.code] = site
    names_of({site.owner_id for site in sites.values()})  # read once for all
    snapshots = {key: place_of(site) for key, site in sites.items()}
    return {
        code: snapshots[bpn, site_code]
        for code, (bpn, _slash, site_code) in parts.items()
        if (bpn, site_code) in snapshots
    }


def places_of_partner(partner_id: int) -> list[Place]:
    """Return the visible places of an organisation by code; none if it shows none."""
    rows = Site.visible.filter(owner_id=partner_id).exclude(kind=Site.Kind.OFFICE)
    return [place_of(site) for site in rows.order_by("code")]


def shown(place: Place) -> dict[str, Any]:
    """Return a place as interfaces show it: without inner keys."""
    names = ("code", "name", "city", "country", "latitude", "longitude", "timezone")
    return {name: place.get(name) for name in names}


def act_at(places: Iterable[Place], *, field: str = "site") -> None:
    """Refuse whoever's role is at one site, unless that is one of ``places``."""
    code = site_of_role()
    if not code:
        return
    told, reach = list(places), (acting_organisation_id(), code)
    if reach not in {(organisation_of(each), each["site_code"]) for each in told}:
        names = ", ".join(str(each["name"]) for each in told)
        raise Refused(field, "a place of the site that your role is at", names)


def site_of_role() -> str:
    """Return the code of the site that the role of whoever acts is at; empty for all sites."""
    current = acting()
    if current.site_id is None:
        return ""
    if "transport.site_of_role" not in current.memo:
        current.memo["transport.site_of_role"] = Site.objects.get(pk=current.site_id).code
    return str(current.memo["transport.site_of_role"])


def partner_at(origin: Place, destination: Place) -> int:
    """Return whose business a move between two places is: the end that is not one's own.

    A move between own places is one's own business. Raises ``Refused`` if neither end is own.
    """
    own = acting_organisation_id()
    ends = (organisation_of(origin), organisation_of(destination))
    if own not in ends:
        raise Refused("destination", "one of your sites at one of both ends", destination["code"])
    return next((each for each in ends if each != own), own)


def partner_named(bpn: str, *, field: str = "partner") -> int:
    """Return a partner's key by its number; ``Refused`` alike for unknown and unconnected."""
    found = Organisation.objects.filter(bpn=bpn).exclude(pk=acting_organisation_id()).first()
    if found is None:
        raise Refused(field, "the BPN of a partner of yours", bpn)
    return found.pk
