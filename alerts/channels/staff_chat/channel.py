"""A message in the chat room of staff."""

from django.conf import settings

from alerts.errors import DeliveryError
from alerts.kinds import ChannelName
from alerts.models import Delivery


class StaffChatChannel:
    """One room: with several, a failure of one would repeat the message in the others."""

    name = ChannelName.STAFF_CHAT

    def missing_settings(self) -> list[str]:
        """Return the environment variables without which nothing can be sent."""
        return [] if settings.STAFF_CHAT_URL else ["STAFF_CHAT_URL"]

    def payload(self, kind: str, level: str, context: dict[str, object]) -> dict[str, object]:
        """Return nothing: title and text are all of it."""
        return {}

    def send(self, delivery: Delivery) -> str:
        """Post one message; chats give no id. Raises DeliveryError, never with the address, which is a secret."""
        # Loaded by the worker that posts the first one: it knows a hundred services.
        from apprise import Apprise

        room = Apprise()
        if not room.add(settings.STAFF_CHAT_URL):
            raise DeliveryError("STAFF_CHAT_URL is no address that apprise knows.")
        if not room.notify(title=delivery.subject, body=delivery.text):
            raise DeliveryError("The chat did not take the message.")
        return ""
