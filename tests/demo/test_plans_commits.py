"""The demo's answers to its releases: most committed, some open, short capacity, a hidden pool."""

from collections import Counter
from datetime import UTC, datetime

import pytest

from collab.demo.loader import plans_commits, plans_releases
from collab.demo.loader.directory import Directory
from collab.demo.loader.network import load
from collab.demo.network import DemoNetwork, build
from collab.organisations.context import acting_for
from forecasting.models import CapacityGroup, CapacityMatch, Commit, CommitTask, PlanComment
from forecasting.queries.capacity import group_rows, groups
from forecasting.queries.commits import by_partner


@pytest.fixture
def demo(database: None) -> tuple[DemoNetwork, Directory]:
    """A small demo network with its releases and their answers."""
    now = datetime.now(UTC)
    network = build(seed=1, suppliers=6, parts=80, today=now.date())
    directory = load(network, as_of=now)
    with acting_for(directory.organisations["brasov"]):
        is_answered = CommitTask.objects.exists()
    if not is_answered:
        plans_releases.write(network, directory, as_of=now)
        plans_commits.write(network, directory, as_of=now)
    return network, directory


def test_it_is_alive_on_both_sides(demo: tuple[DemoNetwork, Directory]) -> None:
    _network, directory = demo
    states: Counter[str] = Counter()
    worst: Counter[str] = Counter()
    comments = 0
    for slug in dict.fromkeys(supply.supplier for supply in demo[0].supplies):
        with acting_for(directory.organisations[slug]):
            own = directory.organisations[slug]
            states.update(CommitTask.objects.filter(owner=own).values_list("state", flat=True))
            matches = CapacityMatch.objects.filter(owner=own)
            worst.update(matches.values_list("worst", flat=True))
            comments += PlanComment.objects.filter(owner=own).count()
    assert states["committed"] > sum(states.values()) / 2
    assert {"open", "partial", "exception"} <= set(states)
    assert worst["bottleneck"] + worst["flex"] > 0
    assert comments > 0
    brasov = directory.organisations["brasov"]
    with acting_for(brasov):
        assert CapacityGroup.objects.filter(owner=brasov, counterparty=brasov).count() == 1
    with acting_for(directory.organisations["avalon"]):
        assert not any(row.is_pool for row in group_rows(groups()))
        assert not CapacityGroup.objects.filter(counterparty=brasov).exists()
        assert sum(each.series for each in by_partner()) > 0
        assert Commit.objects.exists()
