"""The API description holds what callers need; `make check` holds the committed one against it."""

import json
import re
from typing import Any

import pytest

from collab.integration.description import LABELS, description, description_of
from collab.integration.scopes import SCOPES

LINK = re.compile(r'"#/components/(\w+)/([\w.-]+)"')
UNSAFE = {"post", "put", "patch", "delete"}


def operations() -> list[tuple[str, str, dict[str, Any]]]:
    return [
        (path, method, operation)
        for path, methods in description()["paths"].items()
        for method, operation in methods.items()
    ]


def linked(node: dict[str, Any]) -> dict[str, Any]:
    """Return the node, or the component that it links to."""
    if found := LINK.search(json.dumps(node.get("$ref"))):
        kind, name = found.groups()
        return dict(description()["components"][kind][name])
    return node


def test_each_operation_has_a_name_of_its_own() -> None:
    names = [operation["operationId"] for _, _, operation in operations()]
    assert len(names) == len(set(names)) > 20


@pytest.mark.parametrize("status", ["400", "401", "403", "429", "503"])
def test_refusals_are_described_as_problems(status: str) -> None:
    for path, method, operation in operations():
        content = linked(operation["responses"][status]).get("content", {})
        assert "application/problem+json" in content, (path, method)


def test_writes_take_an_idempotency_key_and_every_operation_a_known_scope() -> None:
    for path, method, operation in operations():
        names = {linked(each)["name"] for each in operation.get("parameters", ())}
        assert ("Idempotency-Key" in names) is (method in UNSAFE), (path, method)
        assert operation["security"], (path, method)
        assert any(f"`{scope}`" in operation["description"] for scope in SCOPES), (path, method)


def test_no_number_of_a_row_is_shown() -> None:
    """Bare integer keys would tell how many rows there are in all."""
    for name, schema in description()["components"]["schemas"].items():
        found = schema.get("properties", {}).get("id", {})
        assert found.get("type") != "integer", name


def test_each_operation_stands_in_one_area_with_all_that_it_links_to() -> None:
    seen: list[tuple[str, str]] = []
    for area in LABELS:
        part = description_of(area)
        seen += [(path, method) for path, methods in part["paths"].items() for method in methods]
        links = set(LINK.findall(json.dumps(part, default=str)))
        held = {(kind, name) for kind, named in part["components"].items() for name in named}
        assert {key for key in held if key[0] != "securitySchemes"} == links, area
        assert part["info"] == description()["info"]
    assert sorted(seen) == sorted((path, method) for path, method, _ in operations())
