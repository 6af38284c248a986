"""The page "Your data": who holds what, one's rights, and a form to use them; for anybody, without a log-in."""

from allauth.core import ratelimit
from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from leads.errors import ProspectRequestNotFound
from leads.forms.privacy import DataRequestForm
from leads.services import ask_about_data, confirm_request
from leadsmarket.lib.errors import Refusal
from leadsmarket.lib.forms import add_refusal


@require_http_methods(["GET", "POST"])
def privacy(request: HttpRequest) -> HttpResponse:
    """Explain, and take a request. The answer is the same whether or not anything is held about the address."""
    form = DataRequestForm(request.POST if request.method == "POST" else None)
    status = 200
    if request.method == "POST":
        status = 422
        if form.is_valid():
            email = form.cleaned_data["email"].lower()
            if not ratelimit.consume(request, action="data_request", key=email):
                return ratelimit.respond_429(request)
            try:
                ask_about_data(**form.cleaned_data)
            except Refusal as refusal:
                add_refusal(form, refusal)
            else:
                messages.success(request, _("We have sent you an e-mail. Follow its link to confirm your request."))
                return redirect("privacy")
    context = {
        "form": form,
        "platform": settings.PLATFORM_LEGAL_DETAILS,
        "cndp_receipt_number": settings.CNDP_RECEIPT_NUMBER,
        "retention_months": settings.RETENTION_MONTHS,
        "suppliers": settings.SUPPLIERS_ABROAD,
    }
    return render(request, "leads/privacy.html", context, status=status)


@never_cache
@require_http_methods(["GET", "POST"])
def confirm(request: HttpRequest, token: str) -> HttpResponse:
    """Ask for one click, as programs that check e-mails open links too; then open the request."""
    context = {"state": "ask"}
    if request.method == "POST":
        try:
            context = {"state": "confirmed", "asked": confirm_request(token=token)}
        except ProspectRequestNotFound:
            context = {"state": "over"}
    return render(request, "leads/privacy_confirm.html", context, status=404 if context["state"] == "over" else 200)
