"""Disruption notices of the demo: Silesia tells Brasov of less copper, Brasov tells Avalon.

Avalon asks Brasov how long its stock lasts; Brasov asks Silesia and waits for its answer.
"""

from datetime import datetime, timedelta

from collab.demo.facts import DemoSupply
from collab.demo.loader.directory import Directory
from collab.demo.network import DemoNetwork
from collab.organisations.context import acting_for
from inventory.models import Cause, Criticality, Effect
from inventory.services.data_requests import Ask, forward_request, request_data
from inventory.services.notice_facts import NoticeFacts
from inventory.services.notices import (
    Forward,
    Notice,
    accept_notice,
    forward_notice,
    state_notice,
)

SOURCE, MAKER, CUSTOMER = "silesia", "brasov", "avalon"
KEY = "demo:furnace"
FURNACE = (
    "Casting furnace 2 is down; its lining has to be replaced. "
    "We deliver about half of the planned quantity until it is back."
)
SHORT = (
    "A raw material is short. Your call-offs of the coming two days are "
    "covered from stock; we tell you by tomorrow noon what follows."
)
STARTED, LASTS, REACHES_CUSTOMER = timedelta(hours=5), timedelta(days=6), timedelta(days=2)


def write(network: DemoNetwork, directory: Directory, *, as_of: datetime) -> None:
    """Write one open notice of tier 2 and its forward to the car maker; both are accepted."""
    bought, sold = supply_chain(network)
    source, maker, customer = (
        directory.organisations[slug] for slug in (SOURCE, MAKER, CUSTOMER)
    )  # fmt: skip
    with acting_for(source):
        [notice] = state_notice(
            Notice(
                partners=[maker.bpn],
                cause=Cause.PRODUCTION_INCIDENT.value,
                effect=Effect.CAPACITY_REDUCTION.value,
                facts=_facts(bought, FURNACE, as_of - STARTED),
                sender_key=KEY,
            ),
            as_of=as_of,
        )
    with acting_for(maker):
        accept_notice(notice.pk, is_accepted=True)
        facts = _facts(sold, SHORT, as_of - STARTED + REACHES_CUSTOMER)
        told = Forward(partners=[customer.bpn], facts=facts, sender_key=KEY)
        [forwarded] = forward_notice(notice.pk, told, as_of=as_of)
    with acting_for(customer):
        accept_notice(forwarded.pk, is_accepted=True)
        ask = Ask(
            suppliers=[maker.bpn],
            parts=[sold.customer_number],
            criticality=Criticality.HIGH.value,
            text="How long does your stock for us last?",
            sender_key=KEY,
        )
        [request] = request_data(forwarded.pk, ask, as_of=as_of)
    with acting_for(maker):
        ask = Ask(suppliers=[source.bpn], parts=[bought.customer_number], sender_key=KEY)
        forward_request(request.pk, ask, as_of=as_of)


def _facts(supply: DemoSupply, text: str, start: datetime) -> NoticeFacts:
    """Return what a supplier says of one part that it sends from one site to another."""
    return NoticeFacts(
        text=text,
        starts_at=start,
        ends_at=start + LASTS,
        parts=[supply.supplier_number],
        sites=[supply.ship_from],
        partner_sites=[supply.ship_to],
    )


def supply_chain(network: DemoNetwork) -> tuple[DemoSupply, DemoSupply]:
    """Return what the maker buys from tier 2, and what it sells to the car maker made of it."""
    bought = next(
        each
        for each in network.supplies
        if (each.customer, each.supplier) == (MAKER, SOURCE)
    )  # fmt: skip
    return bought, _made_of(network, bought)


def _made_of(network: DemoNetwork, bought: DemoSupply) -> DemoSupply:
    """Return what the maker sells the customer that holds the bought part; else the story's."""
    parents = {
        line.parent
        for line in network.bom
        if line.owner == MAKER and line.component == bought.customer_number
    }
    return next(
        (
            each
            for each in network.supplies
            if (each.customer, each.supplier) == (CUSTOMER, MAKER)
            and each.supplier_number in parents
        ),
        network.story,
    )
