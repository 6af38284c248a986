"""Where Twilio and Meta tell what became of messages: no session, no CSRF token, the signature alone."""

import hmac
import json
import logging
from uuid import UUID

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods, require_POST

from alerts.channels.twilio import callbacks as twilio_callbacks
from alerts.channels.whatsapp import callbacks as whatsapp_callbacks
from alerts.kinds import ChannelName
from alerts.services import note_reply, note_status
from leadsmarket.lib.transactions import manages_transactions

logger = logging.getLogger(__name__)

WHATSAPP_BY_TWILIO = "whatsapp:"


@manages_transactions
@csrf_exempt
@require_POST
def twilio(request: HttpRequest) -> HttpResponse:
    """Take the status of a message (its id stands in the address), or what a person answered."""
    if not twilio_callbacks.is_signed(request):
        return _refused("twilio")
    values = request.POST
    if "MessageStatus" in values:
        outcome, reason, bad_address = twilio_callbacks.status_in(values)
        delivery_id = _uuid(request.GET.get("delivery", ""))
        if outcome and delivery_id:
            note_status(
                outcome=outcome,
                delivery_id=delivery_id,
                provider_id=values.get("MessageSid", ""),
                reason=reason,
                bad_address=bad_address,
            )
    else:
        sender = values.get("From", "")
        note_reply(
            channel=ChannelName.WHATSAPP if sender.startswith(WHATSAPP_BY_TWILIO) else ChannelName.SMS,
            phone=sender.removeprefix(WHATSAPP_BY_TWILIO),
            text=values.get("OptOutType") or values.get("Body", ""),
        )
    return HttpResponse("<Response/>", content_type="text/xml")


@manages_transactions
@csrf_exempt
@require_http_methods(["GET", "POST"])
def whatsapp(request: HttpRequest) -> HttpResponse:
    """Answer Meta's challenge when the address is registered (GET); take statuses and answers (POST)."""
    if request.method == "GET":
        return _challenge(request)
    if not whatsapp_callbacks.is_signed(request.body, request.headers.get("X-Hub-Signature-256", "")):
        return _refused("whatsapp")
    try:
        body = json.loads(request.body)
    except ValueError:
        return HttpResponse(status=400)
    for notice in whatsapp_callbacks.read_notices(body):
        if isinstance(notice, whatsapp_callbacks.Reply):
            note_reply(channel=ChannelName.WHATSAPP, phone=notice.phone, text=notice.text)
        elif notice.outcome:
            note_status(
                outcome=notice.outcome,
                delivery_id=_uuid(notice.delivery_id),
                channel=ChannelName.WHATSAPP,
                provider_id=notice.provider_id,
                reason=notice.reason,
                bad_address=notice.bad_address,
            )
    return HttpResponse(status=200)


def _challenge(request: HttpRequest) -> HttpResponse:
    known, told = settings.WHATSAPP_VERIFY_TOKEN, request.GET.get("hub.verify_token", "")
    is_ours = bool(known) and hmac.compare_digest(known.encode(), told.encode())
    if not is_ours or request.GET.get("hub.mode") != "subscribe":
        return _refused("whatsapp")
    return HttpResponse(request.GET.get("hub.challenge", ""), content_type="text/plain; charset=utf-8")


def _refused(provider: str) -> HttpResponse:
    logger.warning("callback of %s refused: bad signature", provider)
    return HttpResponse(status=400)


def _uuid(text: str) -> UUID | None:
    try:
        return UUID(text)
    except ValueError:
        return None
