"""Tables of the doors to other systems."""

from collab.integration.models.idempotency import IdempotencyKey
from collab.integration.models.imports import ColumnMatch, ImportBatch, ImportFile, ImportRow
from collab.integration.models.messages import InboundMessage, OutboundMessage, PartnerProfile
from collab.integration.models.oauth import OAuthApplication
from collab.integration.models.webhooks import WebhookAttempt, WebhookDelivery, WebhookEndpoint

__all__ = [
    "ColumnMatch",
    "IdempotencyKey",
    "ImportBatch",
    "ImportFile",
    "ImportRow",
    "InboundMessage",
    "OAuthApplication",
    "OutboundMessage",
    "PartnerProfile",
    "WebhookAttempt",
    "WebhookDelivery",
    "WebhookEndpoint",
]
