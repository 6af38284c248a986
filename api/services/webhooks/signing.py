"""The headers of a webhook in the Standard Webhooks format."""

from datetime import UTC, datetime

from standardwebhooks import Webhook

from api.models import WebhookEndpoint, WebhookMessage
from leadsmarket.lib.sealing import unseal


def signed_headers(message: WebhookMessage, endpoint: WebhookEndpoint, *, now: datetime) -> dict[str, str]:
    """Return `webhook-id`, `webhook-timestamp` and `webhook-signature` of an attempt made `now`.

    The signature is HMAC-SHA256 over id, timestamp and body; two of them, separated by a space, while a rolled secret still
    counts. Raises NotOurs where no key of ours opens the secret.
    """
    moment = now.astimezone(UTC)
    sealed = [endpoint.sealed_secret]
    if endpoint.previous_secret_until and endpoint.previous_secret_until > now:
        sealed.append(endpoint.previous_sealed_secret)
    signatures = [Webhook(unseal(secret)).sign(message.webhook_id, moment, message.body) for secret in sealed]
    return {
        "webhook-id": message.webhook_id,
        "webhook-timestamp": str(int(moment.timestamp())),
        "webhook-signature": " ".join(signatures),
    }
