"""What happened, what people are told of it, how it reaches them, and what they want to hear."""

from alerts.models.deliveries import AddressProblem, Delivery
from alerts.models.events import Event
from alerts.models.levels import DepositAlert
from alerts.models.notifications import Notification
from alerts.models.preferences import NotificationPreference, NotificationProfile, PushSubscription

__all__ = [
    "AddressProblem",
    "Delivery",
    "DepositAlert",
    "Event",
    "Notification",
    "NotificationPreference",
    "NotificationProfile",
    "PushSubscription",
]
