"""Serializer fields that say no where the usual ones let something odd through."""

import math
from typing import Any
from zoneinfo import available_timezones

from rest_framework import serializers


class FiniteFloat(serializers.FloatField):
    """A float that is neither NaN nor infinite, however it was written."""

    def to_internal_value(self, data: Any) -> float:
        """Return the number; text like ``nan`` and integers beyond floats are refused."""
        if isinstance(data, bool):
            self.fail("invalid")
        try:
            number = super().to_internal_value(data)
        except OverflowError:
            self.fail("invalid")
        if not math.isfinite(number):
            self.fail("invalid")
        return number


class TimezoneField(serializers.ChoiceField):
    """An IANA time zone, as ``Europe/Bucharest``."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(choices=sorted(available_timezones()), **kwargs)


class ScopesField(serializers.ListField):
    """Some of the scopes a machine may hold, each once."""

    def __init__(self, **kwargs: Any) -> None:
        from collab.integration.scopes import MACHINE_SCOPES

        child = serializers.ChoiceField(choices=sorted(MACHINE_SCOPES))
        super().__init__(child=child, allow_empty=False, max_length=50, **kwargs)

    def to_internal_value(self, data: Any) -> list[Any]:
        """Return the scopes sorted, repetitions dropped."""
        return sorted(set(super().to_internal_value(data)))


class NetworkField(serializers.CharField):
    """An address block in CIDR notation, IPv4 or IPv6."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(max_length=43, **kwargs)

    def to_internal_value(self, data: Any) -> str:
        """Return the block in its usual notation."""
        import ipaddress

        text = super().to_internal_value(data)
        try:
            return str(ipaddress.ip_network(text))
        except ValueError:
            raise serializers.ValidationError("expected a network such as 192.0.2.0/24") from None
