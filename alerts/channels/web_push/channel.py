"""A message as a notification of the browser."""

from functools import cache
from urllib.parse import urlsplit

from django.conf import settings

from alerts.errors import DeliveryError
from alerts.kinds import ChannelName, is_urgent
from alerts.models import Delivery, PushSubscription
from leadsmarket.lib.actor import SYSTEM, acting_as
from leadsmarket.lib.outbound import NoAnswer

SECONDS_TO_LIVE = 24 * 3600
GONE = (404, 410)
"""The browser was reset, or its person refused notifications there."""
REFUSED = (400, 413)


class WebPushChannel:
    """Needs a key of the platform; every browser's address comes from its own maker."""

    name = ChannelName.WEB_PUSH

    def missing_settings(self) -> list[str]:
        """Return the environment variables without which nothing can be sent."""
        return [] if settings.WEB_PUSH_PRIVATE_KEY else ["WEB_PUSH_PRIVATE_KEY"]

    def payload(self, kind: str, level: str, context: dict[str, object]) -> dict[str, object]:
        """Return the page that a click opens, and how urgent the message is."""
        path = urlsplit(str(context["url"]))._replace(scheme="", netloc="").geturl()
        return {"url": path, "urgent": is_urgent(kind, level)}

    def send(self, delivery: Delivery) -> str:
        """Hand a message to the push service of a browser; it gives no id. Raises DeliveryError."""
        # Loaded by the worker that sends the first one: with its libraries it is large.
        from alerts.channels.web_push.client import post_message

        with acting_as(SYSTEM):
            browser = PushSubscription.objects.filter(pk=delivery.address).first()
        if browser is None or not is_push_service(browser.endpoint):
            raise DeliveryError("The browser is no longer subscribed.", permanent=True)
        try:
            answer = post_message(
                endpoint=browser.endpoint,
                public_key=browser.public_key,
                authentication_secret=browser.authentication_secret,
                message={
                    "title": delivery.subject,
                    "body": delivery.text,
                    "url": delivery.payload["url"],
                    "tag": str(delivery.pk),
                    "language": delivery.language,
                },
                private_key=settings.WEB_PUSH_PRIVATE_KEY,
                contact=settings.WEB_PUSH_CONTACT,
                topic=delivery.pk.hex,
                urgent=delivery.payload["urgent"],
                seconds_to_live=SECONDS_TO_LIVE,
            )
        except NoAnswer as error:
            raise DeliveryError(f"no answer: {error}") from error
        except ValueError as error:
            raise DeliveryError("The browser's keys can't be used.", permanent=True) from error
        if answer.status in GONE:
            with acting_as(SYSTEM):
                PushSubscription.objects.filter(pk=browser.pk).delete()
            raise DeliveryError(f"status {answer.status}: no longer subscribed", permanent=True)
        if not 200 <= answer.status < 300:
            raise DeliveryError(f"status {answer.status}", permanent=answer.status in REFUSED)
        return ""


def is_push_service(endpoint: str) -> bool:
    """Say whether an address is one of the browser makers' services: a browser names it, and it must not lead elsewhere."""
    address = urlsplit(endpoint)
    host = address.hostname or ""
    return address.scheme == "https" and any(
        host == allowed or host.endswith(f".{allowed}") for allowed in settings.WEB_PUSH_HOSTS
    )


@cache
def _public_key(private_key: str) -> str:
    # Here, not above: the library is large, and most processes never need it.
    from alerts.channels.web_push.client import public_key_of

    return public_key_of(private_key)


def web_push_public_key() -> str:
    """Return the key that browsers subscribe with, empty where the channel is not configured."""
    return _public_key(settings.WEB_PUSH_PRIVATE_KEY) if settings.WEB_PUSH_PRIVATE_KEY else ""
