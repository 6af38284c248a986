"""Rows of messages for tests of what the database refuses and hides: choices, phones, browsers, addresses, levels."""

from datetime import time

from django.utils import timezone

from alerts.models import (
    AddressProblem,
    DepositAlert,
    NotificationPreference,
    NotificationProfile,
    PushSubscription,
)
from leadsmarket.lib.actor import SYSTEM, acting_as
from tests.personas import Personas


def make_message_rows(personas: Personas) -> None:
    """Give Atlas' team, Rif and Salma a verified phone, a choice, a browser and a bad address each; announce Atlas' level."""
    people = (personas.owner, personas.member, personas.other_owner, personas.influencer_user)
    now = timezone.now()
    with acting_as(SYSTEM):
        for number, user in enumerate(people):
            phone = f"+21261234567{number}"
            NotificationProfile.objects.create(
                user=user, phone=phone, phone_verified_at=now, whatsapp_agreed_at=now, quiet_from=time(22)
            )
            NotificationPreference.objects.create(user=user, kind="new_lead", channel="sms", is_on=True)
            PushSubscription.objects.create(
                user=user,
                endpoint=f"https://push.test/{number}",
                public_key="key",
                authentication_secret="secret",
            )
            AddressProblem.objects.create(user=user, channel="sms", address=phone, reason="30005")
        DepositAlert.objects.update_or_create(
            deposit=personas.deposit, defaults={"level": "critical", "announcements": 1, "announced_at": now}
        )
