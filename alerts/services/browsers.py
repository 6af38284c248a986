"""The browsers that show a person's notifications."""

from uuid import UUID

from django.utils.translation import gettext as _

from alerts.channels.web_push.channel import is_push_service
from alerts.models import PushSubscription
from leadsmarket.lib.actor import SYSTEM, acting_as
from leadsmarket.lib.errors import InvalidInput

MOST_BROWSERS = 10
"""The one that was subscribed first makes room."""


def subscribe_browser(
    *, user_id: UUID, endpoint: str, public_key: str, authentication_secret: str, browser: str = ""
) -> PushSubscription:
    """Show a person's notifications in a browser from now on; again from the same browser renews its keys.

    endpoint, public_key, authentication_secret: what the browser says of itself (PushSubscription of the Push API). A browser
    that another person used before shows the new person's alone. Raises InvalidInput for an address of no push service.
    """
    if not is_push_service(endpoint) or not (public_key and authentication_secret):
        raise InvalidInput(_("This browser can't show notifications."))
    with acting_as(SYSTEM):
        subscription, _created = PushSubscription.objects.update_or_create(
            endpoint=endpoint,
            defaults={
                "user_id": user_id,
                "public_key": public_key,
                "authentication_secret": authentication_secret,
                "browser": browser[:120],
            },
        )
        kept = PushSubscription.objects.filter(user_id=user_id).order_by("-created_at")[:MOST_BROWSERS]
        PushSubscription.objects.filter(user_id=user_id).exclude(
            pk__in=list(kept.values_list("pk", flat=True))
        ).delete()
    return subscription


def unsubscribe_browser(*, user_id: UUID, endpoint: str) -> None:
    """Show a person's notifications in this browser no longer. Repeating is harmless."""
    PushSubscription.objects.filter(user_id=user_id, endpoint=endpoint).delete()


def forget_browser(*, user_id: UUID, subscription_id: UUID) -> None:
    """The same for another browser, from the list of all. Repeating is harmless."""
    PushSubscription.objects.filter(user_id=user_id, pk=subscription_id).delete()
