"""The forms in which an organisation's own records go in and out."""

from datetime import timedelta
from typing import Any

from django.utils import timezone
from rest_framework import serializers

from collab.integration.fields import FiniteFloat, NetworkField, ScopesField, TimezoneField
from collab.organisations.models import Membership, Organisation, Site

COUNTRY = r"^[A-Z]{2}$"
_LONGEST_KEY_LIFE = timedelta(days=730)


class OrganisationRow(serializers.Serializer[Any]):
    """An organisation as its own people and partners see it."""

    bpn = serializers.CharField()
    name = serializers.CharField()
    short_name = serializers.CharField()
    kind = serializers.ChoiceField(choices=Organisation.Kind.choices)
    country = serializers.CharField()


class OwnOrganisation(OrganisationRow):
    """The caller's own organisation."""

    slug = serializers.CharField()
    timezone = serializers.CharField()
    duns = serializers.CharField()


class SiteInput(serializers.Serializer[Any]):
    """A site as sent."""

    code = serializers.RegexField(r"^[A-Za-z0-9][A-Za-z0-9._/-]*$", max_length=20)
    name = serializers.CharField(max_length=80)
    kind = serializers.ChoiceField(choices=Site.Kind.choices)
    country = serializers.RegexField(COUNTRY)
    city = serializers.CharField(max_length=60)
    latitude = FiniteFloat(min_value=-90, max_value=90)
    longitude = FiniteFloat(min_value=-180, max_value=180)
    timezone = TimezoneField(required=False)
    bpn = serializers.RegexField(r"^BPNS[0-9A-Z]{12}$", required=False, allow_blank=True)
    gln = serializers.RegexField(r"^[0-9]{13}$", required=False, allow_blank=True)
    locode = serializers.RegexField(r"^[A-Z]{2}[A-Z2-9]{3}$", required=False, allow_blank=True)


class SiteRow(serializers.Serializer[Any]):
    """A site as shown."""

    id = serializers.UUIDField()
    code = serializers.CharField()
    name = serializers.CharField()
    kind = serializers.ChoiceField(choices=Site.Kind.choices)
    country = serializers.CharField()
    city = serializers.CharField()
    latitude = serializers.FloatField()
    longitude = serializers.FloatField()
    timezone = serializers.CharField()
    bpn = serializers.CharField()
    gln = serializers.CharField()
    locode = serializers.CharField()
    version = serializers.IntegerField()


class SiteFilter(serializers.Serializer[Any]):
    """Which sites."""

    code = serializers.CharField(required=False, max_length=20)
    kind = serializers.ChoiceField(choices=Site.Kind.choices, required=False)


class MemberInput(serializers.Serializer[Any]):
    """An invitation."""

    email = serializers.EmailField(max_length=254)
    name = serializers.CharField(max_length=80)
    role = serializers.ChoiceField(choices=Membership.Role.choices)
    site = serializers.CharField(
        max_length=20, required=False, allow_null=True, default=None,
        help_text="Code of the one site the role is at; left out: all sites.",
    )  # fmt: skip


class MemberChange(serializers.Serializer[Any]):
    """A change of a membership."""

    role = serializers.ChoiceField(choices=Membership.Role.choices, required=False)
    is_active = serializers.BooleanField(required=False)
    site = serializers.CharField(
        max_length=20, required=False, allow_null=True,
        help_text="Code of the one site the role is at; null: all sites.",
    )  # fmt: skip


class MemberRow(serializers.Serializer[Any]):
    """A member as the own organisation sees it."""

    id = serializers.UUIDField()
    email = serializers.CharField(source="person.email")
    name = serializers.CharField(source="person.name")
    role = serializers.ChoiceField(choices=Membership.Role.choices)
    site = serializers.CharField(source="site.code", default=None, allow_null=True)
    is_active = serializers.BooleanField()


class ClientInput(serializers.Serializer[Any]):
    """A new API client."""

    name = serializers.CharField(max_length=80)


class ClientChange(serializers.Serializer[Any]):
    """A client let in or kept out."""

    is_active = serializers.BooleanField()


class ClientRow(serializers.Serializer[Any]):
    """An API client as shown."""

    id = serializers.UUIDField()
    name = serializers.CharField()
    is_active = serializers.BooleanField()
    created_at = serializers.DateTimeField()


class KeyInput(serializers.Serializer[Any]):
    """The rights of a new key."""

    scopes = ScopesField()
    networks = serializers.ListField(child=NetworkField(), required=False, max_length=20)
    expires_at = serializers.DateTimeField(required=False)

    def validate_expires_at(self, value: Any) -> Any:
        """Refuse a time that has passed or lies more than two years ahead."""
        now = timezone.now()
        if not now < value <= now + _LONGEST_KEY_LIFE:
            raise serializers.ValidationError("expected a time within the next two years")
        return value


class KeyRow(serializers.Serializer[Any]):
    """A key as shown: never its secret."""

    id = serializers.UUIDField()
    prefix = serializers.CharField()
    scopes = serializers.ListField(child=serializers.CharField())
    networks = serializers.ListField(child=serializers.CharField())
    created_at = serializers.DateTimeField()
    expires_at = serializers.DateTimeField()
    revoked_at = serializers.DateTimeField(allow_null=True)
    last_used_at = serializers.DateTimeField(allow_null=True)


class IssuedKeyRow(KeyRow):
    """A key just issued; ``secret`` is null when the same request is repeated."""

    secret = serializers.CharField(allow_null=True)
