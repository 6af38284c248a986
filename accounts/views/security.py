"""Settings, section Security: how somebody logs in, and where they are logged in now."""

from functools import partial
from uuid import UUID

from allauth.mfa.models import Authenticator
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_GET, require_POST

from accounts.access import fresh_log_in_required, role_required
from accounts.errors import SessionNotFound
from accounts.models import EmailChange
from accounts.second_factor import is_required_of
from accounts.sessions import device_name, end_other_sessions, end_session, sessions_of

everybody_required = role_required("merchant", "influencer", "staff")
# Whoever found the browser open must not be able to throw its owner out elsewhere.
password_again = partial(fresh_log_in_required, back_to="accounts:security")


@everybody_required
@require_GET
def security_page(request: HttpRequest) -> HttpResponse:
    """Show address, password, second factor and the browsers in which a person is logged in."""
    user = request.user
    authenticators = {row.type: row for row in Authenticator.objects.filter(user=user)}
    codes = authenticators.get(Authenticator.Type.RECOVERY_CODES)
    sessions = [
        {
            "row": row,
            "device": device_name(row.user_agent),
            "is_current": row.session_key == request.session.session_key,
        }
        for row in sessions_of(user)
    ]
    context = {
        "change": EmailChange.objects.filter(user=user).first(),
        "second_factor": authenticators.get(Authenticator.Type.TOTP),
        "is_required": is_required_of(user),
        "codes_left": len(codes.wrap().get_unused_codes()) if codes else 0,
        "sessions": sorted(sessions, key=lambda session: not session["is_current"]),
    }
    return render(request, "accounts/security.html", context)


@everybody_required
@require_POST
@password_again
def end_one_session(request: HttpRequest, session_id: UUID) -> HttpResponse:
    """Log one browser out."""
    try:
        end_session(user=request.user, session_id=session_id)
    except SessionNotFound as error:
        raise Http404 from error
    messages.success(request, _("That browser is logged out."))
    return redirect("accounts:security")


@everybody_required
@require_POST
@password_again
def end_sessions(request: HttpRequest) -> HttpResponse:
    """Log all browsers out but this one."""
    count = end_other_sessions(user=request.user, kept_key=request.session.session_key)
    text = ngettext("%(count)d other browser is logged out.", "%(count)d other browsers are logged out.", count)
    messages.success(request, text % {"count": count})
    return redirect("accounts:security")
