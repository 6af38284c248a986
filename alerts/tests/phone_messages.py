"""Messages to Atlas' owner's phone, for tests of the channels that go there."""

from decimal import Decimal

from django.utils import timezone

from accounts.models import User
from alerts.kinds import Kind
from alerts.models import AddressProblem, Delivery, NotificationProfile
from alerts.services import notify
from alerts.tellers.deposits import level_context
from deposits.levels import AlertLevel
from leadsmarket.lib.actor import SYSTEM, acting_as
from leadsmarket.lib.identifiers import new_id
from tests.personas import Personas

PHONE = "+212612345678"


def verify_phone(user: User, phone: str = PHONE, *, whatsapp: bool = False) -> NotificationProfile:
    """Give a person a verified phone, and the consent to WhatsApp where asked."""
    with acting_as(SYSTEM):
        profile, _created = NotificationProfile.objects.update_or_create(
            user=user,
            defaults={
                "phone": phone,
                "phone_verified_at": timezone.now(),
                "whatsapp_agreed_at": timezone.now() if whatsapp else None,
            },
        )
    return profile


def make_delivery(people: Personas, **values: object) -> Delivery:
    """A message to Atlas' owner: an SMS that waits, unless told otherwise."""
    with acting_as(SYSTEM):
        return Delivery.objects.create(
            **{
                "kind": Kind.DEPOSIT_LEVEL,
                "channel": "sms",
                "user": people.owner,
                "address": PHONE,
                "language": "fr",
                "subject": "Solde bas",
                "text": "Solde bas. https://leads.test/recharge/",
                "deduplication_key": str(new_id()),
            }
            | values
        )


def tell_level(
    people: Personas, level: AlertLevel = AlertLevel.CRITICAL, cause: str = "test", **changes: object
) -> None:
    """Tell Atlas' owner of a deposit level, as alerts.tellers does."""
    context = level_context(
        people.deposit,
        level,
        current_balance=Decimal("450.00"),
        available_balance=Decimal("390.00"),
        gauge_percentage=Decimal("9.00"),
        forecast=(6, 2),
    )
    context |= {"deposit_name": "Dépôt général"} | changes
    with acting_as(SYSTEM):
        notify(Kind.DEPOSIT_LEVEL, [people.owner], cause=cause, context=context, level=level, dashboard=False)


def of_channel(channel: str) -> list[Delivery]:
    """The messages of one channel, in order."""
    with acting_as(SYSTEM):
        return list(Delivery.objects.filter(channel=channel).order_by("id"))


def fresh(delivery: Delivery) -> Delivery:
    """The message as it is now."""
    with acting_as(SYSTEM):
        return Delivery.objects.get(pk=delivery.pk)


def change(delivery: Delivery, **values: object) -> None:
    """Change a message behind the services."""
    with acting_as(SYSTEM):
        Delivery.objects.filter(pk=delivery.pk).update(**values)


def problems() -> list[tuple[str, str, str]]:
    """The addresses that are not reached now, with the reason."""
    with acting_as(SYSTEM):
        return list(AddressProblem.objects.filter(solved_at=None).values_list("channel", "address", "reason"))
