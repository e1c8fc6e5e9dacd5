"""``policy.yaml`` names every operation with its scope, its roles and every field it shows."""

from pathlib import Path
from typing import Any

import yaml

from collab.integration.description import description
from collab.integration.scopes import MACHINE_SCOPES, OF_ROLE, SCOPES

POLICY = Path(__file__).resolve().parents[2] / "policy.yaml"


def served() -> dict[str, dict[str, Any]]:
    """Return what the code says, in the form of the file."""
    schemas = description()["components"]["schemas"]
    found = {}
    for path, methods in description()["paths"].items():
        for method, operation in methods.items():
            scope = next(s for s in SCOPES if f"`{s}`" in operation["description"])
            found[f"{method.upper()} {path}"] = {
                "scope": scope,
                "roles": sorted(role for role, held in OF_ROLE.items() if scope in held),
                "machines": scope in MACHINE_SCOPES,
                "shows": sorted(_fields(operation, schemas)),
            }
    return found


def _fields(operation: dict[str, Any], schemas: dict[str, Any]) -> set[str]:
    shown: set[str] = set()
    for status, response in operation["responses"].items():
        if status.startswith("2"):
            for content in response.get("content", {}).values():
                shown |= _names(content["schema"], schemas)
    return shown


def _names(schema: dict[str, Any], schemas: dict[str, Any]) -> set[str]:
    if "$ref" in schema:
        return _names(schemas[schema["$ref"].rpartition("/")[2]], schemas)
    if schema.get("type") == "array":
        return _names(schema["items"], schemas)
    names: set[str] = set()
    for name, inner in schema.get("properties", {}).items():
        is_page = name == "items" and "next" in schema["properties"]
        if is_page:
            names |= _names(inner, schemas)
        elif name != "next":
            names.add(name)
    return names


def test_the_policy_names_every_operation_and_field() -> None:
    policy = yaml.safe_load(POLICY.read_text(encoding="utf-8"))
    assert set(policy["roles"]) == set(OF_ROLE)
    written, real = policy["operations"], served()
    assert set(written) == set(real)
    for name, rules in real.items():
        assert written[name] == rules, name


def test_no_operation_opens_writing_to_viewers() -> None:
    for name, rules in served().items():
        if rules["scope"].endswith(":write"):
            assert "viewer" not in rules["roles"], name
        assert "admin" in rules["roles"], name
