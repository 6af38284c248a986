"""Rows of partner access for tests of what the database refuses and hides: keys, webhooks, messages, attempts."""

from datetime import timedelta

from django.utils import timezone

from api.models import ApiKey, IdempotentRequest, TokenSession, WebhookAttempt, WebhookEndpoint, WebhookMessage
from api.services.keys import create_api_key, revoke_api_key
from api.services.webhooks import create_endpoint, roll_secret, send_test, switch_endpoint
from leadsmarket.lib.actor import SYSTEM, Actor, acting_as
from leadsmarket.lib.identifiers import new_id
from tests.personas import Personas


def make_partner_rows(personas: Personas) -> None:
    """Give Atlas, Rif and Salma a key that works and one that is revoked, a webhook that is on and one that is off, and what
    was sent to the first: once delivered, once not yet. Each has a request that may be repeated and a log-in by token.
    """
    for actor in (personas.as_owner, personas.as_other_owner, personas.as_influencer):
        with acting_as(actor):
            create_api_key(name="CRM", scope="write")
            old, _text = create_api_key(name="Ancienne", scope="read")
            revoke_api_key(key_id=old.pk)
            events = ["lead.created", "lead.rejected"]
            on, _secret = create_endpoint(url="https://example.com/on", events=events)
            off, _secret = create_endpoint(url="https://example.com/off", events=events)
            roll_secret(endpoint_id=on.pk)
            switch_endpoint(endpoint_id=off.pk, is_on=False)
            delivered, _waiting = (send_test(endpoint_id=on.pk) for _message in range(2))
            _make_call(actor)
        with acting_as(SYSTEM):
            ApiKey.objects.update(last_used_at=timezone.now())
            WebhookEndpoint.objects.filter(pk=on.pk).update(failing_since=timezone.now())
            WebhookMessage.objects.filter(pk=delivered.pk).update(
                status="delivered", delivered_at=timezone.now(), attempt_count=1, last_status_code=200
            )
            WebhookAttempt.objects.create(message=delivered, number=1, status_code=200, duration=12, answer="ok")


def _make_call(actor: Actor) -> None:
    """Log somebody in by token, and keep the answer of one call."""
    later = timezone.now() + timedelta(days=1)
    TokenSession.objects.create(
        user_id=actor.user_id, current_token_id=new_id(), password_mark="mark", expires_at=later
    )
    IdempotentRequest.objects.create(
        principal_id=actor.user_id,
        user_id=actor.user_id,
        key="order-1",
        body_hash="hash",
        status=200,
        answer="{}",
        expires_at=later,
    )
