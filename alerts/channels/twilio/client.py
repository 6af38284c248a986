"""One call of Twilio's Messages API, and what its errors mean."""

from collections.abc import Mapping
from uuid import UUID

from django.conf import settings

from alerts.errors import DeliveryError
from leadsmarket.lib.outbound import Answer, NoAnswer, call

BAD_ADDRESS = frozenset(
    {
        "21211",  # no valid number
        "21214",  # can't be reached
        "21217",  # no valid number
        "21265",  # a short code
        "21610",  # the person answered STOP
        "21614",  # no mobile number
        "21635",  # a landline
        "30005",  # unknown to its operator
        "30006",  # a landline, or an operator that takes no SMS
        "63003",  # not on WhatsApp
        "63024",  # not on WhatsApp
        "63033",  # blocked us on WhatsApp
    }
)
BAD_MESSAGE = frozenset({"21602", "21617", "21658"})
"""No text, or too much of it: the same text would be refused again."""


def send_message(form: Mapping[str, str], *, delivery_id: UUID) -> str:
    """Hand one message to Twilio and return its id (SM…). Raises DeliveryError.

    The API takes no idempotency key; its callbacks carry our id, so that a message taken by a call whose answer was lost is
    not repeated once the callback has come.
    """
    account = settings.TWILIO_ACCOUNT_SID
    try:
        answer = call(
            "POST",
            f"{settings.TWILIO_API_BASE}/2010-04-01/Accounts/{account}/Messages.json",
            form={**form, "StatusCallback": callback_url(delivery_id)},
            user_and_password=(account, settings.TWILIO_AUTH_TOKEN),
            seconds=settings.TWILIO_TIMEOUT_SECONDS,
        )
        return _id_in(answer)
    except NoAnswer as error:
        raise DeliveryError(f"no answer: {error}") from error


def callback_url(delivery_id: UUID) -> str:
    """Return the address at which Twilio tells what became of a message."""
    return f"{settings.SITE_URL}/webhooks/twilio?delivery={delivery_id}"


def account_status(*, seconds: float) -> int:
    """Ask Twilio for our account: 200 where it lets us in, 401 for a wrong token. Raises NoAnswer."""
    account = settings.TWILIO_ACCOUNT_SID
    return call(
        "GET",
        f"{settings.TWILIO_API_BASE}/2010-04-01/Accounts/{account}.json",
        user_and_password=(account, settings.TWILIO_AUTH_TOKEN),
        seconds=seconds,
    ).status


def _id_in(answer: Answer) -> str:
    if answer.status >= 500 or answer.status == 429:
        raise DeliveryError(f"status {answer.status}")
    body = answer.json()
    if not isinstance(body, dict):
        raise DeliveryError(f"status {answer.status}, no object")
    if 200 <= answer.status < 300:
        return str(body.get("sid", ""))
    code = str(body.get("code", ""))
    # The account, the sender, the permission for a country: the operator's to mend, and messages wait for that.
    raise DeliveryError(
        f"{code}: {body.get('message', '')} (status {answer.status})"[:500],
        permanent=code in BAD_MESSAGE,
        bad_address=code in BAD_ADDRESS,
    )
