"""What a person was told."""

from typing import Any
from uuid import UUID

from django.conf import settings
from rest_framework.request import Request
from rest_framework.response import Response

from alerts.models import Notification
from alerts.selectors import notifications_of
from alerts.services import mark_read
from api.notifications.serializers import (
    NotificationAnswer,
    NotificationPage,
    NotificationQuery,
    ReadNotificationAnswer,
)
from api.operations import Operation, shown
from api.pagination import page_answer
from leadsmarket.lib.errors import NotFound

STATES = {None: "", True: "read", False: "unread"}


class ListNotifications(Operation):
    """List notifications.

    What the person behind the token or key was told, the latest first.
    """

    tag = "notifications"
    query = NotificationQuery
    answer = NotificationPage

    def get(self, request: Request) -> Response:
        query = self.read_query()
        assert self.actor.user_id is not None  # noqa: S101 - every caller is somebody
        found = notifications_of(self.actor.user_id, kind=query.get("kind", ""), state=STATES[query["read"]])
        return Response(
            page_answer(request, found, order="-created_at", query=query, results=lambda rows: map(_answer, rows))
        )


class ReadNotification(Operation):
    """Mark a notification read.

    The same call again changes nothing.
    """

    tag = "notifications"
    answer = ReadNotificationAnswer

    def post(self, request: Request, notification_id: UUID) -> Response:
        assert self.actor.user_id is not None  # noqa: S101 - every caller is somebody
        notification = notifications_of(self.actor.user_id).filter(pk=notification_id).first()
        if notification is None:
            raise NotFound
        mark_read(notification)
        return Response({"success": True, "notification": _answer(notification) | {"read": True}})


def _answer(notification: Notification) -> dict[str, Any]:
    values = {name: getattr(notification, name) for name in _OWN_FIELDS}
    added = {"url": settings.SITE_URL + notification.url, "read": notification.read_at is not None}
    return shown(NotificationAnswer, values | added)


_OWN_FIELDS = [name for name in NotificationAnswer().fields if name not in ("url", "read")]
