"""Connects the welcome to the signal of a confirmed address."""

from allauth.account.models import EmailAddress
from allauth.account.signals import email_confirmed
from django.dispatch import receiver

from accounts.models import User
from alerts.kinds import Kind
from alerts.pages import page
from alerts.services import notify


@receiver(email_confirmed, sender=EmailAddress, dispatch_uid="alerts.welcome")
def welcome(*, email_address: EmailAddress, **_signal: object) -> None:
    """Welcome a new person, once; who changes their address later has logged in before."""
    user: User = email_address.user
    if user.last_login is None:
        notify(Kind.WELCOME, [user], cause=f"user:{user.pk}", context={"url": page("dashboard")})
