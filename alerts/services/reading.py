"""A person reads what they were told."""

from uuid import UUID

from django.utils import timezone

from alerts.models import Notification


def mark_read(notification: Notification) -> None:
    """Note that its person opened a notification; the first time counts."""
    Notification.objects.filter(pk=notification.pk, read_at=None).update(read_at=timezone.now())


def mark_all_read(*, user_id: UUID) -> int:
    """Note that a person has read all that they were told until now; returns how many were unread."""
    return Notification.objects.filter(user_id=user_id, read_at=None).update(read_at=timezone.now())
