"""The phone on which a person gets messages: verified by a code, agreed to for WhatsApp, forgotten on request."""

import re
import unicodedata
from datetime import datetime, timedelta
from uuid import UUID

from django.db import connection, transaction
from django.template.loader import render_to_string
from django.utils import timezone, translation
from django.utils.functional import Promise
from django.utils.translation import gettext as _now
from django.utils.translation import gettext_lazy as _

from accounts.audit import record_audit
from accounts.models import User
from alerts.channels.registry import CHANNELS
from alerts.codes import HIDDEN, LIFETIME, code_hash, code_of, is_code
from alerts.errors import CodeExpired, CodeTooSoon, NotAMobile, PhoneNotVerified, PhonesNotAvailable, TooManyCodes
from alerts.kinds import ChannelName, Kind
from alerts.models import AddressProblem, Delivery, NotificationProfile
from alerts.services.sending import send_after_commit
from leadsmarket.lib.actor import SYSTEM, acting_as
from leadsmarket.lib.identifiers import new_id
from leadsmarket.lib.phone import NotAPhoneNumber, normalise_phone

MOBILE = re.compile(r"\+212[67]\d{8}")
CODES_PER_HOUR = 5
"""For one person and for one number: an SMS costs, and a stranger's phone must stay quiet."""
PAUSE = timedelta(minutes=1)
MOST_FAILURES = 5
WHATSAPP_CONSENT: str | Promise = _(
    "I agree to get messages about my account on WhatsApp. I can end them at any time on this page or by answering STOP."
)


def phones_available() -> bool:
    """Say whether numbers can be verified, that is whether SMS is configured."""
    return not CHANNELS[ChannelName.SMS].missing_settings()


@transaction.atomic
def start_phone_verification(*, user: User, phone: str) -> str:
    """Send a code by SMS to a number and return it in E.164; the number counts once the code is typed, until then the old one.

    A number that is verified already gets no code. Raises NotAMobile, PhonesNotAvailable, TooManyCodes, CodeTooSoon; counts
    codes in the database, so that no cache must be there.
    """
    number = moroccan_mobile(phone)
    if not phones_available():
        raise PhonesNotAvailable
    profile = _locked_profile(user)
    if profile.phone == number and profile.phone_verified_at:
        return number
    now = timezone.now()
    with acting_as(SYSTEM):
        _require_not_too_often(user, number, now)
        delivery = _queue_code(user, number, now)
    profile.code_hash = code_hash(user_id=user.pk, phone=number, code=code_of(delivery.pk))
    profile.code_sent_at, profile.code_failures = now, 0
    profile.save(update_fields=["code_hash", "code_sent_at", "code_failures"])
    record_audit("alerts.phone.code_sent", profile, data={"phone": _masked(number)})
    return number


@transaction.atomic
def confirm_phone(*, user: User, code: str) -> bool:
    """Take the code that a person typed: True and the number counts; False for a wrong one, which is counted.

    A wrong code is no exception: a rollback would forget that it was tried. After five, or ten minutes after it was sent, a
    code is over: raises CodeExpired. Spaces and Arabic digits are taken.
    """
    profile = _locked_profile(user)
    number = phone_waiting_for_code(user_id=user.pk, profile=profile)
    if not number:
        raise CodeExpired
    if not is_code(_digits(code), user_id=user.pk, phone=number, kept=profile.code_hash):
        profile.code_failures += 1
        profile.save(update_fields=["code_failures"])
        return False
    if profile.phone != number:
        # Who agreed to WhatsApp did so for the other number.
        profile.whatsapp_agreed_at = None
    profile.phone, profile.phone_verified_at = number, timezone.now()
    profile.code_hash, profile.code_sent_at, profile.code_failures = "", None, 0
    profile.save()
    with acting_as(SYSTEM):
        # The SMS with the code arrived.
        AddressProblem.objects.filter(user=user, channel=ChannelName.SMS, address=number, solved_at=None).update(
            solved_at=profile.phone_verified_at
        )
    record_audit("alerts.phone.verified", profile, data={"phone": _masked(number)})
    return True


def phone_waiting_for_code(*, user_id: UUID, profile: NotificationProfile | None = None) -> str:
    """Return the number (E.164) whose code can be typed now, empty where none can."""
    profile = profile or NotificationProfile.objects.filter(user_id=user_id).first()
    oldest = timezone.now() - LIFETIME
    if profile is None or not profile.code_hash or profile.code_failures >= MOST_FAILURES:
        return ""
    if profile.code_sent_at is None or profile.code_sent_at < oldest:
        return ""
    with acting_as(SYSTEM):
        sent = Delivery.objects.filter(kind=Kind.PHONE_CODE, user_id=user_id, created_at__gte=oldest)
        return sent.order_by("-created_at").values_list("address", flat=True).first() or ""


@transaction.atomic
def agree_to_whatsapp(*, user: User) -> NotificationProfile:
    """Note that a person wants messages on WhatsApp, with the sentence that they read. Raises PhoneNotVerified."""
    profile = _locked_profile(user)
    if profile.phone_verified_at is None:
        raise PhoneNotVerified
    if profile.whatsapp_agreed_at is None:
        profile.whatsapp_agreed_at = timezone.now()
        profile.save(update_fields=["whatsapp_agreed_at"])
        record_audit(
            "alerts.whatsapp.agreed",
            profile,
            data={"phone": _masked(profile.phone.as_e164), "text": str(WHATSAPP_CONSENT)},
        )
    return profile


@transaction.atomic
def withdraw_from_whatsapp(*, user: User) -> NotificationProfile:
    """Send a person nothing more on WhatsApp. Repeating is harmless."""
    profile = _locked_profile(user)
    if profile.whatsapp_agreed_at:
        profile.whatsapp_agreed_at = None
        profile.save(update_fields=["whatsapp_agreed_at"])
        record_audit("alerts.whatsapp.withdrawn", profile, data={"by": "person"})
    return profile


@transaction.atomic
def forget_phone(*, user: User) -> NotificationProfile:
    """Keep a person's number for messages no longer, nor a code that waits. Repeating is harmless."""
    profile = _locked_profile(user)
    if profile.phone:
        record_audit("alerts.phone.forgotten", profile, data={"phone": _masked(profile.phone.as_e164)})
    profile.phone, profile.phone_verified_at, profile.whatsapp_agreed_at = "", None, None
    profile.code_hash, profile.code_sent_at, profile.code_failures = "", None, 0
    profile.save()
    return profile


def moroccan_mobile(text: str) -> str:
    """Return a number as people type it in E.164. Raises NotAMobile for all but +212 6… and 7… (morocco.md, 1)."""
    try:
        number = normalise_phone(text)
    except NotAPhoneNumber:
        number = ""
    if not MOBILE.fullmatch(number):
        raise NotAMobile(fields={"phone": NotAMobile.message})
    return number


def _locked_profile(user: User) -> NotificationProfile:
    NotificationProfile.objects.get_or_create(user=user)
    return NotificationProfile.objects.select_for_update(no_key=True).get(user=user)


def _require_not_too_often(user: User, number: str, now: datetime) -> None:
    with connection.cursor() as cursor:
        # Two people who ask for one number at once: one after the other.
        cursor.execute("SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))", [f"phone_code:{number}"])
    sent = Delivery.objects.filter(kind=Kind.PHONE_CODE, created_at__gt=now - timedelta(hours=1))
    for codes in (sent.filter(user=user), sent.filter(address=number)):
        moments = list(codes.order_by("-created_at").values_list("created_at", flat=True)[:CODES_PER_HOUR])
        if len(moments) == CODES_PER_HOUR:
            raise TooManyCodes
        if moments and now - moments[0] < PAUSE:
            raise CodeTooSoon


def _queue_code(user: User, number: str, now: datetime) -> Delivery:
    delivery_id = new_id()
    with translation.override(user.language):
        delivery = Delivery.objects.create(
            pk=delivery_id,
            created_at=now,
            kind=Kind.PHONE_CODE,
            channel=ChannelName.SMS,
            user=user,
            address=number,
            language=user.language,
            subject=_now("Your code"),
            text=render_to_string("sms/phone_code.txt", {"code": HIDDEN}).strip(),
            deduplication_key=f"phone_code:{delivery_id}",
        )
    send_after_commit(delivery)
    return delivery


def _digits(text: str) -> str:
    return "".join(str(unicodedata.decimal(letter)) for letter in text if letter.isdecimal())


def _masked(phone: str) -> str:
    return f"{phone[:5]}••••••{phone[-2:]}"
