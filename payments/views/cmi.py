"""The card acquirer's three ways to us: its callback, and the browsers that it sends back.

All are cross-site POSTs without session or CSRF token. The callback's hash is its proof; the landing pages prove nothing, so
they only lead to the payment's page.
"""

from django.core.exceptions import RequestDataTooBig
from django.http import HttpRequest, HttpResponse
from django.http.request import UnreadablePostError
from django.shortcuts import redirect
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods, require_POST

from leadsmarket.lib.transactions import manages_transactions
from payments.gateways.cmi.callback import oid_in
from payments.selectors.card_orders import sent_order
from payments.services import answer_card_callback
from payments.services.card_callbacks import FAILURE


@manages_transactions
@csrf_exempt
@require_POST
def callback(request: HttpRequest) -> HttpResponse:
    """Answer the acquirer in plain text; `ACTION=POSTAUTH` only after the credit is committed."""
    try:
        body = request.body
    except (RequestDataTooBig, UnreadablePostError):
        return _plain(FAILURE, 400)
    answer = answer_card_callback(body=body, headers={name.lower(): value for name, value in request.headers.items()})
    return _plain(answer.text, answer.status)


@manages_transactions
@csrf_exempt
@require_http_methods(["GET", "POST"])
def landing(request: HttpRequest) -> HttpResponse:
    """Lead a browser that comes back from the acquirer to the page of its payment; whatever it carries credits nothing."""
    try:
        order = sent_order(oid_in(request.body)) if request.method == "POST" else None
    except (RequestDataTooBig, UnreadablePostError):
        order = None
    response = redirect("payments:return", order.payment_id) if order else redirect("payments:list")
    # 303: the browser goes on with GET, and takes the session's cookie along.
    response.status_code = 303
    return response


def _plain(text: str, status: int) -> HttpResponse:
    return HttpResponse(text, content_type="text/plain; charset=utf-8", status=status)
