"""Weekly demand and capacity: the aspects mean what they say; rules beyond the schema hold."""

import copy
import json
from collections.abc import Callable
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from collab.integration.catenax import documents, models, reading
from collab.integration.catenax.units import UNITS
from collab.integration.inbox.findings import MessageRefused
from forecasting.messages import catenax
from forecasting.messages.canonical import DemandMessage
from tests.integration.test_catenax import (
    COMMENT,
    DEMAND,
    GROUP,
    REQUEST,
    UUID_A,
    document,
    validator,
)

SAME_WEEK = {"pointInTime": "2023-10-09", "demand": 1}
MEANING: dict[str, tuple[Callable[[Any], Any], Callable[[Any], dict[str, Any]]]] = {
    DEMAND: (catenax.demand_of, catenax.demand_aspect),
    GROUP: (catenax.capacity_of, catenax.capacity_aspect),
    COMMENT: (catenax.comment_of, catenax.comment_aspect),
    REQUEST: (catenax.request_of, catenax.request_aspect),
}


def meaning(model: str, found: Any) -> Any:
    loaded = documents.loads(json.dumps(found).encode())
    return MEANING[model][0](reading.parse(models.MODELS[model], loaded))


def refusals(model: str, found: Any) -> list[str]:
    with pytest.raises(MessageRefused) as caught:
        meaning(model, found)
    assert all(each.code == "rule" for each in caught.value.findings)
    return [each.path for each in caught.value.findings]


@pytest.mark.parametrize("model", MEANING)
def test_a_published_document_survives_being_understood(model: str) -> None:
    found = document(model)
    if model == GROUP:
        found["linkedCapacityGroups"] = found["linkedCapacityGroups"][:1]
    written = documents.dumps(MEANING[model][1](meaning(model, found)))
    assert json.loads(written) == found
    assert not list(validator(model).iter_errors(json.loads(written)))


def test_a_demand_means_what_it_says() -> None:
    found = document(DEMAND)
    found["demandSeries"][0]["demands"].append({"pointInTime": "2023-10-02", "demand": 7.5})
    found["x-more"] = 1
    demand = meaning(DEMAND, found)
    assert (demand.unit, demand.part_number) == ("H87", "MNR-7307-AU340474.002")
    assert demand.is_inactive
    [series] = demand.series
    assert (series.site, series.category) == ("BPNS8888888888XX", "0001")
    assert [(week.week, week.quantity) for week in series.weeks] == [
        (date(2023, 10, 2), Decimal("7.5")),
        (date(2023, 10, 9), Decimal(1000)),
    ]
    assert demand.kept_aside == {"x-more": 1}


def test_a_capacity_group_means_what_it_says() -> None:
    found = document(GROUP)
    group = meaning(GROUP, found)
    assert group.weeks[1].delta_production == -20
    assert group.linked_series[0].load_factor == Decimal("1.5")
    assert group.volatility["measurementInterval"] == 4


@pytest.mark.parametrize(
    ("change", "path"),
    [
        (lambda d: d["demandSeries"][0]["demands"][0].update(pointInTime="2023-10-10"),
         "/demandSeries/0/demands/0/pointInTime"),
        (lambda d: d["demandSeries"][0]["demands"].append(SAME_WEEK),
         "/demandSeries/0/demands/1/pointInTime"),
        (lambda d: d.update(unitOfMeasureIsOmitted=True), "/unitOfMeasure"),
        (lambda d: d.pop("unitOfMeasure"), "/unitOfMeasure"),
        (lambda d: d["demandSeries"].append(d["demandSeries"][0] | {"demands": []}),
         "/demandSeries/1"),
    ],
)  # fmt: skip
def test_a_rule_of_demand_is_named_by_its_path(change: Callable[[Any], Any], path: str) -> None:
    found = document(DEMAND)
    change(found)
    assert not list(validator(DEMAND).iter_errors(found))  # the schema alone would take it
    assert refusals(DEMAND, found) == [path]


@pytest.mark.parametrize(
    ("change", "path"),
    [
        (lambda d: d["capacities"][0].update(maximumCapacity=899), "/capacities/0/maximumCapacity"),
        (lambda d: d["capacities"][1].update(pointInTime="2026-11-03"),
         "/capacities/1/pointInTime"),
        (lambda d: d["linkedCapacityGroups"].append(UUID_A.upper()), "/linkedCapacityGroups"),
    ],
)  # fmt: skip
def test_a_rule_of_capacity_is_named_by_its_path(change: Callable[[Any], Any], path: str) -> None:
    found = document(GROUP)
    change(found)
    assert not list(validator(GROUP).iter_errors(found))
    assert refusals(GROUP, found) == [path]


def test_a_comment_has_a_text_unless_it_goes() -> None:
    found = document(COMMENT)
    found.pop("commentText")
    assert meaning(COMMENT, found).is_to_be_deleted
    found["requestDelete"] = False
    assert refusals(COMMENT, found) == ["/commentText"]


def test_an_empty_request_wants_everything() -> None:
    assert meaning(REQUEST, {}).is_for_everything
    assert not meaning(REQUEST, document(REQUEST)).is_for_everything


@pytest.mark.parametrize("unit", UNITS)
def test_every_unit_of_the_models_is_known_and_written_back(unit: str) -> None:
    found = document(DEMAND) | {"unitOfMeasure": unit}
    assert catenax.demand_aspect(meaning(DEMAND, found))["unitOfMeasure"] == unit


@settings(max_examples=60)
@given(
    st.dictionaries(
        st.integers(0, 200).map(lambda week: date(2026, 1, 5) + timedelta(weeks=week)),
        st.decimals(0, 10**18, places=3),
        max_size=20,
    ),
    st.booleans(),
)
def test_every_demand_that_is_written_is_valid_and_read_again(
    weeks: dict[date, Decimal], has_unit: bool
) -> None:
    base: DemandMessage = meaning(DEMAND, document(DEMAND))
    found = copy.deepcopy(document(DEMAND))
    found["demandSeries"][0]["demands"] = [
        {"pointInTime": week.isoformat(), "demand": float(quantity)}
        for week, quantity in weeks.items()
    ]
    if not has_unit:
        found.pop("unitOfMeasure")
        found["unitOfMeasureIsOmitted"] = True
    message = meaning(DEMAND, found)
    written = documents.dumps(catenax.demand_aspect(message))
    assert not list(validator(DEMAND).iter_errors(json.loads(written)))
    again = catenax.demand_of(reading.parse(models.MaterialDemand, documents.loads(written)))
    assert again == message
    assert again.demand_id == base.demand_id
