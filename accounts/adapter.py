"""django-allauth's hooks: where a log-in leads, and how its e-mails are written and sent."""

import logging
from typing import Any

from allauth.account.adapter import DefaultAccountAdapter
from django.core.mail import EmailMultiAlternatives
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils import translation
from django.utils.translation import gettext_lazy as _
from kombu.exceptions import OperationalError

from accounts.known_browsers import remember_browser
from accounts.models import User
from accounts.sessions import limit_staff_session
from accounts.tasks import send_account_email
from accounts.throttling import forget_attempts, take_attempt
from leadsmarket.lib.actor import Actor, acting_as, current_actor
from leadsmarket.lib.visitor import client_ip

logger = logging.getLogger(__name__)


class AccountAdapter(DefaultAccountAdapter):
    """Sends staff to the admin and everyone else to their dashboard; e-mails go out after the commit."""

    error_messages = DefaultAccountAdapter.error_messages | {
        "too_many_login_attempts": _(
            "Too many failed attempts. Wait a few minutes, log in where you did before, or choose a new password."
        ),
    }

    def get_login_redirect_url(self, request: HttpRequest) -> str:
        return reverse("admin:index" if request.user.role == User.Role.STAFF else "dashboard")

    def get_password_change_redirect_url(self, request: HttpRequest) -> str:
        return reverse("accounts:security")

    def get_client_ip(self, request: HttpRequest) -> str:
        return client_ip(request) or ""

    def pre_authenticate(self, request: HttpRequest, **credentials: Any) -> None:
        """Count the attempt; the right password gives it back. Raises ValidationError where there were too many."""
        self._login_failed_rl_usage = take_attempt(request, str(credentials.get("email", "")))
        if self._login_failed_rl_usage is None:
            raise self.validation_error("too_many_login_attempts")

    def _delete_login_attempts_cached_email(self, request: HttpRequest, **credentials: Any) -> None:
        forget_attempts(request, str(credentials.get("email", "")))

    def post_login(self, request: HttpRequest, user: User, **details: Any) -> HttpResponse:
        """Know the browser again, and end the session of staff after a working day."""
        response = super().post_login(request, user, **details)
        remember_browser(request, response, user.email)
        limit_staff_session(request)
        return response

    def send_notification_mail(self, template_prefix: str, user: User, *arguments: Any, **details: Any) -> None:
        """Tell somebody what was changed; also after the commit of the change, when nobody acts any more."""
        actor = current_actor()
        with acting_as(actor if actor.user_id else Actor("authentication", user_id=user.pk)):
            super().send_notification_mail(template_prefix, user, *arguments, **details)

    def send_mail(self, template_prefix: str, email: str, context: dict[str, Any]) -> None:
        """Write an e-mail in the recipient's language and send it once the transaction is committed."""
        request = self.request
        with translation.override(_language_of(email, context)):
            message = self.render_mail(template_prefix, email, {"request": request, "email": email} | context)
        transaction.on_commit(lambda: _send(message), robust=True)


def _language_of(email: str, context: dict[str, Any]) -> str | None:
    """Return the language the recipient chose, or the page's for somebody unknown."""
    user = context.get("user") or User.objects.filter(email__iexact=email).only("language").first()
    return user.language if user else translation.get_language()


def _send(message: EmailMultiAlternatives) -> None:
    html = next((body for body, kind in message.alternatives if kind == "text/html"), "")
    arguments = {
        "subject": message.subject,
        "text": message.body,
        "html": html,
        "sender": message.from_email,
        "recipients": message.to,
    }
    try:
        send_account_email.delay(**arguments)
    except OperationalError:
        logger.warning("The queue can't be reached; an account e-mail is sent at once.")
        send_account_email(**arguments)
