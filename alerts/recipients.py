"""Who is told: active people only. Read as the platform, since the person who acts need not see them."""

from uuid import UUID

from accounts.models import User
from leadsmarket.lib.actor import SYSTEM, acting_as


def merchant_team(merchant_id: UUID) -> list[User]:
    """Return the active members of a merchant's team."""
    return active_users(membership__merchant_id=merchant_id, membership__merchant__is_active=True)


def influencer_user(influencer_id: UUID) -> list[User]:
    """Return the log-in of an influencer, as a list of one, or of none where it is switched off."""
    return active_users(influencer__pk=influencer_id, influencer__is_active=True)


def staff() -> list[User]:
    """Return those who run the platform."""
    return active_users(role=User.Role.STAFF, is_staff=True)


def active_users(**conditions: object) -> list[User]:
    """Return the active people who meet these conditions, by id."""
    with acting_as(SYSTEM):
        return list(User.objects.filter(is_active=True, **conditions).order_by("pk"))
