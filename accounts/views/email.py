"""Another log-in address: the page that asks for it, and the page behind the links sent to both addresses."""

from allauth.account.adapter import get_adapter
from allauth.core.internal import ratelimit
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from accounts.access import fresh_log_in_required
from accounts.email_change import cancel_email_change, change_of_link, follow_link, send_links, start_email_change
from accounts.errors import EmailTaken, LinkNotValid
from accounts.forms import NewEmailForm
from accounts.models import EmailChange


@require_http_methods(["GET", "POST"])
@login_required
@fresh_log_in_required
def change_email(request: HttpRequest) -> HttpResponse:
    """Ask for another address; send the links again; keep the present address."""
    change = EmailChange.objects.select_related("user").filter(user=request.user).first()
    if request.method != "POST":
        return _render(request, change, NewEmailForm(present=request.user.email))
    if "action_remove" in request.POST:
        cancel_email_change(user=request.user)
        messages.success(request, _("Your present address stays in use."))
        return redirect("account_email")
    if "action_send" in request.POST:
        if change and _may_send(request, change.new_email):
            send_links(change)
            messages.info(request, _("The links are on their way."))
        return redirect("account_email")
    form = NewEmailForm(request.POST, present=request.user.email)
    if not form.is_valid():
        return _render(request, change, form, status=422)
    if _may_send(request, form.cleaned_data["email"]):
        start_email_change(user=request.user, new_email=form.cleaned_data["email"])
        messages.info(request, _("We have sent a link to each of both addresses."))
    return redirect("account_email")


@require_http_methods(["GET", "POST"])
def confirm_email_change(request: HttpRequest, token: str) -> HttpResponse:
    """Show what a link confirms, and confirm it by the button; following a link alone (a mail scanner) changes nothing."""
    try:
        change, side = change_of_link(token)
        if request.method == "POST":
            change = follow_link(token=token)
            return _tell_progress(request, change)
    except (LinkNotValid, EmailTaken) as refusal:
        return render(request, "account/email_change_confirm.html", {"refusal": str(refusal)}, status=410)
    return render(request, "account/email_change_confirm.html", {"change": change, "side": side, "token": token})


def _tell_progress(request: HttpRequest, change: EmailChange) -> HttpResponse:
    if change.old_confirmed_at and change.new_confirmed_at:
        messages.success(request, _("Your new address is in use. Log in with it from now on."))
    elif change.new_confirmed_at:
        messages.info(request, _("Thank you. Now open the link that we sent to the present address."))
    else:
        messages.info(request, _("Thank you. Now open the link that we sent to the new address."))
    return redirect("accounts:security" if request.user.is_authenticated else "account_login")


def _may_send(request: HttpRequest, new_email: str) -> bool:
    """Send at most once in three minutes to an address, and ten times a minute for a person."""
    limits = ({"action": "confirm_email", "key": new_email}, {"action": "manage_email"})
    if all(ratelimit.consume(request, app="allauth.account", **limit) for limit in limits):
        return True
    messages.warning(request, str(get_adapter().error_messages["rate_limited"]))
    return False


def _render(request: HttpRequest, change: EmailChange | None, form: NewEmailForm, *, status: int = 200) -> HttpResponse:
    return render(request, "account/email_change.html", {"change": change, "form": form}, status=status)
