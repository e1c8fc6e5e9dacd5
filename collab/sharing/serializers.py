"""The forms in which partnerships and sharing agreements go in and out."""

from typing import Any

from rest_framework import serializers

from collab.organisations.models import Organisation
from collab.sharing.models import Partnership

BPN = r"^BPNL[0-9A-Z]{12}$"
FIELD = r"^[a-z][a-z0-9_]*$"


class PartnerRow(serializers.Serializer[Any]):
    """A partner, and what it is to us; who it was is hidden once the partnership has ended."""

    bpn = serializers.CharField(allow_null=True)
    name = serializers.CharField(allow_null=True)
    short_name = serializers.CharField(allow_null=True)
    kind = serializers.ChoiceField(choices=Organisation.Kind.choices, allow_null=True)
    country = serializers.CharField(allow_null=True)
    relation = serializers.ChoiceField(choices=["customer", "supplier"])
    partnership = serializers.UUIDField()
    state = serializers.ChoiceField(choices=Partnership.State.choices)


class PartnerFilter(serializers.Serializer[Any]):
    """Which partners."""

    state = serializers.ChoiceField(choices=Partnership.State.choices, required=False)
    relation = serializers.ChoiceField(choices=["customer", "supplier"], required=False)


class PartnerCode(serializers.Serializer[Any]):
    """The code by which others can invite us."""

    code = serializers.CharField()


class PartnershipInput(serializers.Serializer[Any]):
    """An invitation."""

    code = serializers.CharField(max_length=100, help_text="The partner code of the other side.")
    acting_is_customer = serializers.BooleanField()


class PartnershipStep(serializers.Serializer[Any]):
    """A step in the life of a partnership."""

    step = serializers.ChoiceField(choices=["accept", "suspend", "resume", "end"])


class PartnershipRow(serializers.Serializer[Any]):
    """A partnership as both ends see it."""

    id = serializers.UUIDField()
    customer = serializers.CharField(allow_null=True)
    supplier = serializers.CharField(allow_null=True)
    invited_by = serializers.CharField(allow_null=True)
    state = serializers.ChoiceField(choices=Partnership.State.choices)
    accepted_at = serializers.DateTimeField(allow_null=True)
    version = serializers.IntegerField()


class GrantInput(serializers.Serializer[Any]):
    """A sharing agreement as offered."""

    viewer = serializers.CharField(max_length=100, help_text="BPN or partner code of the reader.")
    about = serializers.CharField(
        max_length=100,
        required=False,
        help_text="BPN of the business shown; the reader's if absent.",
    )
    topic = serializers.CharField(max_length=40)
    fields_shown = serializers.ListField(
        child=serializers.RegexField(FIELD, max_length=40), required=False, max_length=60
    )
    purpose = serializers.CharField(max_length=200)
    agreement = serializers.CharField(max_length=80, required=False, allow_blank=True)
    is_onward_allowed = serializers.BooleanField(required=False)
    valid_from = serializers.DateTimeField(required=False)
    valid_to = serializers.DateTimeField(required=False, allow_null=True)

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        """Refuse an agreement that would end before it begins."""
        first, last = attrs.get("valid_from"), attrs.get("valid_to")
        if first and last and last <= first:
            raise serializers.ValidationError({"valid_to": "expected a time after valid_from"})
        return attrs


class GrantRow(serializers.Serializer[Any]):
    """A sharing agreement as its ends see it; an end that is hidden from the caller is null."""

    id = serializers.UUIDField()
    owner = serializers.CharField(allow_null=True)
    viewer = serializers.CharField(allow_null=True)
    about = serializers.CharField(allow_null=True)
    topic = serializers.CharField()
    fields_shown = serializers.ListField(child=serializers.CharField())
    purpose = serializers.CharField()
    agreement = serializers.CharField()
    is_onward_allowed = serializers.BooleanField()
    valid_from = serializers.DateTimeField()
    valid_to = serializers.DateTimeField(allow_null=True)
    revoked_at = serializers.DateTimeField(allow_null=True)
    about_consented_at = serializers.DateTimeField(allow_null=True)
    is_paused = serializers.BooleanField(help_text="While a partnership behind it is suspended")


class GrantFilter(serializers.Serializer[Any]):
    """Which agreements."""

    topic = serializers.CharField(required=False, max_length=40)
    side = serializers.ChoiceField(choices=["given", "received", "about_us"], required=False)
    is_live = serializers.BooleanField(required=False, allow_null=True, default=None)


class GrantStep(serializers.Serializer[Any]):
    """A step in the life of an agreement."""

    step = serializers.ChoiceField(choices=["consent", "withdraw_consent", "revoke"])


class PreviewFilter(serializers.Serializer[Any]):
    """Whose eyes to look through."""

    viewer = serializers.RegexField(BPN)


class PreviewRow(serializers.Serializer[Any]):
    """What one viewer sees of one of our tables."""

    topic = serializers.CharField()
    table = serializers.CharField()
    about = serializers.ListField(child=serializers.CharField())
    fields_shown = serializers.ListField(child=serializers.CharField(), allow_null=True)
    count = serializers.IntegerField()
    sample = serializers.ListField(child=serializers.DictField())


class AccessReadRow(serializers.Serializer[Any]):
    """Reads of our rows by one viewer within one minute."""

    id = serializers.UUIDField()
    viewer = serializers.CharField(allow_null=True)
    topic = serializers.CharField()
    minute = serializers.DateTimeField()
    reads = serializers.IntegerField()
    rows = serializers.IntegerField()


class AccessFilter(serializers.Serializer[Any]):
    """Which reads."""

    topic = serializers.CharField(required=False, max_length=40)
    since = serializers.DateTimeField(required=False)
