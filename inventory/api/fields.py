"""What a serializer shows, by name."""

from collections.abc import Collection
from typing import Any

from rest_framework import serializers


def shown(
    row: object, serializer: type[serializers.Serializer[Any]], besides: Collection[str] = ()
) -> dict[str, Any]:
    """Return the attributes of ``row`` that the serializer names, without those ``besides``."""
    names = serializer().get_fields()
    return {name: getattr(row, name) for name in names if name not in besides}
