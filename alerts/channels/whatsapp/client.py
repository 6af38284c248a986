"""One call of Meta's WhatsApp Business Cloud API, and what its errors mean."""

from typing import Any
from uuid import UUID

from django.conf import settings

from alerts.errors import DeliveryError
from leadsmarket.lib.outbound import Answer, NoAnswer, call

BAD_ADDRESS = frozenset({131026})
"""Not on WhatsApp, or on a version too old. Everything else may pass or is the operator's to mend."""
REFUSED_FOR_GOOD = frozenset({130472, 131049, 131050})
"""Meta keeps such a message from this person; trying again would harm the sender's rating."""


def send_template(*, to: str, name: str, language: str, values: list[str], delivery_id: UUID) -> str:
    """Hand one message to Meta and return its id (wamid.…). Raises DeliveryError.

    The API takes no idempotency key; status callbacks carry our id back (biz_opaque_callback_data).
    """
    parameters = [{"type": "text", "text": value} for value in values]
    message = {
        "messaging_product": "whatsapp",
        "recipient_type": "individual",
        "to": to,
        "type": "template",
        "template": {
            "name": name,
            "language": {"code": language},
            "components": [{"type": "body", "parameters": parameters}],
        },
        "biz_opaque_callback_data": str(delivery_id),
    }
    try:
        answer = call(
            "POST",
            f"{settings.WHATSAPP_API_BASE}/{settings.WHATSAPP_PHONE_ID}/messages",
            headers={"Authorization": f"Bearer {settings.WHATSAPP_TOKEN}"},
            json_body=message,
            seconds=settings.WHATSAPP_TIMEOUT_SECONDS,
        )
        return _id_in(answer)
    except NoAnswer as error:
        raise DeliveryError(f"no answer: {error}") from error


def number_status(*, seconds: float) -> int:
    """Ask Meta for our number: 200 where it lets us in, 400 or 401 for a wrong token or number. Raises NoAnswer."""
    return call(
        "GET",
        f"{settings.WHATSAPP_API_BASE}/{settings.WHATSAPP_PHONE_ID}",
        headers={"Authorization": f"Bearer {settings.WHATSAPP_TOKEN}"},
        params={"fields": "id"},
        seconds=seconds,
    ).status


def _id_in(answer: Answer) -> str:
    if answer.status == 429:
        raise DeliveryError("status 429")
    body = answer.json()
    try:
        if 200 <= answer.status < 300:
            return str(body["messages"][0]["id"])
        error = body["error"]
        code, said = int(error.get("code", 0)), words_of(error)
    except (LookupError, TypeError, ValueError, AttributeError) as unreadable:
        raise DeliveryError(f"status {answer.status}, unreadable") from unreadable
    raise DeliveryError(
        f"{code}: {said} (status {answer.status})"[:500],
        permanent=code in REFUSED_FOR_GOOD,
        bad_address=code in BAD_ADDRESS,
    )


def words_of(error: dict[str, Any]) -> str:
    """Return what an error of Meta says, the details where it has them."""
    details = error.get("error_data")
    said = details.get("details") if isinstance(details, dict) else None
    return str(said or error.get("message") or error.get("title") or "")
