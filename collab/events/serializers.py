"""What the audit log's API takes and returns."""

from rest_framework import serializers


class AuditFilter(serializers.Serializer[None]):
    """Filters of the audit log."""

    action = serializers.CharField(required=False, max_length=60, help_text="Such as grant.given")
    since = serializers.DateTimeField(required=False, help_text="Only entries from then on")


class AuditActor(serializers.Serializer[None]):
    """Who did it: a member, an API client, or the platform."""

    kind = serializers.ChoiceField(choices=["person", "client", "platform"])
    id = serializers.UUIDField(allow_null=True, help_text="Of the membership or the API client")


class AuditObject(serializers.Serializer[None]):
    """What it was done to."""

    kind = serializers.CharField()
    id = serializers.CharField()


class AuditRow(serializers.Serializer[None]):
    """One entry of the chain; its hash covers every other field, as canonical JSON (RFC 8785)."""

    tenant = serializers.CharField(help_text="BPN of the organisation whose chain it is")
    number = serializers.IntegerField(help_text="From 1, without gaps")
    at = serializers.CharField(help_text="UTC, with microseconds, as it was hashed")
    actor = AuditActor()
    action = serializers.CharField()
    object = AuditObject()
    change = serializers.DictField(help_text="What was changed, by name")
    previous = serializers.CharField(help_text="Hash of the entry before; 64 zeros at number 1")
    hash = serializers.CharField(help_text="SHA-256, hexadecimal")
