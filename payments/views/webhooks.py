"""Where providers send their events: no session, no CSRF token, the signature alone. Stored, answered, processed later."""

import logging

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST

from leadsmarket.lib.transactions import manages_transactions
from payments.errors import InvalidSignature
from payments.services import receive_webhook
from payments.tasks import queue_event

logger = logging.getLogger(__name__)


@manages_transactions
@csrf_exempt
@require_POST
def webhook(request: HttpRequest, provider: str) -> HttpResponse:
    """Answer 200 once the event is stored (a repeat too), 400 to what the provider did not sign."""
    headers = {name.lower(): value for name, value in request.headers.items()}
    try:
        receive_webhook(provider=provider, body=request.body, headers=headers, queue=queue_event)
    except InvalidSignature:
        logger.warning("webhook of %s refused: bad signature, %s bytes", provider, len(request.body))
        return JsonResponse(
            {"success": False, "error": {"code": "validation_error", "message": "Invalid signature"}}, status=400
        )
    return JsonResponse({"success": True})
