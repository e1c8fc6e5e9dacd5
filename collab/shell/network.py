"""The network as the acting organisation may see it: who stands in which tier, and how they are.

Nothing is assumed about organisations that are not visible: direct partners come from
partnerships, those behind them only from live grants that name them.
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from django.db.models import BigIntegerField, CharField, Q, QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _

from collab.organisations.context import acting, acting_organisation
from collab.organisations.models import Organisation, Site
from collab.sharing.models import Grant, Partnership
from collab.work.fields import seen
from collab.work.models import TOPIC, Alert

SEVERITIES = ("info", "warning", "critical")


@dataclass(frozen=True, slots=True)
class Node:
    """An organisation in its tier: 0 is ours, negative are our suppliers, positive customers.

    ``status`` is the worst open exception that concerns it: ``ok``, ``info``, ``warning`` or
    ``critical``.
    """

    organisation: Organisation
    tier: int
    status: str
    exceptions: int
    is_direct: bool


@dataclass(frozen=True, slots=True)
class Edge:
    """Goods flow from ``supplier_id`` to ``customer_id``; ``status`` is its worst exception."""

    supplier_id: int
    customer_id: int
    status: str


@dataclass(frozen=True, slots=True)
class Network:
    """Nodes by tier and the flows between them."""

    nodes: list[Node]
    edges: list[Edge]
    by_id: dict[int, Node] = field(default_factory=dict)

    def tiers(self) -> list[tuple[int, list[Node]]]:
        """Return the nodes by tier, farthest supplier first, the worst node of each first."""
        found: dict[int, list[Node]] = defaultdict(list)
        for node in self.nodes:
            found[node.tier].append(node)
        return [
            (tier, sorted(found[tier], key=lambda n: (-_rank(n.status), n.organisation.name)))
            for tier in sorted(found)
        ]


def network() -> Network:
    """Return the visible network; five queries whatever its size, once per unit of work."""
    memo = acting().memo
    if "network" not in memo:
        memo["network"] = _read()
    found: Network = memo["network"]
    return found


def _read() -> Network:
    us = acting_organisation()
    pairs = [
        (each.supplier, each.customer)
        for each in partnerships().select_related("customer", "supplier")
    ]
    known = {us.pk: us} | {one.pk: one for pair in pairs for one in pair}
    tiers = {us.pk: 0}
    for supplier, customer in pairs:
        if supplier.pk == us.pk:
            tiers[customer.pk] = 1
        else:
            tiers[supplier.pk] = -1
    edges = {(supplier.pk, customer.pk) for supplier, customer in pairs}
    direct = set(tiers)
    grants = live_grants()
    known |= parties(grants)
    for anchor, other in _behind(grants, direct, set(known)):
        step = -1 if tiers[anchor] < 0 else 1
        tiers[other] = tiers[anchor] + step
        edges.add((other, anchor) if step < 0 else (anchor, other))
    worst, count = _exceptions()
    nodes = [
        Node(known[pk], tier, worst.get(pk, "ok"), count.get(pk, 0), pk in direct)
        for pk, tier in tiers.items()
    ]
    by_id = {node.organisation.pk: node for node in nodes}
    drawn = [Edge(s, c, _edge_status(by_id[s], by_id[c], us.pk)) for s, c in sorted(edges)]
    return Network(nodes, drawn, by_id)


def partnerships() -> QuerySet[Partnership]:
    """Return the acting organisation's partnerships that have not ended."""
    return Partnership.objects.exclude(state=Partnership.State.ENDED)


def live_grants() -> list[Grant]:
    """Return the grants that are in force and that the acting organisation is a party to."""
    now = timezone.now()
    return list(
        Grant.objects.filter(
            Q(valid_to__isnull=True) | Q(valid_to__gt=now),
            revoked_at__isnull=True,
            valid_from__lte=now,
            is_viewer_paused=False,
            is_about_paused=False,
        )
    )


def parties(grants: Iterable[Grant]) -> dict[int, Organisation]:
    """Return the organisations in ``grants`` that may be known, by key; one query.

    A join would lose grants whose third party is hidden from the viewer.
    """
    keys = {pk for each in grants for pk in (each.owner_id, each.viewer_id, each.about_id)}
    return Organisation.objects.in_bulk(keys)


def relation_of(tier: int, other: Organisation) -> str:
    """Return in words what ``other``, standing in ``tier``, is to us."""
    if other.kind in (Organisation.Kind.CARRIER, Organisation.Kind.LOGISTICS) and abs(tier) == 1:
        return _("Service provider")
    if tier == 1:
        return _("Customer")
    if tier > 1:
        return _("Customer, tier %(tier)s") % {"tier": tier}
    return _("Supplier, tier %(tier)s") % {"tier": -tier}


def visible_sites() -> list[Site]:
    """Return our sites and those of active partners; the database decides which."""
    return list(Site.visible.select_related("owner").order_by("owner_id", "code"))


def _behind(
    grants: Sequence[Grant], direct: set[int], known: set[int]
) -> Iterable[tuple[int, int]]:
    """Yield (direct partner, organisation behind it) for each grant that names such a pair."""
    us = acting_organisation().pk
    for grant in grants:
        named = [pk for pk in (grant.owner_id, grant.viewer_id, grant.about_id) if pk != us]
        anchors = [pk for pk in named if pk in direct]
        strangers = [pk for pk in named if pk not in direct and pk in known]
        if anchors and strangers:
            yield anchors[0], strangers[0]


def _exceptions() -> tuple[dict[int, str], dict[int, int]]:
    worst: dict[int, str] = {}
    count: dict[int, int] = defaultdict(int)
    """Return worst severity and number of open exceptions by party, as far as fields are open."""
    rows = Alert.objects.filter(is_open=True).values_list(
        "owner_id",
        seen(TOPIC, "counterparty_id", BigIntegerField(), name="counterparty"),
        seen(TOPIC, "severity", CharField()),
    )
    for owner, counterparty, severity in rows:
        for party in {owner, counterparty} - {None}:
            if _rank(severity) > _rank(worst.get(party)):
                worst[party] = severity
            count[party] += 1
    return worst, count


def _rank(status: str | None) -> int:
    return SEVERITIES.index(status) + 1 if status in SEVERITIES else 0


def _edge_status(supplier: Node, customer: Node, us: int) -> str:
    """A flow is as bad as the better of its two ends: trouble passes where both have it."""
    if us in (supplier.organisation.pk, customer.organisation.pk):
        other = customer if supplier.organisation.pk == us else supplier
        return other.status
    return min(supplier.status, customer.status, key=_rank)
