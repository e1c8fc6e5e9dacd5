"""The kernel's own panels of the tower and of the supplier's home."""

import json
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from collab.organisations.context import acting_organisation, acting_organisation_id
from collab.organisations.models import Site
from collab.shell import agreements, freshness
from collab.shell.network import Edge, Network, network, partnerships, visible_sites
from collab.shell.panels import Panel
from collab.shell.tier_graph import draw
from collab.work import queries as work

FEED = 18
OFFSET = 0.18  # degrees between sites that stand at one place
LIVE = ("work.exceptions",)


def network_map() -> Panel:
    """Return the map of our sites and those of active partners, with the flows between them."""
    us = acting_organisation_id()
    whole = network()
    sites = visible_sites()
    return Panel(
        title=_("Network map"),
        note=ngettext(
            "%(number)s site", "%(number)s sites", len(sites)
        ) % {"number": len(sites)},
        template="tower/panels/map.html",
        columns=15,
        href=f"/t/{acting_organisation().slug}/inventory/map/",
        link=_("Stock on the map"),
        topics=LIVE,
        context={
            "sites": [_site(site, whole, us) for site in sites],
            "data": json.dumps(map_data(sites, whole)),
        },
    )  # fmt: skip


def exceptions() -> Panel:
    """Return the queue's first rows; each lives on by its own frames."""
    return Panel(
        title=_("Exceptions"),
        note=_("open"),
        count=("exceptions.open", work.open_count()),
        template="tower/panels/exceptions.html",
        columns=9,
        href=f"/t/{acting_organisation().slug}/exceptions/",
        link=_("Open queue"),
        context={"rows": work.exceptions(limit=FEED)},
    )


def supply_network() -> Panel:
    """Return the tiers around us and the path that trouble takes."""
    picture = draw(network(), width=372, rows=6, row=37, box=26, gap=24)
    paths = picture.troubled
    note = ngettext("%(number)s disrupted flow", "%(number)s disrupted flows", paths)
    return Panel(
        title=_("Supply network"),
        note=note % {"number": paths} if paths else _("no disruption"),
        template="tower/panels/network.html",
        href=f"/t/{acting_organisation().slug}/network/",
        link=_("Explore"),
        topics=LIVE,
        context={"picture": picture},
    )


def partner_data() -> Panel:
    """Return how old each partner's newest report is."""
    sources = freshness.received()
    late = sum(source.is_late for source in sources)
    return Panel(
        title=_("Partner data"),
        note=_("%(number)s late") % {"number": late} if late else _("all on time"),
        template="tower/panels/partner_data.html",
        href=f"/t/{acting_organisation().slug}/network/sharing/",
        link=_("Sharing"),
        topics=("inventory.coverage",),
        context={"sources": sources},
    )


def to_do() -> Panel:
    """Return what waits for a supplier: invitations, consents, exceptions."""
    consents = agreements.awaiting()
    invitations = [
        each
        for each in partnerships().select_related("owner")
        if each.state == "invited" and each.counterparty_id == acting_organisation_id()
    ]
    return Panel(
        title=_("Exceptions and requests"),
        note=_("open"),
        count=("exceptions.open", work.open_count()),
        template="tower/panels/to_do.html",
        columns=15,
        href=f"/t/{acting_organisation().slug}/exceptions/",
        link=_("Open queue"),
        context={
            "rows": work.exceptions(limit=FEED),
            "consents": consents,
            "invitations": invitations,
        },
    )


def our_reports() -> Panel:
    """Return how old our newest report to each customer is."""
    sources = freshness.reported()
    late = sum(source.is_late for source in sources)
    return Panel(
        title=_("Our reports"),
        note=_("%(number)s due") % {"number": late} if late else _("all on time"),
        template="tower/panels/partner_data.html",
        columns=9,
        topics=("inventory.coverage",),
        context={"sources": sources, "ours": True},
    )


def map_data(sites: list[Site], whole: Network) -> dict[str, Any]:
    """Return what the map island draws: sites with a place, flows between their main sites.

    Coordinates are WGS 84 degrees. Sites at one place are moved apart a little.
    """
    us = acting_organisation_id()
    taken: set[tuple[float, float]] = set()
    drawn: list[dict[str, Any]] = []
    main: dict[int, Any] = {}
    for site in sites:
        place = (round(site.longitude, 2), round(site.latitude, 2))
        while place in taken:
            place = (round(place[0] + OFFSET, 2), place[1])
        taken.add(place)
        main.setdefault(site.owner_id, site.pk)
        drawn.append({**_site(site, whole, us), "lon": place[0], "lat": place[1]})
    flows = [_flow(edge, main, whole) for edge in whole.edges]
    return {"sites": drawn, "flows": [flow for flow in flows if flow is not None]}


def _site(site: Site, whole: Network, us: int) -> dict[str, Any]:
    node = whole.by_id.get(site.owner_id)
    slug = acting_organisation().slug
    is_ours = site.owner_id == us
    return {
        "id": str(site.pk),
        "code": site.code,
        "name": site.name,
        "city": site.city,
        "country": site.country,
        "kind": site.kind,
        "kind_label": str(site.get_kind_display()),
        "owner": site.owner.short_name,
        "own": is_ours,
        "status": node.status if node else "ok",
        "exceptions": node.exceptions if node else 0,
        "href": f"/t/{slug}/network/" + ("" if is_ours else f"partners/{site.owner.bpn}/"),
    }


def _flow(edge: Edge, main: dict[int, Any], whole: Network) -> dict[str, Any] | None:
    if edge.supplier_id not in main or edge.customer_id not in main:
        return None
    return {
        "from": str(main[edge.supplier_id]),
        "to": str(main[edge.customer_id]),
        "status": edge.status,
        "label": " \u2192 ".join(
            whole.by_id[pk].organisation.short_name for pk in (edge.supplier_id, edge.customer_id)
        ),
    }
