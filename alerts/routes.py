"""Where a message goes: each person's channels by their choices, with the address and the moment. Reads only."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from uuid import UUID

from django.utils import timezone

from accounts.models import User
from alerts.kinds import ChannelName, default_channels, is_urgent
from alerts.models import AddressProblem, NotificationPreference, NotificationProfile, PushSubscription

HELD_IN_QUIET_HOURS = (ChannelName.SMS, ChannelName.WHATSAPP)


@dataclass(frozen=True, slots=True)
class Route:
    """One way to one person. not_before: None for now. problem: why nothing can be sent there, empty where it can."""

    channel: ChannelName
    address: str
    not_before: datetime | None = None
    problem: str = ""


def routes_of(users: Sequence[User], *, kind: str, level: str, now: datetime | None = None) -> dict[UUID, list[Route]]:
    """Return each person's ways out for a message of this kind. Four queries, whatever the number of people.

    A phone counts once it is verified, and for WhatsApp once its person agreed. Urgent messages always go by e-mail and ignore
    quiet hours. An address that its provider said can't be reached is named with its problem.
    """
    moment = now or timezone.now()
    ids = [user.pk for user in users]
    chosen: dict[UUID, dict[str, bool]] = defaultdict(dict)
    for choice in NotificationPreference.objects.filter(user_id__in=ids, kind=kind):
        chosen[choice.user_id][choice.channel] = choice.is_on
    profiles = {profile.user_id: profile for profile in NotificationProfile.objects.filter(user_id__in=ids)}
    browsers: dict[UUID, list[PushSubscription]] = defaultdict(list)
    for subscription in PushSubscription.objects.filter(user_id__in=ids).order_by("id"):
        browsers[subscription.user_id].append(subscription)
    problems = {
        (problem.user_id, problem.channel, problem.address): problem.reason
        for problem in AddressProblem.objects.filter(user_id__in=ids, solved_at=None)
    }
    urgent, defaults = is_urgent(kind, level), default_channels(kind, level)
    found: dict[UUID, list[Route]] = {}
    for user in users:
        wanted = [
            channel
            for channel in (ChannelName.EMAIL, ChannelName.SMS, ChannelName.WHATSAPP, ChannelName.WEB_PUSH)
            if (urgent and channel == ChannelName.EMAIL) or chosen[user.pk].get(channel, channel in defaults)
        ]
        profile = profiles.get(user.pk)
        found[user.pk] = [
            Route(
                channel,
                address,
                None if urgent or channel not in HELD_IN_QUIET_HOURS else end_of_quiet_hours(profile, moment),
                problems.get((user.pk, channel, address), ""),
            )
            for channel in wanted
            for address in _addresses(user, channel, profile, browsers[user.pk])
        ]
    return found


def end_of_quiet_hours(profile: NotificationProfile | None, now: datetime) -> datetime | None:
    """Return when a person's phone may ring again, None where it may now. Hours of the platform's time zone."""
    quiet_from, quiet_until = (profile.quiet_from, profile.quiet_until) if profile else (time(21), time(8))
    local = timezone.localtime(now)
    clock = local.time().replace(microsecond=0)
    over_midnight = quiet_from > quiet_until
    is_quiet = (clock >= quiet_from or clock < quiet_until) if over_midnight else quiet_from <= clock < quiet_until
    if not is_quiet:
        return None
    day = local.date() + timedelta(days=1) if over_midnight and clock >= quiet_from else local.date()
    return timezone.make_aware(datetime.combine(day, quiet_until))


def _addresses(
    user: User, channel: ChannelName, profile: NotificationProfile | None, browsers: list[PushSubscription]
) -> list[str]:
    if channel == ChannelName.EMAIL:
        return [user.email]
    if channel == ChannelName.WEB_PUSH:
        return [str(subscription.pk) for subscription in browsers]
    if profile is None or profile.phone_verified_at is None:
        return []
    if channel == ChannelName.WHATSAPP and profile.whatsapp_agreed_at is None:
        return []
    return [profile.phone.as_e164]
