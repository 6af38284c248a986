"""What a person reads under their bell, and what they chose to hear."""

from dataclasses import dataclass
from datetime import date
from uuid import UUID

from django.db.models import QuerySet

from accounts.models import User
from alerts.channels.registry import CHANNELS
from alerts.kinds import ROLE_KINDS, ChannelName, default_channels, offered_channels
from alerts.models import AddressProblem, Notification, NotificationPreference, NotificationProfile, PushSubscription
from deposits.levels import AlertLevel
from leadsmarket.lib.days import start_of_day

MOST_COUNTED = 100
"""The bell says 99+ from here on: counting thousands every 30 seconds would tell nobody more."""
LATEST = 10


@dataclass(frozen=True, slots=True)
class PreferencePage:
    """What a person chose: by kind and channel, their profile (unsaved where they have none), browsers and bad addresses.

    configured: the channels that the platform can send on.
    """

    chosen: dict[tuple[str, str], bool]
    profile: NotificationProfile
    browsers: list[PushSubscription]
    problems: list[AddressProblem]
    configured: set[str]


def notifications_of(
    user_id: UUID, *, kind: str = "", state: str = "", since: date | None = None, until: date | None = None
) -> QuerySet[Notification]:
    """Return what a person was told; state: `unread`, `read` or empty for all; since and until: days, both included."""
    found = Notification.objects.filter(user_id=user_id)
    if kind:
        found = found.filter(kind=kind)
    if state:
        found = found.filter(read_at__isnull=state == "unread")
    if since:
        found = found.filter(created_at__gte=start_of_day(since))
    if until:
        found = found.filter(created_at__lt=start_of_day(until, days_later=1))
    return found


def latest_notifications(user_id: UUID) -> list[Notification]:
    """Return the last ten things that a person was told, the newest first. One query."""
    return list(notifications_of(user_id).order_by("-created_at", "-id")[:LATEST])


def unread_count(user_id: UUID) -> int:
    """Return how many notifications a person has not read, at most MOST_COUNTED. One query."""
    return Notification.objects.filter(user_id=user_id, read_at=None)[:MOST_COUNTED].count()


def preference_page(user: User) -> PreferencePage:
    """Return what a person chose, with the defaults where they chose nothing. Four queries."""
    stored = {
        (choice.kind, choice.channel): choice.is_on for choice in NotificationPreference.objects.filter(user=user)
    }
    return PreferencePage(
        chosen={
            (kind.value, channel.value): stored.get((kind, channel), _is_default(kind, channel))
            for kind in ROLE_KINDS[user.role]
            for channel in offered_channels(kind)
        },
        profile=NotificationProfile.objects.filter(user=user).first() or NotificationProfile(user=user),
        browsers=list(PushSubscription.objects.filter(user=user).order_by("-created_at")),
        problems=list(AddressProblem.objects.filter(user=user, solved_at=None).order_by("-created_at")),
        configured={name for name, channel in CHANNELS.items() if not channel.missing_settings()},
    )


def _is_default(kind: str, channel: ChannelName) -> bool:
    # Of the levels, the worst: a box that is not ticked means that none of them goes there.
    return channel in default_channels(kind, AlertLevel.DEPLETED)
