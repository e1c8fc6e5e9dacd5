"""Our reading of the aspect models against their published schemas, value by value."""

import copy
import json
from collections.abc import Iterator
from datetime import date, datetime
from decimal import Decimal
from functools import cache
from time import perf_counter
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from jsonschema import Draft4Validator, FormatChecker  # type: ignore[import-untyped]

from collab.integration.catenax import documents, models, reading
from collab.integration.inbox.findings import MessageRefused
from tests.integration.edi_samples import sample

DEMAND, GROUP = "week_based_material_demand", "week_based_capacity_group"
COMMENT, REQUEST = "id_based_comment", "id_based_request_for_update"
VERSIONS = {DEMAND: "3.0.1", GROUP: "3.0.1", COMMENT: "1.1.0", REQUEST: "3.0.0"}
FILES = {
    DEMAND: "WeekBasedMaterialDemand",
    GROUP: "WeekBasedCapacityGroup",
    COMMENT: "IdBasedComment",
    REQUEST: "IdBasedRequestForUpdate",
}
UUID_A, UUID_B = "0157ba42-d2a8-4e28-8565-7b07830c1110", "dfeb1334-497e-4dab-97c1-4e6f4e1c0320"
GROUP_SAMPLE = {
    "capacityGroupId": UUID_A,
    "name": "Harness line 2",
    "customer": "BPNL8888888888XX",
    "supplier": "BPNL6666666666YY",
    "changedAt": "2026-11-05T08:15:30.123-05:00",
    "unitOfMeasureIsOmitted": False,
    "unitOfMeasure": "unit:piece",
    "capacityGroupIsInactive": False,
    "supplierLocations": ["BPNS8888888888XX"],
    "linkedCapacityGroups": [UUID_B, f"urn:uuid:{UUID_B}"],
    "capacities": [
        {"pointInTime": "2026-11-02", "actualCapacity": 900, "maximumCapacity": 1000.5},
        {
            "pointInTime": "2026-11-09",
            "actualCapacity": 0,
            "maximumCapacity": 0,
            "agreedCapacity": 0,
            "deltaProductionResult": -20,
        },
    ],
    "linkedDemandSeries": [
        {
            "materialNumberCustomer": "WH-1",
            "materialNumberSupplier": "B-1",
            "customerLocation": "BPNS8888888888XX",
            "demandCategory": {"demandCategoryCode": "SR99"},
            "loadFactor": 1.5,
        }
    ],
    "demandVolatilityParameters": {
        "startReferenceDateTime": "2026-11-05T08:15:30Z",
        "measurementInterval": 4,
        "rollingHorizonAlertThresholds": [
            {
                "sequenceNumber": 1,
                "subhorizonLength": 13,
                "relativePositiveDeviation": 0.2,
                "relativeNegativeDeviation": 1,
                "absolutePositiveDeviation": 100,
                "absoluteNegativeDeviation": 0,
            }
        ],
    },
}
WRONG: list[Any] = [
    None, True, 0, -1, 1.5, 2e18, 1000, "", "x", "2026-11-23", "2026-02-30", "unit:piece",
    "2026-11-23T08:15:30Z", "2026-11-23T08:15:30", "2026-11-23T25:00:00Z", UUID_A,
    "BPNL8888888888XX", "BPNS8888888888XX", "BPNX8888888888XX", "0001", "warning", "x" * 5001,
    [], ["x"], ["x", "x"], {}, [{}],
]  # fmt: skip


@cache
def validator(model: str) -> Draft4Validator:
    """Return the published schema as a judge, its dates and instants included."""
    schema = json.loads(sample("catenax", model, VERSIONS[model], f"{FILES[model]}-schema.json"))
    checker = FormatChecker(formats=())

    @checker.checks("date", raises=ValueError)  # type: ignore[untyped-decorator]
    def is_date(value: object) -> bool:
        if isinstance(value, str):
            date.fromisoformat(value)
        return not isinstance(value, str) or len(value) == 10

    @checker.checks("date-time", raises=ValueError)  # type: ignore[untyped-decorator]
    def is_instant(value: object) -> bool:
        if not isinstance(value, str):
            return True
        return datetime.fromisoformat(value).tzinfo is not None and "T" in value

    return Draft4Validator(schema, format_checker=checker)


def document(model: str) -> Any:
    """Return a full, good document of a model."""
    if model == GROUP:  # none is published
        return copy.deepcopy(GROUP_SAMPLE)
    version = "1.0.0" if model == COMMENT else VERSIONS[model]
    return json.loads(sample("catenax", model, version, f"{FILES[model]}.json"))


def refusals(model: str, found: Any) -> list[str]:
    try:
        reading.parse(models.MODELS[model], found)
    except MessageRefused as refused:
        return [finding.path for finding in refused.findings]
    return []


def places(value: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    yield path
    children: Any = (
        value.items()
        if isinstance(value, dict)
        else enumerate(value if isinstance(value, list) else ())
    )
    for key, inner in children:
        yield from places(inner, (*path, key))


def changed(found: Any, path: tuple[Any, ...], value: Any) -> Any:
    made = copy.deepcopy(found)
    if not path:
        return value
    at = made
    for step in path[:-1]:
        at = at[step]
    at[path[-1]] = value
    return made


def without(found: Any, path: tuple[Any, ...]) -> Any:
    made = copy.deepcopy(found)
    at = made
    for step in path[:-1]:
        at = at[step]
    del at[path[-1]]
    return made


def is_ours_to_refuse(model: str, path: tuple[Any, ...], value: Any) -> bool:
    """Say where we are stricter than a schema: two of its patterns ask for no zone."""
    loose = path[-1:] == ("startReferenceDateTime",) or (model == REQUEST and "changedAt" in path)
    return loose and value == "2026-11-23T08:15:30"


@pytest.mark.parametrize("model", VERSIONS)
def test_a_published_document_is_accepted_and_written_back_equal(model: str) -> None:
    found = document(model)
    assert not list(validator(model).iter_errors(found))
    aspect = reading.parse(models.MODELS[model], found)
    written = documents.loads(documents.dumps(reading.write(aspect)))
    assert written == documents.loads(json.dumps(found).encode())
    assert not list(validator(model).iter_errors(json.loads(json.dumps(found))))
    assert models.model_of(found) == model


@pytest.mark.parametrize("model", VERSIONS)
def test_every_changed_value_has_the_verdict_of_the_schema(model: str) -> None:
    good, judged, refused = document(model), 0, 0
    for path in places(good):
        mutants = [(changed(good, path, value), value) for value in WRONG]
        if path:
            mutants.append((without(good, path), None))
        for mutant, value in mutants:
            errors = list(validator(model).iter_errors(mutant))
            ours = refusals(model, mutant)
            if is_ours_to_refuse(model, path, value):
                assert ours, path
                continue
            assert bool(ours) == bool(errors), (path, value, ours, errors)
            judged += 1
            refused += bool(ours)
    assert judged > 100
    assert refused > judged // 2


@pytest.mark.parametrize("model", VERSIONS)
def test_a_wrong_value_is_named_by_its_path(model: str) -> None:
    good = document(model)
    for path in places(good):
        value = good
        for step in path:
            value = value[step]
        if isinstance(value, dict | list):
            continue
        here = "/" + "/".join(str(step) for step in path)
        assert here in refusals(model, changed(good, path, {"no": "value"})), path


def test_unknown_properties_are_kept_aside_at_every_level() -> None:
    found = document(DEMAND)
    found["x-more"] = {"a": [1]}
    found["demandSeries"][0]["note"] = "n"
    found["demandSeries"][0]["demands"][0]["risk"] = 0.25
    aspect = reading.parse(models.MaterialDemand, found)
    assert aspect.kept_aside == {"x-more": {"a": [1]}}
    assert aspect.series[0].demands[0].kept_aside == {"risk": 0.25}
    assert documents.loads(documents.dumps(reading.write(aspect))) == documents.loads(
        json.dumps(found).encode()
    )


@pytest.mark.parametrize(
    ("text", "written"),
    [
        ("2023-11-05T08:15:30.123-05:00", "2023-11-05T08:15:30.123-05:00"),
        ("2023-03-10T12:27:11.320Z", "2023-03-10T12:27:11.320Z"),
        ("2023-03-10T12:27:11Z", "2023-03-10T12:27:11Z"),
        ("2023-03-10T12:27:11.1234567+00:00", "2023-03-10T12:27:11.123456Z"),
        ("2023-03-10t12:27:11z", "2023-03-10T12:27:11Z"),
    ],
)
def test_an_instant_keeps_its_offset(text: str, written: str) -> None:
    notes: list[Any] = []
    found = reading.instant(text, "/at", notes)
    assert notes == []
    assert reading.instant_text(found) == written


@pytest.mark.parametrize("text", ["2023-03-10", "2023-03-10T12:27:11", "2023-13-10T12:27:11Z", ""])
def test_a_time_without_a_zone_is_refused(text: str) -> None:
    notes: list[Any] = []
    assert reading.instant(text, "/at", notes) is None
    assert [each.path for each in notes] == ["/at"]


def test_numbers_are_exact() -> None:
    found = documents.loads(b'{"a": 0.1, "b": 1e3, "c": 12345678901234567890.5}')
    assert found == {
        "a": Decimal("0.1"),
        "b": Decimal(1000),
        "c": Decimal("12345678901234567890.5"),
    }
    assert json.loads(documents.dumps(found), parse_float=Decimal) == found


@settings(max_examples=200)
@given(
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.text() | st.sampled_from(WRONG),
        lambda inner: (
            st.lists(inner, max_size=3)
            | st.dictionaries(st.sampled_from(["demandSeries", "customer", "demands", "x"]), inner)
        ),
        max_leaves=10,
    )
)
def test_any_json_is_read_or_refused_by_path(found: Any) -> None:
    for kind in models.MODELS.values():
        try:
            reading.parse(kind, found)
        except MessageRefused as refused:
            places_named = [finding.path for finding in refused.findings]
            assert all(place.startswith("/") for place in places_named)


@pytest.mark.parametrize(
    "raw",
    [
        b"",
        b"{",
        b"[" * 1_000_000,
        b'"' * 1_000_000,
        b'{"demandSeries": [' + b"{}," * 200_000 + b"{}]}",
        b"1" * 1_000_000,
        b"[" * 200 + b"]" * 200,
        b"[" + b"1," * 7_000_000 + b"1]",
        b"1e999999999",
        b"Infinity",
        '{"a": 1}'.encode("utf-16"),
        b'{"a": "\xc3"}',
    ],
)
def test_hostile_documents_are_refused_within_two_seconds(raw: bytes) -> None:
    started = perf_counter()
    with pytest.raises(MessageRefused) as caught:
        reading.parse(models.MaterialDemand, documents.loads(raw))
    assert caught.value.findings[0].expected
    assert perf_counter() - started < 2
