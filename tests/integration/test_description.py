"""The committed API description is the one the code gives, and holds what callers need."""

from pathlib import Path
from typing import Any

import pytest
import yaml

from collab.integration.api import description
from collab.integration.scopes import SCOPES

COMMITTED = Path(__file__).resolve().parents[2] / "docs" / "reference" / "openapi.yaml"
UNSAFE = {"post", "put", "patch", "delete"}


def operations() -> list[tuple[str, str, dict[str, Any]]]:
    return [
        (path, method, operation)
        for path, methods in description()["paths"].items()
        for method, operation in methods.items()
    ]


def test_the_committed_description_has_not_drifted() -> None:
    committed = yaml.load(COMMITTED.read_text(encoding="utf-8"), yaml.CSafeLoader)
    now = yaml.dump(_plain(description()), Dumper=yaml.CSafeDumper)
    assert committed == yaml.load(now, yaml.CSafeLoader)


def test_each_operation_has_a_name_of_its_own() -> None:
    names = [operation["operationId"] for _, _, operation in operations()]
    assert len(names) == len(set(names)) > 20


@pytest.mark.parametrize("status", ["400", "401", "403", "429", "503"])
def test_refusals_are_described_as_problems(status: str) -> None:
    for path, method, operation in operations():
        content = operation["responses"][status].get("content", {})
        assert "application/problem+json" in content, (path, method)


def test_writes_take_an_idempotency_key_and_every_operation_a_known_scope() -> None:
    for path, method, operation in operations():
        names = {each["name"] for each in operation.get("parameters", ())}
        assert ("Idempotency-Key" in names) is (method in UNSAFE), (path, method)
        assert operation["security"], (path, method)
        assert any(f"`{scope}`" in operation["description"] for scope in SCOPES), (path, method)


def test_no_number_of_a_row_is_shown() -> None:
    """Bare integer keys would tell how many rows there are in all."""
    for name, schema in description()["components"]["schemas"].items():
        found = schema.get("properties", {}).get("id", {})
        assert found.get("type") != "integer", name


def _plain(value: Any) -> Any:
    if isinstance(value, dict):
        return {str(key): _plain(each) for key, each in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(each) for each in value]
    return value if isinstance(value, bool | int | float | None) else str(value)
