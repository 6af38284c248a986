"""WhatsApp by Meta's Cloud API or by Twilio, as WHATSAPP_PROVIDER says."""

import json

from django.conf import settings

from alerts.channels.twilio.client import send_message
from alerts.channels.whatsapp.client import send_template
from alerts.channels.whatsapp.templates import template_payload, values_of
from alerts.errors import DeliveryError
from alerts.kinds import ChannelName
from alerts.models import Delivery

NEEDED = {
    "meta": ("WHATSAPP_TOKEN", "WHATSAPP_PHONE_ID", "WHATSAPP_APP_SECRET", "WHATSAPP_VERIFY_TOKEN"),
    "twilio": ("TWILIO_ACCOUNT_SID", "TWILIO_AUTH_TOKEN", "TWILIO_WHATSAPP_FROM", "TWILIO_WHATSAPP_TEMPLATES"),
}


class WhatsAppChannel:
    """Needs a number registered for WhatsApp, and its templates approved in each language."""

    name = ChannelName.WHATSAPP

    def missing_settings(self) -> list[str]:
        """Return the environment variables without which nothing can be sent."""
        return [name for name in NEEDED[settings.WHATSAPP_PROVIDER] if not getattr(settings, name)]

    def payload(self, kind: str, level: str, context: dict[str, object]) -> dict[str, object]:
        """Return the template's name and its values in order."""
        return template_payload(kind, level, context)

    def send(self, delivery: Delivery) -> str:
        """Send one template and return the provider's id. Raises DeliveryError."""
        name, values = str(delivery.payload["template"]), values_of(delivery)
        if settings.WHATSAPP_PROVIDER == "meta":
            return send_template(
                to=delivery.address, name=name, language=delivery.language, values=values, delivery_id=delivery.pk
            )
        registered = f"{name}_{delivery.language}"
        if registered not in settings.TWILIO_WHATSAPP_TEMPLATES:
            # The operator's to mend: messages wait for it.
            raise DeliveryError(f"TWILIO_WHATSAPP_TEMPLATES has no {registered}")
        form = {
            "To": f"whatsapp:{delivery.address}",
            "From": f"whatsapp:{settings.TWILIO_WHATSAPP_FROM}",
            "ContentSid": settings.TWILIO_WHATSAPP_TEMPLATES[registered],
            "ContentVariables": json.dumps({str(place): value for place, value in enumerate(values, start=1)}),
        }
        return send_message(form, delivery_id=delivery.pk)
