"""SMS by Twilio's Messages API."""

from django.conf import settings

from alerts.channels.sms.text import fit_text
from alerts.channels.twilio.client import send_message
from alerts.codes import text_with_code
from alerts.kinds import ChannelName
from alerts.models import Delivery


class SmsChannel:
    """Needs an account of Twilio and a sender: a number, a name, or a messaging service that chooses one."""

    name = ChannelName.SMS

    def missing_settings(self) -> list[str]:
        """Return the environment variables without which nothing can be sent."""
        missing = [name for name in ("TWILIO_ACCOUNT_SID", "TWILIO_AUTH_TOKEN") if not getattr(settings, name)]
        if not settings.TWILIO_MESSAGING_SERVICE_SID and not settings.TWILIO_FROM:
            missing.append("TWILIO_FROM")
        return missing

    def payload(self, kind: str, level: str, context: dict[str, object]) -> dict[str, object]:
        """Return nothing: the text is all of an SMS."""
        return {}

    def send(self, delivery: Delivery) -> str:
        """Send one message and return Twilio's id. Raises DeliveryError."""
        sender = (
            {"MessagingServiceSid": settings.TWILIO_MESSAGING_SERVICE_SID}
            if settings.TWILIO_MESSAGING_SERVICE_SID
            else {"From": settings.TWILIO_FROM}
        )
        text = fit_text(text_with_code(delivery))
        return send_message({"To": delivery.address, "Body": text, **sender}, delivery_id=delivery.pk)
