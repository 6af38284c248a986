"""Where the providers of messages tell what became of them, under /webhooks/."""

from django.urls import path

from alerts.channels.email.tracking import email_events
from alerts.views import webhooks

urlpatterns = [
    path("email", email_events, name="webhook_email"),
    path("twilio", webhooks.twilio, name="webhook_twilio"),
    path("whatsapp", webhooks.whatsapp, name="webhook_whatsapp"),
]
