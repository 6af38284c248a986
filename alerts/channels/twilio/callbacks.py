"""What Twilio posts to us: where a message is, and what people answer."""

from collections.abc import Mapping

from django.conf import settings
from django.http import HttpRequest
from twilio.request_validator import SIGNATURE_SETTINGS_HEADER, RequestValidator, get_signature_algorithm

from alerts.channels.twilio.client import BAD_ADDRESS
from alerts.services.callbacks import Outcome

OUTCOMES = {
    **dict.fromkeys(("accepted", "queued", "sending", "sent"), Outcome.SENT),
    **dict.fromkeys(("delivered", "read"), Outcome.DELIVERED),
    **dict.fromkeys(("undelivered", "failed", "canceled"), Outcome.FAILED),
}


def is_signed(request: HttpRequest) -> bool:
    """Say whether Twilio signed this request for the address that it knows us by, with our account's token."""
    signature = request.headers.get("X-Twilio-Signature", "")
    if not settings.TWILIO_AUTH_TOKEN or not signature.isascii():
        return False
    algorithm = get_signature_algorithm(request.headers.get(SIGNATURE_SETTINGS_HEADER, ""))
    url = f"{settings.SITE_URL}{request.get_full_path()}"
    return RequestValidator(settings.TWILIO_AUTH_TOKEN).validate(url, request.POST, signature, algorithm)


def status_in(values: Mapping[str, str]) -> tuple[Outcome | None, str, bool]:
    """Return what became of a message (None: nothing that we keep), why, and whether its number is the reason."""
    code = values.get("ErrorCode", "")
    said = " ".join(filter(None, (values.get("MessageStatus", ""), code, values.get("ErrorMessage", ""))))
    return OUTCOMES.get(values.get("MessageStatus", "")), said, code in BAD_ADDRESS
