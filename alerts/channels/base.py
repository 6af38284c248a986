"""What a channel must be able to do; each is a folder beside this file and is listed in alerts.channels."""

from typing import Protocol

from alerts.models import Delivery


class Channel(Protocol):
    """One way out of the platform.

    name: its ChannelName. Only its own folder imports the provider's library or knows its addresses.
    """

    name: str

    def missing_settings(self) -> list[str]:
        """Return the environment variables without which nothing can be sent; empty where the channel is configured."""
        ...

    def payload(self, kind: str, level: str, context: dict[str, object]) -> dict[str, object]:
        """Return what a message needs beside its text, in the language that is active; stored with the delivery."""
        ...

    def send(self, delivery: Delivery) -> str:
        """Send one message, outside any transaction; return the provider's id, empty where it gives none.

        Raises DeliveryError: permanent only where this address or this message will never be taken.
        """
        ...
