"""The second factor at log-in (a code of an app, or a recovery code): whom it is asked of, how its secrets are kept."""

from allauth.account.adapter import get_adapter
from allauth.mfa import app_settings
from allauth.mfa.adapter import DefaultMFAAdapter
from allauth.mfa.base.forms import AuthenticateForm, ReauthenticateForm
from allauth.mfa.models import Authenticator
from django import forms
from django.conf import settings
from django.core.cache import cache
from django.db import transaction
from django.utils.translation import gettext_lazy as _

from accounts.audit import record_audit
from accounts.models import User
from leadsmarket.lib.sealing import seal, unseal


def is_required_of(user: User) -> bool:
    """Say whether somebody must have a second factor: staff, where STAFF_SECOND_FACTOR_REQUIRED is on (production)."""
    return settings.STAFF_SECOND_FACTOR_REQUIRED and user.role == User.Role.STAFF


def has_second_factor(user: User) -> bool:
    """Say whether somebody's log-in asks for a code. The actor must see the user's own rows."""
    return Authenticator.objects.filter(user_id=user.pk, type=Authenticator.Type.TOTP).exists()


@transaction.atomic
def remove_second_factor(*, user: User, reason: str) -> None:
    """Delete the second factor and the recovery codes of somebody who lost both: staff, who made sure who is asking.

    reason: how. The person is told by e-mail. Nothing happens where there is none.
    """
    count, _by_model = Authenticator.objects.filter(user=user).delete()
    if count:
        record_audit("accounts.second_factor.removed_by_staff", user, data={"reason": reason})
        get_adapter().send_notification_mail("mfa/email/removed_by_staff", user, {"user": user})


class SecondFactorAdapter(DefaultMFAAdapter):
    """Keeps the secrets sealed in the database, and the second factor of those who must have one."""

    error_messages = DefaultMFAAdapter.error_messages | {
        "cannot_delete_authenticator": _("Staff can't switch off the second factor."),
        "incorrect_code": _("This code is not right, or was used already."),
    }

    def encrypt(self, text: str) -> str:
        return seal(text)

    def decrypt(self, encrypted_text: str) -> str:
        return unseal(encrypted_text)

    def can_delete_authenticator(self, authenticator: Authenticator) -> bool:
        return not is_required_of(authenticator.user)


class _UsedOnce(forms.Form):
    """Refuses a code that was taken before: allauth forgets a used one after 30 seconds, while it is good for 90."""

    def clean_code(self) -> str:
        code = super().clean_code()  # type: ignore[misc]
        seconds = app_settings.TOTP_PERIOD * (2 * app_settings.TOTP_TOLERANCE + 1)
        # "123 456" is the same code as "123456".
        plain = "".join(character for character in code if character.isalnum())
        if not cache.add(f"second-factor:{self.user.pk}:{plain}", "used", timeout=seconds):  # type: ignore[attr-defined]
            raise SecondFactorAdapter().validation_error("incorrect_code")
        return code


class CodeForm(_UsedOnce, AuthenticateForm):
    """The code after the password."""


class CodeAgainForm(_UsedOnce, ReauthenticateForm):
    """A code instead of the password before a dangerous act."""
