"""What the transport views share: scopes, places and figures as interfaces show them."""

from collections.abc import Mapping
from typing import Any

from rest_framework import serializers

from transport.services.places import shown

READ, WRITE = "transport:read", "transport:write"
PLACES = ("origin", "destination", "place")


class PlaceOutput(serializers.Serializer[Any]):
    """A place as it was known when the goods were ordered; ``code`` is <BPN>/<site code>."""

    code = serializers.CharField()
    name = serializers.CharField()
    city = serializers.CharField()
    country = serializers.CharField()
    latitude = serializers.FloatField()
    longitude = serializers.FloatField()
    timezone = serializers.CharField()


class FiguresOutput(serializers.Serializer[Any]):
    """What goods need on a vehicle; null = not known."""

    weight_kg = serializers.CharField(required=False, allow_null=True)
    volume_m3 = serializers.CharField(required=False, allow_null=True)
    pallets = serializers.CharField(required=False, allow_null=True)
    load_metres = serializers.CharField(required=False, allow_null=True)


def as_shown(values: Mapping[str, Any]) -> dict[str, Any]:
    """Return visible values with places in the form that interfaces show."""
    return {
        name: shown(value) if name in PLACES and value is not None else value
        for name, value in values.items()
    }
