"""What a provider says of an e-mail after taking it, by django-anymail's webhooks; see docs/emails.md."""

from uuid import UUID

from anymail.signals import AnymailTrackingEvent, EventType, tracking
from django.conf import settings
from django.dispatch import receiver
from django.http import Http404, HttpRequest, HttpResponse
from django.utils.module_loading import import_string
from django.views.decorators.csrf import csrf_exempt

from alerts.kinds import ChannelName
from alerts.services.callbacks import Outcome, note_status
from leadsmarket.lib.transactions import manages_transactions

VIEWS = {
    "brevo": "brevo.BrevoTrackingWebhookView",
    "mailersend": "mailersend.MailerSendTrackingWebhookView",
    "mailgun": "mailgun.MailgunTrackingWebhookView",
    "mailjet": "mailjet.MailjetTrackingWebhookView",
    "postmark": "postmark.PostmarkTrackingWebhookView",
    "resend": "resend.ResendTrackingWebhookView",
    "sparkpost": "sparkpost.SparkPostTrackingWebhookView",
}
OUTCOMES = {
    EventType.DELIVERED: Outcome.DELIVERED,
    EventType.OPENED: Outcome.DELIVERED,
    EventType.CLICKED: Outcome.DELIVERED,
    EventType.BOUNCED: Outcome.BOUNCED,
    EventType.REJECTED: Outcome.BOUNCED,
    EventType.FAILED: Outcome.FAILED,
    EventType.COMPLAINED: Outcome.BOUNCED,
}
BAD_ADDRESS = ("bounced", "invalid", "spam", "unsubscribed")
"""Reasons for which nothing more is sent there; `blocked` and the like may pass."""


@csrf_exempt
@manages_transactions
def email_events(request: HttpRequest) -> HttpResponse:
    """Take events of the provider that sends our e-mails; its signature or EMAIL_WEBHOOK_SECRET is checked by anymail."""
    if settings.EMAIL_PROVIDER not in VIEWS or not settings.ANYMAIL.get("WEBHOOK_SECRET"):
        raise Http404
    view = import_string(f"anymail.webhooks.{VIEWS[settings.EMAIL_PROVIDER]}").as_view()
    return view(request)


@receiver(tracking, dispatch_uid="alerts.email_tracking")
def follow_email(*, event: AnymailTrackingEvent, **_signal: object) -> None:
    """Note whether an e-mail arrived; an address that bounced or complained gets no more."""
    outcome = OUTCOMES.get(event.event_type)
    if outcome is None:
        return
    named = (event.metadata or {}).get("delivery_id", "")
    bad_address = event.event_type == EventType.COMPLAINED or (
        event.event_type in (EventType.BOUNCED, EventType.REJECTED) and event.reject_reason in BAD_ADDRESS
    )
    note_status(
        outcome,
        channel=ChannelName.EMAIL,
        delivery_id=_id(named),
        provider_id=event.message_id or "",
        reason=" ".join(filter(None, (event.reject_reason, event.description, event.mta_response)))[:500],
        bad_address=bad_address,
    )


def _id(text: str) -> UUID | None:
    try:
        return UUID(text)
    except ValueError:
        return None
