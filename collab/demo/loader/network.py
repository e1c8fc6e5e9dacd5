"""The order in which a demo network is written."""

from datetime import datetime

from django.db import transaction

from collab.demo.loader import (
    advices,
    agreements,
    buffers,
    companies,
    devices,
    freight,
    genealogy,
    goods,
    hub,
    jointly,
    moves,
    notices,
    plans_commits,
    plans_measures,
    plans_releases,
    receipts,
    routes,
    stages,
    stock,
    tracking,
    trips,
)
from collab.demo.loader.directory import Directory
from collab.demo.network import DemoNetwork
from collab.events.models import Errand
from collab.organisations.models import Person


def is_loaded(network: DemoNetwork) -> bool:
    """Say whether the network's people are there already."""
    emails = [person.email for each in network.organisations for person in each.people]
    return Person.objects.filter(email__in=emails[:1]).exists()


@transaction.atomic
def load(network: DemoNetwork, *, as_of: datetime) -> Directory:
    """Write ``network`` as it stands at ``as_of``; return the keys of what was written."""
    directory = Directory()
    companies.write(network, directory, as_of=as_of)
    agreements.write(network, directory, as_of=as_of)
    goods.write(network, directory)
    plans_releases.write(network, directory, as_of=as_of)
    plans_measures.let_chain_flow(directory, as_of=as_of)
    plans_commits.write(network, directory, as_of=as_of)
    plans_measures.write(network, directory, as_of=as_of)
    stock.write(network, directory, as_of=as_of)
    freight.write(network, directory, as_of=as_of)
    moves.write(network, directory, as_of=as_of)
    routes.write(network, directory, as_of=as_of)
    trips.write(network, directory, as_of=as_of)
    advices.write(network, directory, as_of=as_of)
    hub.write(network, directory, as_of=as_of)
    receipts.write(network, directory, as_of=as_of)
    tracking.write(network, directory, as_of=as_of)
    buffers.write(network, directory, as_of=as_of)
    genealogy.write(network, directory, as_of=as_of)
    notices.write(network, directory, as_of=as_of)
    devices.write(network, directory, as_of=as_of)
    stages.write(network, directory, as_of=as_of)
    jointly.write(network, directory, as_of=as_of)
    # Nobody was watching while the past was written: what it touched is read from the pages.
    Errand.objects.filter(step=Errand.Step.DELIVER).update(state=Errand.State.DONE)
    return directory
