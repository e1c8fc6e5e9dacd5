"""The AsyncAPI description says what the code sends and receives (API-07)."""

import re
from io import StringIO
from pathlib import Path
from typing import Any

import jsonschema  # type: ignore[import-untyped]
import pytest
import yaml
from django.core.management import call_command

from collab.integration.mqtt.topics import FROM_NODES, parse_topic
from collab.live.topics import known_topics
from collab.shell.asyncapi import TRACKING_STREAM, description
from inventory.services import epcis_streams

KEPT = Path(__file__).resolve().parents[2] / "docs" / "reference" / "asyncapi.yaml"


def resolved(document: dict[str, Any], reference: str) -> Any:
    found: Any = document
    for step in reference.removeprefix("#/").split("/"):
        found = found[step]
    return found


def references(node: Any) -> list[str]:
    if isinstance(node, dict):
        inner = [each for value in node.values() for each in references(value)]
        return [*inner, *([node["$ref"]] if "$ref" in node else [])]
    return [each for value in node for each in references(value)] if isinstance(node, list) else []


@pytest.fixture(autouse=True)
def only_the_code_s(monkeypatch: pytest.MonkeyPatch) -> None:
    """Leave out topics that tests made known."""
    known = {name: topic for name, topic in known_topics().items() if not name.startswith("test.")}
    monkeypatch.setattr("collab.live.topics._topics", known)


def test_the_kept_description_is_the_code_s() -> None:
    out = StringIO()
    call_command("asyncapi", stdout=out)
    assert KEPT.read_text(encoding="utf-8") == out.getvalue(), (
        "run: manage.py asyncapi > docs/reference/asyncapi.yaml"
    )
    assert yaml.safe_load(out.getvalue()) == description()


def test_it_is_whole_and_every_reference_leads_somewhere() -> None:
    document = description()
    assert document["asyncapi"].startswith("3.0.")
    assert {"title", "version"} <= set(document["info"])
    for reference in references(document):
        assert resolved(document, reference), reference
    for operation in document["operations"].values():
        assert operation["action"] in {"send", "receive"}
    for channel in document["channels"].values():
        assert set(re.findall(r"{(\w+)}", channel["address"])) == set(channel.get("parameters", {}))


def test_topics_and_addresses_are_those_in_use() -> None:
    document = description()
    frame = document["components"]["schemas"]["Frame"]
    assert frame["properties"]["t"]["enum"] == list(known_topics())
    assert TRACKING_STREAM.startswith(epcis_streams.PREFIX)
    heard = [document["channels"][f"sparkplug{kind}"] for kind in FROM_NODES]
    for channel in (*heard, document["channels"]["readings"]):
        parse_topic(re.sub(r"{(\w+)}", r"\1", channel["address"]))


def test_the_example_of_the_how_to_is_a_message() -> None:
    text = (KEPT.parents[1] / "howto" / "connect-a-device.md").read_text(encoding="utf-8")
    examples = re.findall(r"```json\n(.*?)```", text, re.DOTALL)
    assert examples
    document = description()
    schema = {"$ref": "#/components/schemas/Message", **document}
    for each in examples:
        jsonschema.validate(yaml.safe_load(each), schema)
