"""Where a side's webhooks go: set up and changed by whoever decides for it."""

import base64
import secrets
from collections.abc import Iterable
from datetime import timedelta
from uuid import UUID

from django.conf import settings
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.audit import record_audit
from api.models import EVENTS_OF_INFLUENCERS, EVENTS_OF_MERCHANTS, WebhookEndpoint, WebhookEvent, WebhookMessage
from api.services.sides import lock_own_side, require_decider
from leadsmarket.lib.actor import SYSTEM, acting_as, acting_user_id, current_actor
from leadsmarket.lib.addresses import AddressRefused, parse_destination
from leadsmarket.lib.errors import InvalidInput, NotFound, Refusal
from leadsmarket.lib.sealing import seal

MOST_ENDPOINTS = 5
"""Of one merchant or influencer."""
OVERLAP = timedelta(hours=24)
"""How long a rolled secret signs beside the new one, so that a receiver can change over without losing anything."""
OffReason = WebhookEndpoint.OffReason


class TooManyEndpoints(Refusal):
    """MOST_ENDPOINTS are there."""

    message = gettext_lazy("You have the greatest number of webhooks. Remove one that you no longer use.")


class EndpointIsOff(Refusal):
    """Nothing is sent to a webhook that is switched off."""

    message = gettext_lazy("This webhook is switched off. Switch it on first.")


@transaction.atomic
def create_endpoint(*, url: str, events: Iterable[str], description: str = "") -> tuple[WebhookEndpoint, str]:
    """Set up a webhook for the actor's side; return it with its secret, which is shown once.

    url: https, on the public internet. events: of EVENTS_OF_MERCHANTS or EVENTS_OF_INFLUENCERS. Raises OnlyTheOwner,
    InvalidInput, TooManyEndpoints.
    """
    values = _checked(url, events, description)
    side = lock_own_side()
    if WebhookEndpoint.objects.filter(**side, deleted_at=None).count() >= MOST_ENDPOINTS:
        raise TooManyEndpoints
    secret = _new_secret()
    endpoint = WebhookEndpoint.objects.create(
        **side, **values, sealed_secret=seal(secret), created_by_id=acting_user_id()
    )
    _audit("created", endpoint, {"url": endpoint.url, "events": endpoint.events})
    return endpoint, secret


@transaction.atomic
def change_endpoint(*, endpoint_id: UUID, url: str, events: Iterable[str], description: str = "") -> WebhookEndpoint:
    """Change where a webhook goes and what it is told; what waits goes to the new address.

    Raises OnlyTheOwner, NotFound (also another's), InvalidInput.
    """
    endpoint = _locked(endpoint_id)
    values = _checked(url, events, description)
    before = {"url": endpoint.url, "events": endpoint.events}
    for name, value in values.items():
        setattr(endpoint, name, value)
    endpoint.save(update_fields=list(values))
    after = {"url": endpoint.url, "events": endpoint.events}
    if after != before:
        _audit("changed", endpoint, {"before": before, "after": after})
    return endpoint


@transaction.atomic
def roll_secret(*, endpoint_id: UUID) -> tuple[WebhookEndpoint, str]:
    """Give a webhook a new secret, shown once; the old one signs too for OVERLAP. Raises OnlyTheOwner, NotFound."""
    endpoint = _locked(endpoint_id)
    secret = _new_secret()
    endpoint.previous_sealed_secret = endpoint.sealed_secret
    endpoint.previous_secret_until = timezone.now() + OVERLAP
    endpoint.sealed_secret = seal(secret)
    endpoint.save(update_fields=["previous_sealed_secret", "previous_secret_until", "sealed_secret"])
    _audit("secret_rolled", endpoint, {})
    return endpoint, secret


@transaction.atomic
def switch_endpoint(*, endpoint_id: UUID, is_on: bool) -> WebhookEndpoint:
    """Switch a webhook on or off. Off: what waits is given up, and events are not kept for later.

    Repeating changes nothing. Raises OnlyTheOwner, NotFound.
    """
    endpoint = _locked(endpoint_id)
    if is_on and not endpoint.is_on:
        endpoint.off_at, endpoint.off_reason, endpoint.failing_since = None, "", None
        endpoint.save(update_fields=["off_at", "off_reason", "failing_since"])
        _audit("switched_on", endpoint, {})
    elif not is_on and endpoint.is_on:
        switch_off(endpoint, OffReason.BY_OWNER)
        _audit("switched_off", endpoint, {"reason": OffReason.BY_OWNER})
    return endpoint


@transaction.atomic
def remove_endpoint(*, endpoint_id: UUID) -> None:
    """Take a webhook away for good; again changes nothing. Raises OnlyTheOwner, NotFound."""
    endpoint = _locked(endpoint_id)
    if endpoint.is_on:
        switch_off(endpoint, OffReason.BY_OWNER)
    endpoint.deleted_at = timezone.now()
    endpoint.save(update_fields=["deleted_at"])
    _audit("removed", endpoint, {"url": endpoint.url})


def switch_off(endpoint: WebhookEndpoint, reason: str) -> None:
    """Stop a webhook whose row the caller has locked, and give up what waits for it."""
    endpoint.off_at, endpoint.off_reason = timezone.now(), reason
    endpoint.save(update_fields=["off_at", "off_reason"])
    with acting_as(SYSTEM):
        WebhookMessage.objects.filter(endpoint=endpoint, status__in=WebhookMessage.WAITING).update(
            status=WebhookMessage.Status.GIVEN_UP
        )


def events_of(role: str) -> tuple[WebhookEvent, ...]:
    """Return what a side can be told of."""
    return EVENTS_OF_MERCHANTS if role == "merchant" else EVENTS_OF_INFLUENCERS


def _checked(url: str, events: Iterable[str], description: str) -> dict[str, object]:
    errors: dict[str, str] = {}
    offered = events_of(current_actor().role)
    chosen = [event.value for event in offered if event.value in set(events)]
    unknown = set(events) - set(chosen)
    try:
        parse_destination(url.strip(), allow_private=settings.WEBHOOKS_ALLOW_PRIVATE)
    except AddressRefused:
        errors["url"] = _("Enter an https:// address on the public internet, such as https://example.com/webhooks.")
    if not chosen or unknown:
        errors["events"] = _("Choose at least one event.")
    if len(description.strip()) > 120:
        errors["description"] = _("At most %(limit)s characters.") % {"limit": 120}
    if errors:
        raise InvalidInput(fields=errors)
    return {"url": url.strip(), "events": chosen, "description": description.strip()}


def _locked(endpoint_id: UUID) -> WebhookEndpoint:
    """Return a webhook of the actor's side, locked. Members see that it is there, and may not change it."""
    if not WebhookEndpoint.objects.filter(pk=endpoint_id, deleted_at=None).exists():
        raise NotFound
    require_decider()
    endpoint = WebhookEndpoint.objects.select_for_update(no_key=True).filter(pk=endpoint_id, deleted_at=None).first()
    if endpoint is None:
        raise NotFound
    return endpoint


def _new_secret() -> str:
    return "whsec_" + base64.b64encode(secrets.token_bytes(32)).decode()


def _audit(what: str, endpoint: WebhookEndpoint, data: dict) -> None:
    record_audit(f"api.webhook.{what}", endpoint, merchant_id=endpoint.merchant_id, data=data)
