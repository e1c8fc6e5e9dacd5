"""OAuth identities of API clients: given, and taken back."""

import secrets
from collections.abc import Sequence
from dataclasses import dataclass

from django.db import transaction
from django.utils import timezone
from oauth2_provider.models import get_access_token_model
from uuid_utils.compat import uuid7

from collab.integration.models import OAuthApplication
from collab.organisations.context import acting_organisation_id
from collab.organisations.models import ApiClient


@dataclass(frozen=True, slots=True)
class IssuedIdentity:
    """Client id and secret; the secret is shown this once and stored as a hash."""

    application: OAuthApplication
    secret: str


@transaction.atomic
def give_oauth_identity(
    client: ApiClient, *, scopes: Sequence[str], networks: Sequence[str] = ()
) -> IssuedIdentity:
    """Let an API client fetch access tokens by client credentials, each good for 15 minutes."""
    key, secret = uuid7(), secrets.token_urlsafe(32)
    application = OAuthApplication.objects.create(
        id=key,
        client_id=str(key),  # a token leads to the row by this, see the model
        client_secret=secret,
        name=client.name,
        owner_id=acting_organisation_id(),
        api_client=client,
        client_type=OAuthApplication.CLIENT_CONFIDENTIAL,
        authorization_grant_type=OAuthApplication.GRANT_CLIENT_CREDENTIALS,
        scopes=list(scopes),
        networks=list(networks),
    )
    return IssuedIdentity(application, secret)


@transaction.atomic
def revoke_oauth_identity(application: OAuthApplication) -> None:
    """Stop an identity and all its tokens from the next call on."""
    application.revoked_at = timezone.now()
    application.save(update_fields=["revoked_at"])
    get_access_token_model().objects.filter(application=application).delete()
