"""The demo's past: measured accuracy on both sides, a bullwhip that grows, a chain that flows."""

from collections.abc import Sequence
from datetime import UTC, datetime
from statistics import mean

import pytest

from collab.demo.loader.directory import Directory
from collab.demo.loader.network import load
from collab.demo.network import DemoNetwork, build
from collab.organisations.context import acting_for
from forecasting.models import (
    AccuracyFigure,
    BullwhipFigure,
    DeliverySchedule,
    DemandSeries,
    DemandVersion,
    LifeCycle,
    MarketSignal,
    Pegging,
    Succession,
)
from forecasting.queries.bullwhip import tiers
from forecasting.queries.measures import AccuracyFilter, step_summaries, worth_of_steps
from forecasting.services.measures import measure_all


@pytest.fixture
def demo(database: None) -> tuple[DemoNetwork, Directory]:
    """A demo network whose past was measured."""
    now = datetime.now(UTC)
    network = build(seed=1, suppliers=6, parts=120, today=now.date())
    directory = load(network, as_of=now)
    for slug in ("avalon", "kestrel", "brasov", "silesia"):
        with acting_for(directory.organisations[slug]):
            measure_all(as_of=now)
    return network, directory


def ratios(directory: Directory, slug: str) -> Sequence[float]:
    organisation = directory.organisations[slug]
    with acting_for(organisation):
        rows = BullwhipFigure.objects.filter(owner=organisation, ratio__isnull=False)
        return list(rows.values_list("ratio", flat=True))


def test_its_pages_are_alive(demo: tuple[DemoNetwork, Directory]) -> None:
    _network, directory = demo
    avalon, brasov = directory.organisations["avalon"], directory.organisations["brasov"]
    with acting_for(avalon):
        steps = {each.step for each in step_summaries(AccuracyFilter())}
        assert {"statistics", "planner", "release", "commit", "consensus", "zero", "naive"} <= steps
        n_series, worth = worth_of_steps(AccuracyFilter())
        assert n_series > 0
        assert worth[0].name == "statistics"
        assert MarketSignal.objects.get(state="accepted").added_value is not None
        assert (Succession.objects.count(), LifeCycle.objects.count()) == (1, 1)
        assert AccuracyFigure.objects.filter(step="override").exists()
    with acting_for(brasov):
        seen = AccuracyFigure.objects.exclude(owner=brasov).values_list("step", flat=True)
        assert set(seen) == {"release", "commit", "consensus", "zero", "naive"}
        assert [each for each in tiers() if each.product]


def test_calls_swing_more_from_tier_to_tier(demo: tuple[DemoNetwork, Directory]) -> None:
    _network, directory = demo
    swing = [mean(ratios(directory, slug)) for slug in ("avalon", "brasov", "silesia")]
    assert 1 < swing[0] < swing[1] < swing[2]


def test_versions_are_numbered_in_the_order_in_which_they_were_made(
    demo: tuple[DemoNetwork, Directory],
) -> None:
    _network, directory = demo
    with acting_for(directory.organisations["avalon"]):
        for series in DemandSeries.objects.filter(owner=directory.organisations["avalon"]):
            made = list(
                DemandVersion.objects.filter(series=series)
                .order_by("number")
                .values_list("created_at", flat=True)
            )
            assert made == sorted(made)


def test_the_third_tier_has_a_release_that_the_chain_caused(
    demo: tuple[DemoNetwork, Directory],
) -> None:
    _network, directory = demo
    with acting_for(directory.organisations["lubin"]):
        current = DeliverySchedule.objects.get(is_current=True)
        assert current.origin == "chain"
        assert sum(each or 0 for each in current.quantities) > 0
        assert not Pegging.objects.exists()
