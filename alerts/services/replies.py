"""What people answer to a message on their phone: STOP ends the messages of that channel, START takes it back."""

import unicodedata

from django.db.models import QuerySet
from django.utils import timezone, translation
from django.utils.translation import gettext as _

from accounts.audit import record_audit
from alerts.kinds import ChannelName
from alerts.models import AddressProblem, NotificationProfile
from leadsmarket.lib.actor import SYSTEM, acting_as

STOP_WORDS = frozenset(
    {"stop", "stopall", "arret", "arreter", "unsubscribe", "cancel", "end", "quit", "توقف", "ايقاف", "الغاء"}
)
START_WORDS = frozenset({"start", "unstop", "reprendre", "ابدا"})


def note_reply(*, channel: str, phone: str, text: str) -> bool:
    """Note what a person wrote back from `phone` (E.164); True where it changed what they get. Repeating is harmless.

    STOP by SMS: nothing more is sent to the number there, as with any address that takes no messages. STOP on WhatsApp: the
    consent is withdrawn. START by SMS ends that again; WhatsApp needs a new consent on the page. Other words change nothing.
    """
    word = _plain(text)
    with acting_as(SYSTEM):
        if word in STOP_WORDS:
            return _withdraw_whatsapp(phone) if channel == ChannelName.WHATSAPP else _stop_sms(phone)
        if word in START_WORDS and channel == ChannelName.SMS:
            return bool(
                AddressProblem.objects.filter(channel=channel, address=phone, solved_at=None).update(
                    solved_at=timezone.now()
                )
            )
    return False


def _stop_sms(phone: str) -> bool:
    problems = []
    for profile in _profiles(phone).select_related("user"):
        with translation.override(profile.user.language):
            reason = _("You answered STOP.")
        problems.append(AddressProblem(user=profile.user, channel=ChannelName.SMS, address=phone, reason=reason))
    AddressProblem.objects.bulk_create(problems, ignore_conflicts=True)
    return bool(problems)


def _withdraw_whatsapp(phone: str) -> bool:
    profiles = list(_profiles(phone).exclude(whatsapp_agreed_at=None).select_for_update(no_key=True))
    for profile in profiles:
        profile.whatsapp_agreed_at = None
        profile.save(update_fields=["whatsapp_agreed_at"])
        record_audit("alerts.whatsapp.withdrawn", profile, data={"by": "reply"})
    return bool(profiles)


def _profiles(phone: str) -> QuerySet[NotificationProfile]:
    return NotificationProfile.objects.filter(phone=phone).exclude(phone_verified_at=None).order_by("pk")


def _plain(text: str) -> str:
    letters = unicodedata.normalize("NFKD", text.strip(" .!\t\r\n").casefold())
    return "".join(letter for letter in letters if not unicodedata.combining(letter))
