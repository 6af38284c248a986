"""What people choose to hear, on which channel, and when their phone stays silent."""

from collections.abc import Mapping
from datetime import time
from uuid import UUID

from django.utils.translation import gettext as _

from accounts.models import User
from alerts.kinds import ROLE_KINDS, ChannelName, offered_channels
from alerts.models import NotificationPreference, NotificationProfile
from leadsmarket.lib.actor import SYSTEM, acting_as
from leadsmarket.lib.errors import InvalidInput


def set_preferences(*, user: User, choices: Mapping[tuple[str, str], bool]) -> None:
    """Store a person's choices by kind and channel; those that they don't name stay as they are.

    Critical and depleted levels are sent by e-mail whatever is chosen (alerts.routes). Raises InvalidInput for a kind that
    this role never gets, or a channel that can't be chosen.
    """
    for kind, channel in choices:
        if kind not in ROLE_KINDS[user.role] or channel not in offered_channels(kind):
            raise InvalidInput(_("This can't be chosen."))
    NotificationPreference.objects.bulk_create(
        [
            NotificationPreference(user=user, kind=kind, channel=channel, is_on=is_on)
            for (kind, channel), is_on in choices.items()
        ],
        update_conflicts=True,
        unique_fields=["user", "kind", "channel"],
        update_fields=["is_on"],
    )


def set_quiet_hours(*, user: User, quiet_from: time, quiet_until: time) -> NotificationProfile:
    """Hold SMS and WhatsApp back between two times of the day (Casablanca), also over midnight; equal times: never."""
    profile, _created = NotificationProfile.objects.update_or_create(
        user=user, defaults={"quiet_from": quiet_from, "quiet_until": quiet_until}
    )
    return profile


def set_reports_without_activity(*, user: User, wanted: bool) -> NotificationProfile:
    """Send the daily report also after a day on which nothing happened, or not."""
    profile, _created = NotificationProfile.objects.update_or_create(
        user=user, defaults={"reports_without_activity": wanted}
    )
    return profile


def unsubscribe(*, user_id: UUID, kind: str) -> None:
    """End the e-mails of one kind for a person whose signed address was opened. Repeating is harmless."""
    with acting_as(SYSTEM):
        user = User.objects.get(pk=user_id)
        set_preferences(user=user, choices={(kind, ChannelName.EMAIL): False})
