"""Outgoing webhooks (docs/partner-access.md): endpoints, messages written with their cause, sending, the log."""

from api.services.webhooks.endpoints import (
    EndpointIsOff,
    TooManyEndpoints,
    change_endpoint,
    create_endpoint,
    remove_endpoint,
    roll_secret,
    switch_endpoint,
)
from api.services.webhooks.messages import (
    Happening,
    erase_messages_about,
    forget_old_messages,
    is_wanted,
    tell_partners,
)
from api.services.webhooks.sending import queue_endpoint, send_due_webhooks, send_endpoint_messages, send_message
from api.services.webhooks.wishes import resend_message, send_test

__all__ = [
    "EndpointIsOff",
    "Happening",
    "TooManyEndpoints",
    "change_endpoint",
    "create_endpoint",
    "erase_messages_about",
    "forget_old_messages",
    "is_wanted",
    "queue_endpoint",
    "remove_endpoint",
    "resend_message",
    "roll_secret",
    "send_due_webhooks",
    "send_endpoint_messages",
    "send_message",
    "send_test",
    "switch_endpoint",
    "tell_partners",
]
