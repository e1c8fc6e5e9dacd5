"""OAuth 2.0 clients: the second way, beside API keys, for a partner's system to sign in."""

from typing import Any, ClassVar

from django.contrib.postgres.fields import ArrayField
from django.db import models
from oauth2_provider.models import AbstractApplication, ApplicationManager
from uuid_utils.compat import uuid7

from collab.organisations.models import ApiClient
from collab.organisations.owned import OwnedForeignKey
from collab.organisations.walls import OwnWalls, SameOwner

_PRESENTED = "encode(sha256(convert_to(client_id, 'UTF8')), 'hex') = (SELECT collab.credential())"


class OAuthApplication(AbstractApplication):  # type: ignore[misc]
    """An API client's OAuth identity; client credentials are the only grant.

    Readable by its owner, and by whoever presents its client id. That id is the row's own key,
    so that a token, which names the row, leads to it as well.
    """

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    owner = models.ForeignKey(
        "organisations.Organisation", on_delete=models.PROTECT, related_name="+", editable=False
    )
    api_client = OwnedForeignKey(ApiClient, on_delete=models.CASCADE)
    scopes = ArrayField(models.CharField(max_length=40))
    networks = ArrayField(models.CharField(max_length=43), default=list, blank=True)
    revoked_at = models.DateTimeField(null=True, blank=True)

    objects: ClassVar[ApplicationManager] = ApplicationManager()

    class Meta(AbstractApplication.Meta):  # type: ignore[misc]
        abstract = False
        constraints: ClassVar[list[Any]] = [
            OwnWalls(also_read=_PRESENTED),
            SameOwner("api_client", on_delete="CASCADE"),
        ]
