"""FC-27: the sums of a run are exact, over programmes, plants and suppliers, and have a range."""

from decimal import Decimal

import numpy as np
import pytest

from collab.masterdata.models import BomLine, Part
from collab.masterdata.refusals import Refused
from collab.organisations.context import acting_for
from forecasting.engine.batch import DemandHistory, forecast
from forecasting.models import DemandSeries, ForecastRun, SeriesForecast
from forecasting.services.hierarchy import Method, made_coherent, read_groups
from forecasting.services.runs import start_forecast
from tests.conftest import ClientFor
from tests.forecasting.test_lifecycle_service import months_ago, series
from tests.forecasting.test_runs import do
from tests.harness.cast import Cast


def test_a_run_keeps_its_sums_and_shows_them(cast: Cast, client_for: ClientFor) -> None:
    with acting_for(cast.avalon):
        first, second = series(cast, "AM-1", *[100] * 24), series(cast, "AM-2", *[50] * 24)
        DemandSeries.objects.filter(pk=first.pk).update(site_code="MUC")
        programme = Part.objects.create(
            number="X1", compare_key="X1", name="X1", kind="programme", base_unit="H87"
        )
        BomLine.objects.create(
            parent=programme, component=second.part, quantity=1, unit="H87", take_rate=Decimal(1)
        )
        run = start_forecast(horizon=6)
    do(run)
    with acting_for(cast.avalon):
        nodes = ForecastRun.objects.get(pk=run.pk).parameters["nodes"]
        mean = np.array(list(SeriesForecast.objects.values_list("mean", flat=True)))
    by_level = {node["level"]: node for node in nodes}
    assert set(by_level) == {"total", "plant", "supplier", "programme"}
    assert by_level["total"]["mean"] == pytest.approx(mean.sum(axis=0).tolist(), abs=0.01)
    assert (by_level["plant"]["name"], by_level["plant"]["series"]) == ("MUC", 1)
    assert by_level["programme"]["mean"][0] == pytest.approx(50, rel=0.1)
    total = by_level["total"]
    assert total["low"][0] <= total["mean"][0] <= total["high"][0]
    page = client_for(cast.avalon).get(f"/t/avalon/forecasts/{run.pk}/").content.decode()
    assert "exact sums of the parts" in page
    assert "Programme" in page


def test_least_squares_moves_parts_and_sums_towards_each_other() -> None:
    rng = np.random.default_rng(3)
    trend = np.arange(36) * 4.0
    quantity = np.round(np.vstack([rng.poisson(40 + trend), rng.poisson(20 + trend / 2)]))
    history = DemandHistory(
        series=("a", "b"),
        periods=tuple(f"{2023 + month // 12}-{month % 12 + 1:02}" for month in range(36)),
        frequency="M",
        quantity=quantity.astype(np.float64),
    )
    found = forecast(history, horizon=6, quantiles=(0.1, 0.5, 0.9))
    groups = {("total", ""): [0, 1]}
    same, plain = made_coherent(history, found, groups, method=Method.BOTTOM_UP, recent=12)
    moved, nodes = made_coherent(history, found, groups, method=Method.LEAST_SQUARES, recent=12)
    assert np.array_equal(same.mean, found.mean)
    assert not np.allclose(moved.mean, found.mean)
    assert nodes[0].mean == pytest.approx(moved.mean.sum(axis=0).tolist(), abs=0.01)
    assert (np.diff(moved.quantiles, axis=2) >= 0).all()
    assert plain[0].past[-1] == quantity[:, -1].sum()


def test_parts_without_an_answer_stay_out_of_the_sums(cast: Cast) -> None:
    quantity = np.array([[np.nan] * 12 + [np.nan] * 12, [10.0] * 24])
    history = DemandHistory(
        series=("gone", "here"),
        periods=tuple(f"{2024 + month // 12}-{month % 12 + 1:02}" for month in range(24)),
        frequency="M",
        quantity=quantity,
    )
    found = forecast(history, horizon=3, quantiles=(0.1, 0.9))
    groups = {("total", ""): [0, 1], ("plant", "A"): [0]}
    _found, nodes = made_coherent(history, found, groups, method=Method.LEAST_SQUARES, recent=6)
    assert [(node.level, node.series) for node in nodes] == [("total", 1)]  # an empty one drops


def test_an_unknown_way_is_refused_and_groups_need_no_programme(cast: Cast) -> None:
    with acting_for(cast.avalon):
        row = series(cast, "AM-1", *[1] * 3)
        with pytest.raises(Refused, match="bottom_up"):
            start_forecast(hierarchy="magic")
        groups = read_groups([row], on=months_ago(0))
    assert groups == {("total", ""): [0], ("supplier", "Brasov"): [0]}
