"""What the API remembers: answers to repeated requests, log-ins by token, keys of partners, webhooks to them."""

from api.models.idempotency import IdempotentRequest
from api.models.keys import ApiKey
from api.models.sessions import TokenSession
from api.models.webhooks import (
    EVENTS_OF_INFLUENCERS,
    EVENTS_OF_MERCHANTS,
    WebhookAttempt,
    WebhookEndpoint,
    WebhookEvent,
    WebhookMessage,
)

__all__ = [
    "EVENTS_OF_INFLUENCERS",
    "EVENTS_OF_MERCHANTS",
    "ApiKey",
    "IdempotentRequest",
    "TokenSession",
    "WebhookAttempt",
    "WebhookEndpoint",
    "WebhookEvent",
    "WebhookMessage",
]
