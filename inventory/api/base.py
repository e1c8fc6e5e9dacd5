"""What the REST views of stock share: scopes, names of fields, refusals, lists of rows."""

from collections.abc import Mapping
from typing import Any

from rest_framework import serializers

from collab.integration.problems import FieldError
from collab.masterdata.refusals import Refused

READ, WRITE = "inventory:read", "inventory:write"
RENAMED = {"site_code": "site"}
MOST_ROWS = 500


def error_of(refused: Refused) -> FieldError:
    """Return a service's refusal as the API tells it."""
    return FieldError(refused.field, refused.expected, refused.value)


def row_errors(checked: serializers.Serializer[Any], data: Mapping[str, Any]) -> list[FieldError]:
    """Return what is wrong with one row: unknown fields if it is else valid, else each field."""
    if checked.is_valid():
        unknown = sorted(set(data) - set(checked.fields))
        return [FieldError(name, "no such field", data[name]) for name in unknown[:1]]
    return [
        FieldError(field, str(messages[0]).removesuffix("."), data.get(field), str(messages[0]))
        for field, messages in checked.errors.items()
    ]
