"""django-allauth's hooks: where a log-in leads, and how its e-mails are written and sent."""

import logging
from typing import Any

from allauth.account.adapter import DefaultAccountAdapter
from django.core.mail import EmailMultiAlternatives
from django.db import transaction
from django.http import HttpRequest
from django.urls import reverse
from django.utils import translation
from kombu.exceptions import OperationalError

from accounts.models import User
from accounts.tasks import send_account_email

logger = logging.getLogger(__name__)


class AccountAdapter(DefaultAccountAdapter):
    """Sends staff to the admin and everyone else to their dashboard; e-mails go out after the commit."""

    def get_login_redirect_url(self, request: HttpRequest) -> str:
        return reverse("admin:index" if request.user.role == User.Role.STAFF else "dashboard")

    def get_password_change_redirect_url(self, request: HttpRequest) -> str:
        return reverse("accounts:security")

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
