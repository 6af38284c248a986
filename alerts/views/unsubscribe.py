"""Ending the e-mails of one kind, from the link in them: no log-in, and one click for mail programs (RFC 8058)."""

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods

from alerts.services.preferences import unsubscribe
from alerts.unsubscribe import read_unsubscribe_token


# A mail program posts without cookies: the signed address is all it has, and all that is needed.
@csrf_exempt
@require_http_methods(["GET", "HEAD", "POST"])
def unsubscribe_page(request: HttpRequest, token: str) -> HttpResponse:
    """Ask before ending on GET, since programs open links to look at them; end on POST."""
    subscription = read_unsubscribe_token(token)
    if subscription is None:
        raise Http404
    user_id, kind = subscription
    if request.method == "POST":
        unsubscribe(user_id=user_id, kind=kind)
    return render(request, "alerts/unsubscribe.html", {"kind": kind, "is_done": request.method == "POST"})
