"""API-04: the daily aspects against their published schemas, value by value, in and out."""

import copy
import json
from functools import cache
from typing import Any

import pytest
from jsonschema import Draft4Validator  # type: ignore[import-untyped]

from collab.integration.catenax import documents, models, reading
from collab.integration.inbox.envelopes import open_envelope
from collab.integration.inbox.findings import MessageRefused
from tests.integration.edi_samples import sample
from tests.integration.test_catenax import WRONG, changed, places, without

ASSET = "urn:uuid:48878d48-6f1d-47f5-8ded-a441d0d879df"
AT = "2026-11-05T08:15:30.123-05:00"
FILES = {
    "item_stock": "ItemStock",
    "days_of_supply": "DaysOfSupply",
    "delivery_information": "DeliveryInformation",
    "planned_production_output": "PlannedProductionOutput",
}
WRITTEN: dict[str, Any] = {  # none is published of these
    "days_of_supply": {
        "materialGlobalAssetId": ASSET,
        "direction": "OUTBOUND",
        "allocatedDaysOfSupply": [
            {
                "amountOfAllocatedDaysOfSupply": [
                    {"date": "2026-11-05T00:00:00Z", "daysOfSupply": 2},
                    {"date": "2026-11-06T00:00:00Z", "daysOfSupply": 0.75},
                ],
                "stockLocationBPNS": "BPNS1234567890ZZ",
                "stockLocationBPNA": "BPNA1234567890ZZ",
                "lastUpdatedOnDateTime": AT,
            }
        ],
    },
    "planned_production_output": {
        "materialGlobalAssetId": ASSET,
        "positions": [
            {
                "orderPositionReference": {
                    "customerOrderId": "C-1",
                    "customerOrderPositionId": "1",
                },
                "allocatedPlannedProductionOutputs": [
                    {
                        "plannedProductionQuantity": {"value": 20.5, "unit": "unit:kilogram"},
                        "productionSiteBpns": "BPNS1234567890ZZ",
                        "estimatedTimeOfCompletion": AT,
                        "lastUpdatedOnDateTime": AT,
                    }
                ],
            }
        ],
    },
}
BROKEN = (  # models of others whose published sample breaks its own schema (SOURCE.txt)
    ("just_in_sequence_part", "3.0.0", "JustInSequencePart"),
    ("global_transport_label", "1.0.0", "GlobalTransportLabel"),
)


@cache
def validator(model: str) -> Draft4Validator:
    """Return the published schema as a judge."""
    return Draft4Validator(
        json.loads(sample("catenax", model, "2.0.0", f"{FILES[model]}-schema.json"))
    )


def document(model: str) -> Any:
    """Return a full, good document of a model."""
    if model in WRITTEN:
        return copy.deepcopy(WRITTEN[model])
    return json.loads(sample("catenax", model, "2.0.0", f"{FILES[model]}.json"))


def refusals(model: str, found: Any) -> list[str]:
    try:
        reading.parse(models.MODELS[model], found)
    except MessageRefused as refused:
        return [finding.path for finding in refused.findings]
    return []


@pytest.mark.parametrize("model", FILES)
def test_a_document_is_accepted_and_written_back_equal(model: str) -> None:
    found = document(model)
    found["x-more"] = {"kept": [1]}
    assert not list(validator(model).iter_errors(found))
    written = documents.dumps(reading.write(reading.parse(models.MODELS[model], found)))
    assert documents.loads(written) == documents.loads(json.dumps(found).encode())
    assert not list(validator(model).iter_errors(json.loads(written)))
    assert models.model_of(found) == model


@pytest.mark.parametrize("model", FILES)
def test_every_changed_value_has_the_verdict_of_the_schema(model: str) -> None:
    """We are stricter in one thing: a time has its zone."""
    good, refused = document(model), 0
    for path in places(good):
        mutants = [(changed(good, path, value), value) for value in WRONG]
        if path:
            mutants.append((without(good, path), None))
        for mutant, value in mutants:
            ours = refusals(model, mutant)
            if value == "2026-11-23T08:15:30":
                continue
            assert bool(ours) == bool(list(validator(model).iter_errors(mutant))), (path, value)
            refused += bool(ours)
    assert refused > 100


def test_a_time_without_a_zone_is_refused_by_its_place() -> None:
    found = document("item_stock")
    found["positions"][0]["allocatedStocks"][0]["lastUpdatedOnDateTime"] = "2026-11-23T08:15:30"
    assert refusals("item_stock", found) == ["/positions/0/allocatedStocks/0/lastUpdatedOnDateTime"]


def test_a_message_is_its_header_and_its_content() -> None:
    header = json.loads(
        sample("catenax", "shared.message_header", "3.0.0", "MessageHeaderAspect.json")
    )
    message = {**header, "content": document("item_stock")}
    envelope = open_envelope(json.dumps(message).encode())
    assert (envelope.kind, envelope.findings) == ("catenax:item_stock", ())
    assert envelope.documents[0].header.sender == "BPNL7588787849VQ"
    del message["header"]["senderBpn"]
    message["content"]["direction"] = "SIDEWAYS"
    paths = {each.path for each in open_envelope(json.dumps(message).encode()).findings}
    assert paths == {"/header", "/content/direction"}


def test_a_batch_made_at_no_certain_time_is_refused_by_its_place() -> None:
    envelope = open_envelope(sample("catenax", "batch", "3.0.0", "Batch.json"))
    assert envelope.kind == "catenax:batch"
    assert [each.path for each in envelope.findings] == ["/manufacturingInformation/date"]


@pytest.mark.parametrize(("model", "version", "name"), BROKEN)
def test_samples_of_other_models_are_refused_whole(model: str, version: str, name: str) -> None:
    raw = sample("catenax", model, version, f"{name}.json")
    [finding] = open_envelope(raw).findings
    assert finding.code == "unknown-kind"
