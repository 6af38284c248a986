"""What a side's people see of its keys and webhooks; row security leaves only their own."""

from uuid import UUID

from django.db.models import F, Q, QuerySet

from api.models import ApiKey, WebhookEndpoint, WebhookMessage


def api_keys() -> QuerySet[ApiKey]:
    """Return the actor's keys: those that work first, the latest first."""
    return ApiKey.objects.select_related("created_by").order_by(F("revoked_at").asc(nulls_first=True), "-created_at")


def webhook_endpoints() -> QuerySet[WebhookEndpoint]:
    """Return the actor's webhooks in the order they were set up."""
    return WebhookEndpoint.objects.filter(deleted_at=None).order_by("id")


def webhook_messages(endpoint_id: UUID, *, event: str = "", status: str = "") -> QuerySet[WebhookMessage]:
    """Return what was or will be sent to a webhook, without the bodies; filters that are empty leave all."""
    wanted = Q(endpoint_id=endpoint_id)
    if event:
        wanted &= Q(event=event)
    if status:
        wanted &= Q(status=status)
    return WebhookMessage.objects.filter(wanted).defer("body")


def webhook_message(message_id: UUID) -> WebhookMessage | None:
    """Return one message with its webhook; None for another's and for those of a webhook that was removed."""
    found = WebhookMessage.objects.select_related("endpoint").filter(pk=message_id, endpoint__deleted_at=None)
    return found.first()
