"""What a person wants to hear, on which channel, and when their phone stays silent."""

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from accounts.access import role_required
from alerts.channels.web_push.channel import web_push_public_key
from alerts.forms import ChannelsForm, CodeForm, HoursForm, PhoneForm, ReportForm
from alerts.kinds import CHOSEN_CHANNELS, ROLE_KINDS, ChannelName, Kind
from alerts.selectors import PreferencePage, preference_page
from alerts.services.addresses import solve_address_problem
from alerts.services.browsers import forget_browser as forget
from alerts.services.phones import (
    WHATSAPP_CONSENT,
    agree_to_whatsapp,
    confirm_phone,
    forget_phone,
    phone_waiting_for_code,
    phones_available,
    start_phone_verification,
    withdraw_from_whatsapp,
)
from alerts.services.preferences import set_preferences, set_quiet_hours, set_reports_without_activity
from leadsmarket.lib.errors import NotFound, Refusal
from leadsmarket.lib.forms import add_refusal

everybody = role_required("merchant", "influencer", "staff")


@require_safe
@everybody
def preferences_page(request: HttpRequest) -> HttpResponse:
    """Show all that can be chosen."""
    return _page(request, preference_page(request.user))


@require_POST
@everybody
def change_channels(request: HttpRequest) -> HttpResponse:
    """Store what is ticked by kind and channel."""
    found = preference_page(request.user)
    form = ChannelsForm(request.POST, user=request.user, chosen=found.chosen)
    if not form.is_valid():
        return _page(request, found, status=422, channels_form=form)
    set_preferences(user=request.user, choices=form.changes)
    messages.success(request, _("Your choices are saved."))
    return redirect("alerts:preferences")


@require_POST
@everybody
def change_hours(request: HttpRequest) -> HttpResponse:
    """Store the quiet hours."""
    form = HoursForm(request.POST)
    if not form.is_valid():
        return _page(request, preference_page(request.user), status=422, hours_form=form)
    set_quiet_hours(user=request.user, **form.cleaned_data)
    messages.success(request, _("Your quiet hours are saved."))
    return redirect("alerts:preferences")


@require_POST
@everybody
def change_report(request: HttpRequest) -> HttpResponse:
    """Store whether the daily report comes after quiet days too."""
    form = ReportForm(request.POST)
    form.full_clean()
    set_reports_without_activity(user=request.user, wanted=form.cleaned_data["reports_without_activity"])
    messages.success(request, _("Your choice is saved."))
    return redirect("alerts:preferences")


@require_POST
@everybody
def try_address_again(request: HttpRequest, problem_id: UUID) -> HttpResponse:
    """Send to an address again that messages did not reach."""
    try:
        solve_address_problem(problem_id=problem_id)
    except NotFound:
        raise Http404 from None
    messages.success(request, _("The next message goes there again."))
    return redirect("alerts:preferences")


@require_POST
@everybody
def forget_browser(request: HttpRequest, subscription_id: UUID) -> HttpResponse:
    """Show nothing in a browser of the list any more."""
    forget(user_id=request.user.pk, subscription_id=subscription_id)
    messages.success(request, _("That browser shows no notifications any more."))
    return redirect("alerts:preferences")


@require_POST
@everybody
def change_phone(request: HttpRequest) -> HttpResponse:
    """Send a code to a number that is to get messages; it counts once the code is typed."""
    form = PhoneForm(request.POST)
    if form.is_valid():
        try:
            start_phone_verification(user=request.user, phone=form.cleaned_data["phone"])
        except Refusal as error:
            add_refusal(form, error)
        else:
            return redirect("alerts:preferences")
    return _page(request, preference_page(request.user), status=422, phone_form=form)


@require_POST
@everybody
def enter_code(request: HttpRequest) -> HttpResponse:
    """Take the code that was sent to the number."""
    form = CodeForm(request.POST)
    if form.is_valid():
        try:
            is_right = confirm_phone(user=request.user, code=form.cleaned_data["code"])
        except Refusal as error:
            add_refusal(form, error)
        else:
            if is_right:
                messages.success(request, _("Your number is confirmed. Urgent messages reach you there from now on."))
                return redirect("alerts:preferences")
            form.add_error("code", _("This is not the code that we sent."))
    return _page(request, preference_page(request.user), status=422, code_form=form)


@require_POST
@everybody
def change_whatsapp(request: HttpRequest) -> HttpResponse:
    """Agree to messages on WhatsApp, or end them."""
    if "agree" not in request.POST:
        withdraw_from_whatsapp(user=request.user)
        messages.success(request, _("You get nothing more on WhatsApp."))
        return redirect("alerts:preferences")
    try:
        agree_to_whatsapp(user=request.user)
    except Refusal as error:
        messages.error(request, str(error))
    else:
        messages.success(request, _("You get urgent messages on WhatsApp too."))
    return redirect("alerts:preferences")


@require_POST
@everybody
def forget_number(request: HttpRequest) -> HttpResponse:
    """Forget the number for messages."""
    forget_phone(user=request.user)
    messages.success(request, _("Your number is forgotten."))
    return redirect("alerts:preferences")


def _page(
    request: HttpRequest,
    found: PreferencePage,
    *,
    status: int = 200,
    channels_form: ChannelsForm | None = None,
    hours_form: HoursForm | None = None,
    phone_form: PhoneForm | None = None,
    code_form: CodeForm | None = None,
) -> HttpResponse:
    profile = found.profile
    waiting = phone_waiting_for_code(user_id=request.user.pk)
    context: dict[str, Any] = {
        "channels_form": channels_form or ChannelsForm(user=request.user, chosen=found.chosen),
        "channels": [(channel, channel in found.configured) for channel in CHOSEN_CHANNELS],
        "has_levels": Kind.DEPOSIT_LEVEL in ROLE_KINDS[request.user.role],
        "has_report": Kind.DAILY_REPORT in ROLE_KINDS[request.user.role],
        "hours_form": hours_form
        or HoursForm(initial={"quiet_from": profile.quiet_from, "quiet_until": profile.quiet_until}),
        "report_form": ReportForm(initial={"reports_without_activity": profile.reports_without_activity}),
        "profile": profile,
        "phone": profile.phone.as_e164 if profile.phone_verified_at else "",
        "phone_form": phone_form or PhoneForm(),
        "phones_available": phones_available(),
        "waiting": waiting,
        "code_form": code_form or CodeForm(),
        "whatsapp_consent": WHATSAPP_CONSENT,
        "whatsapp_configured": ChannelName.WHATSAPP in found.configured,
        "browsers": found.browsers,
        "problems": found.problems,
        "push_key": web_push_public_key(),
    }
    return render(request, "alerts/preferences.html", context, status=status)
