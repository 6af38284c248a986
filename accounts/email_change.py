"""Another log-in address: in use once the links sent to the old and to the new address were both opened.

A stolen session or password alone can't move an account to another mailbox, and a mistyped address locks nobody out. Where the
old mailbox is lost, staff confirm in its place (accounts.admin). Nothing of the new address is known to the log-in before.
"""

from typing import Literal
from uuid import UUID

from allauth.account.adapter import get_adapter
from allauth.account.models import EmailAddress
from django.conf import settings
from django.core import signing
from django.db import IntegrityError, transaction
from django.urls import reverse
from django.utils import timezone

from accounts.audit import record_audit
from accounts.errors import EmailTaken, LinkNotValid
from accounts.models import EmailChange, User
from leadsmarket.lib.actor import Actor, acting_as

SALT = "accounts.email_change"
LINK_DAYS = 3
Side = Literal["old", "new"]


@transaction.atomic
def start_email_change(*, user: User, new_email: str) -> EmailChange:
    """Remember the new address and send a link to it and one to the present one. An earlier change is given up.

    An address of another account gets a notice instead of a link, and nothing here tells the difference: who has an account is
    nobody's business. The caller has asked for the password again.
    """
    EmailChange.objects.filter(user=user).delete()
    change = EmailChange.objects.create(user=user, new_email=new_email.strip().lower())
    send_links(change)
    return change


def send_links(change: EmailChange) -> None:
    """Send the links that were not opened yet, after the commit."""
    adapter, user = get_adapter(), change.user
    if change.old_confirmed_at is None:
        context = {"user": user, "link": _link(change, "old"), "new_email": change.new_email}
        adapter.send_mail("account/email/email_change_old", user.email, context)
    if change.new_confirmed_at is None:
        taken = User.objects.filter(email=change.new_email).exclude(pk=user.pk).exists()
        if taken:
            adapter.send_mail("account/email/email_change_taken", change.new_email, {})
        else:
            context = {"user": user, "link": _link(change, "new")}
            adapter.send_mail("account/email/email_change_new", change.new_email, context)


@transaction.atomic
def cancel_email_change(*, user: User) -> None:
    """Keep the present address; the links do nothing any more. Nothing happens where no change is open."""
    EmailChange.objects.filter(user=user).delete()


def read_link(token: str) -> tuple[UUID, UUID, Side]:
    """Return the change, its person and the side that a link is for. Raises LinkNotValid."""
    try:
        change_id, user_id, side = signing.loads(token, salt=SALT, max_age=LINK_DAYS * 24 * 3600)
        return UUID(change_id), UUID(user_id), "old" if side == "old" else "new"
    except (signing.BadSignature, ValueError) as error:
        raise LinkNotValid from error


def change_of_link(token: str) -> tuple[EmailChange, Side]:
    """Return the open change that a link belongs to. Raises LinkNotValid."""
    change_id, user_id, side = read_link(token)
    with acting_as(Actor("authentication", user_id=user_id)):
        change = EmailChange.objects.select_related("user").filter(pk=change_id).first()
    if change is None:
        raise LinkNotValid
    return change, side


def follow_link(*, token: str) -> EmailChange:
    """Confirm the side that a link was sent to; with the second one the new address is in use. Repeating changes nothing.

    Whoever holds the link needs no log-in: it proves the mailbox. Raises LinkNotValid, EmailTaken.
    """
    change_id, user_id, side = read_link(token)
    with acting_as(Actor("authentication", user_id=user_id)):
        return _confirm(change_id, side)


@transaction.atomic
def confirm_for_lost_mailbox(*, change_id: UUID, reason: str) -> EmailChange:
    """Confirm in place of the old address, whose mailbox its owner lost: staff, who made sure who is asking.

    reason: how. Raises LinkNotValid, EmailTaken.
    """
    change = EmailChange.objects.select_related("user").filter(pk=change_id).first()
    if change is None:
        raise LinkNotValid
    data = {"old": change.user.email, "new": change.new_email, "reason": reason}
    record_audit("accounts.user.old_address_confirmed_by_staff", change.user, data=data)
    return _confirm(change_id, "old")


def _confirm(change_id: UUID, side: Side) -> EmailChange:
    # Two links opened at once: the second one waits here and finds the first one's mark.
    change = EmailChange.objects.select_for_update(of=("self",)).select_related("user").filter(pk=change_id).first()
    if change is None:
        raise LinkNotValid
    field = "old_confirmed_at" if side == "old" else "new_confirmed_at"
    if getattr(change, field) is None:
        setattr(change, field, timezone.now())
        change.save(update_fields=[field])
    if change.old_confirmed_at and change.new_confirmed_at:
        _complete(change)
    return change


def _complete(change: EmailChange) -> None:
    user, before = change.user, change.user.email
    try:
        with transaction.atomic():
            user.email = change.new_email
            user.save(update_fields=["email"])
            EmailAddress.objects.filter(user=user).delete()
            EmailAddress.objects.create(user=user, email=change.new_email, primary=True, verified=True)
    except IntegrityError as error:
        raise EmailTaken from error
    record_audit("accounts.user.email_changed", user, data={"before": before, "after": change.new_email})
    EmailChange.objects.filter(pk=change.pk).delete()
    get_adapter().send_notification_mail(
        "account/email/email_changed",
        user,
        {"user": user, "from_email": before, "to_email": change.new_email},
        email=before,
    )


def _link(change: EmailChange, side: Side) -> str:
    token = signing.dumps([str(change.pk), str(change.user_id), side], salt=SALT)
    return settings.SITE_URL + reverse("accounts:confirm_email_change", args=[token])
