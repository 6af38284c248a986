"""Writing what people are told: a notification under their bell and a delivery per channel, rows only."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from django.conf import settings
from django.utils import timezone, translation
from django.utils.translation import gettext as _

from accounts.models import User
from alerts.channels.registry import CHANNELS
from alerts.kinds import LEVELS, NOT_ON_DASHBOARD, STAFF_CHAT_KINDS, ChannelName
from alerts.models import Delivery, Notification
from alerts.routes import Route, routes_of
from alerts.services.messages import write_message, write_notification, write_short_text
from alerts.services.sending import send_after_commit
from leadsmarket.lib.actor import SYSTEM, acting_as

Status = Delivery.Status


def notify(
    kind: str,
    users: Iterable[User],
    *,
    cause: str,
    context: dict[str, Any],
    about: Mapping[str, UUID | None] | None = None,
    attachments: Iterable[dict[str, str]] = (),
    level: str = "",
    channels: Iterable[ChannelName] | None = None,
    dashboard: bool = True,
) -> None:
    """Tell each person on their dashboard and on the channels that they want, in their language.

    Rows in the running transaction, sent after it; once per kind, cause, person, channel and address.

    cause: what the message is about, such as `payment:<id>`. context: for the templates, with the `url` of the page to go to;
    texts in it are lazy, so that each person reads them in their own language. about: the ids of Notification, such as
    `deposit_id`. level: of a deposit level, the level; else that of the kind. channels: no others than these. dashboard: False
    where it was told there already.
    """
    people = list(users)
    level = level or LEVELS[kind]
    allowed = None if channels is None else set(channels)
    with acting_as(SYSTEM):
        routes = routes_of(people, kind=kind, level=level)
        if dashboard and kind not in NOT_ON_DASHBOARD:
            _show_on_dashboard(kind, people, cause, context, about or {}, level)
        deliveries = [
            _delivery(kind, user, route, cause, context, list(attachments), level)
            for user in people
            for route in routes[user.pk]
            if allowed is None or route.channel in allowed
        ]
        if people and kind in STAFF_CHAT_KINDS and not CHANNELS[ChannelName.STAFF_CHAT].missing_settings():
            deliveries.append(_chat_delivery(kind, people[0], cause, context, level))
        _queue(deliveries)


def _show_on_dashboard(
    kind: str,
    people: list[User],
    cause: str,
    context: dict[str, Any],
    about: Mapping[str, UUID | None],
    level: str,
) -> None:
    rows = [
        Notification(
            kind=kind,
            user=user,
            deduplication_key=f"{cause}:{kind}:{user.pk}:dashboard",
            **about,
            **write_notification(kind, user, context, level),
        )
        for user in people
    ]
    Notification.objects.bulk_create(rows, ignore_conflicts=True)


def _delivery(
    kind: str,
    user: User,
    route: Route,
    cause: str,
    context: dict[str, Any],
    attachments: list[dict[str, str]],
    level: str,
) -> Delivery:
    channel = CHANNELS[route.channel]
    with translation.override(user.language):
        problem = route.problem or (_("The channel is not configured.") if channel.missing_settings() else "")
        payload = channel.payload(kind, level, {"user": user, "site_url": settings.SITE_URL, **context})
    return Delivery(
        kind=kind,
        channel=route.channel,
        user=user,
        address=route.address,
        language=user.language,
        payload=payload,
        deduplication_key=_key(cause, kind, user, route),
        status=Status.NOT_SENT if problem else Status.QUEUED,
        error=problem,
        next_attempt_at=route.not_before or timezone.now(),
        **_words(route.channel, kind, user, context, attachments, level),
    )


def _words(
    channel: str, kind: str, user: User, context: dict[str, Any], attachments: list[dict[str, str]], level: str
) -> dict[str, Any]:
    if channel == ChannelName.EMAIL:
        return {**write_message(kind, user, context), "attachments": attachments}
    told = write_notification(kind, user, context, level)
    if channel == ChannelName.WEB_PUSH:
        return {"subject": told["title"], "text": told["body"]}
    return {"subject": told["title"], "text": write_short_text(kind, user, context)}


def _chat_delivery(kind: str, reader: User, cause: str, context: dict[str, Any], level: str) -> Delivery:
    told = write_notification(kind, reader, context, level)
    return Delivery(
        kind=kind,
        channel=ChannelName.STAFF_CHAT,
        address=_("staff"),
        language=reader.language,
        subject=told["title"],
        text=f"{told['body']}\n{context['url']}",
        deduplication_key=f"{cause}:{kind}:chat",
    )


def _key(cause: str, kind: str, user: User, route: Route) -> str:
    # E-mails of one cause go once, also where the address was changed meanwhile; browsers each have their own.
    end = f":{route.address}" if route.channel == ChannelName.WEB_PUSH else ""
    return f"{cause}:{kind}:{user.pk}:{route.channel}{end}"


def _queue(deliveries: list[Delivery]) -> None:
    keys = [delivery.deduplication_key for delivery in deliveries]
    known = set(Delivery.objects.filter(deduplication_key__in=keys).values_list("deduplication_key", flat=True))
    new = [delivery for delivery in deliveries if delivery.deduplication_key not in known]
    # A twin that runs at this moment may have written some: their ids are not ours, and nothing is sent twice.
    Delivery.objects.bulk_create(new, ignore_conflicts=True)
    for delivery in new:
        if delivery.status == Status.QUEUED and _is_due(delivery.next_attempt_at):
            send_after_commit(delivery)


def _is_due(moment: datetime) -> bool:
    return moment <= timezone.now()
