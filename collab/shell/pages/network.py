"""The network explorer and the page of one partner."""

from django.core.exceptions import ValidationError
from django.db.models import BigIntegerField, Q
from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from collab.organisations.models import Organisation
from collab.shell import agreements, freshness
from collab.shell.network import network, partnerships, relation_of, visible_sites
from collab.shell.page import PageRequest, for_roles
from collab.shell.tier_graph import draw
from collab.work import queries as work
from collab.work.fields import seen
from collab.work.models import TOPIC, Alert

PARTNER_EXCEPTIONS = 20


@require_GET
@for_roles()
def explorer(request: PageRequest) -> HttpResponse:
    """Show the tiers as a picture and as a table of partners."""
    whole = network()
    by_partner = {source.partner.pk: source for source in freshness.received()}
    ends = {
        (each.owner_id, each.counterparty_id): each
        for each in partnerships().select_related("owner", "counterparty")
    }
    us = request.organisation.pk
    rows = [
        {
            "node": node,
            "source": by_partner.get(node.organisation.pk),
            "relation": relation_of(node.tier, node.organisation),
            "partnership": next(
                (each for pair, each in ends.items() if {us, node.organisation.pk} == {*pair}),
                None,
            ),
        }
        for _tier, nodes in whole.tiers()
        for node in nodes
        if node.organisation.pk != us
    ]
    invited = [each for each in ends.values() if each.state == "invited"]
    context = {
        "picture": draw(whole, width=1120, row=40, box=28, gap=72, rows=12),
        "rows": rows,
        "invited": [each for each in invited if each.counterparty_id == us],
    }
    return render(request, "shell/network.html", context)


@require_GET
@for_roles()
def partner(request: PageRequest, bpn: str) -> HttpResponse:
    """Show one organisation: relationship, what each side sees, sites, open exceptions."""
    other = organisation_or_404(bpn)
    if other.pk == request.organisation.pk:
        raise Http404
    whole = network()
    node = whole.by_id.get(other.pk)
    sources = [each for each in freshness.received() if each.partner.pk == other.pk]
    context = {
        "partner": other,
        "node": node,
        "relation": relation_of(node.tier, other) if node else "",
        "source": sources[0] if sources else None,
        "partnership": partnerships()
        .filter(owner__in=[other.pk, request.organisation.pk])
        .filter(counterparty__in=[other.pk, request.organisation.pk])
        .first(),
        "given": agreements.given(other.pk),
        "received": agreements.received(other.pk),
        "sites": [site for site in visible_sites() if site.owner_id == other.pk],
        "exceptions": _exceptions_with(other),
    }
    return render(request, "shell/partner.html", context)


def organisation_or_404(bpn: str) -> Organisation:
    """Return a visible organisation by business partner number; 404 for all others alike."""
    try:
        return Organisation.objects.get(bpn=bpn)
    except (Organisation.DoesNotExist, ValidationError):
        raise Http404 from None


def _exceptions_with(other: Organisation) -> list[work.ExceptionRow]:
    """Return the open exceptions that ``other`` owns or that are known to be about it."""
    keys = (
        Alert.objects.filter(is_open=True)
        .annotate(party=seen(TOPIC, "counterparty_id", BigIntegerField(), name="counterparty"))
        .filter(Q(owner=other.pk) | Q(party=other.pk))
        .order_by("-raised_at")
        .values_list("pk", flat=True)[:PARTNER_EXCEPTIONS]
    )
    return work.exceptions_by_key(list(keys))
