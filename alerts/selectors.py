"""What a person reads under their bell."""

from uuid import UUID

from django.db.models import QuerySet

from alerts.models import Notification

MOST_COUNTED = 100
"""The bell says 99+ from here on: counting thousands every 30 seconds would tell nobody more."""


def notifications_of(user_id: UUID) -> QuerySet[Notification]:
    """Return all that a person was told."""
    return Notification.objects.filter(user_id=user_id)


def unread_count(user_id: UUID) -> int:
    """Return how many notifications a person has not read, at most MOST_COUNTED. One query."""
    return notifications_of(user_id).filter(read_at=None)[:MOST_COUNTED].count()
