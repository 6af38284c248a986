"""Puts what people were told into rows, as their templates write it and as if sent; nothing leaves."""

from collections import Counter
from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.conf import settings
from django.utils import translation
from django.utils.functional import Promise
from django.utils.translation import gettext as _now
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from alerts.channels.registry import CHANNELS
from alerts.kinds import ChannelName, Kind, default_channels
from alerts.models import AddressProblem, Delivery, Notification
from alerts.services import write_message, write_notification
from alerts.services.messages import write_short_text
from deposits.models import Deposit
from leadsmarket.demo.world import World

KEPT = timedelta(days=35)
"""E-mails are younger; payouts of the last round are among them."""
UNREAD = 3
"""The newest of each person wait under the bell."""
UNREACHABLE = "chantier@atlas-confort.test"
BOUNCE = "550 5.1.1 Recipient address rejected: user unknown"


class Post:
    """The notifications and deliveries of the demonstration. SMS and WhatsApp have no provider there, so those say so."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.deliveries: list[Delivery] = []
        self.notifications: list[Notification] = []
        self.problems: list[AddressProblem] = []
        self.teams = {row.pk: world.teams[key] for key, row in world.merchants.items()}
        self.campaigns = {row.pk: row.name for row in world.campaigns.values()}
        self.phones = {profile.user.pk: profile.phone.as_e164 for profile in world.phones}

    def deposit_name(self, deposit: Deposit) -> str | Promise:
        """Return a deposit's name as messages write it."""
        return self.campaigns[deposit.campaign_id] if deposit.campaign_id else _("General deposit")

    def tell(
        self,
        kind: Kind,
        people: Iterable[User],
        moment: datetime,
        cause: str,
        context: dict[str, Any],
        *,
        attachments: Iterable[dict[str, str]] = (),
        level: str = "",
        on_dashboard: bool = True,
        channels: Iterable[ChannelName] | None = None,
        **about: UUID | None,
    ) -> None:
        """Tell people who were there at that moment, as alerts.services.notify would have; deliveries of the last weeks only.

        channels: other ones than the kind's own.
        """
        wanted = default_channels(kind, level) if channels is None else channels
        # Those who read the same language read the same words.
        told: dict[str, dict[str, str]] = {}
        mails: dict[str, dict[str, str]] = {}
        for user in people:
            if user.date_joined > moment:
                continue
            language = user.language
            if on_dashboard:
                if language not in told:
                    told[language] = write_notification(kind, user, context, level)
                self.notifications.append(
                    Notification(
                        id=self.world.ids.at(moment),
                        kind=kind,
                        user=user,
                        **about,
                        **told[language],
                        deduplication_key=f"{cause}:{kind}:{user.pk}:dashboard",
                        created_at=moment,
                    )
                )
            if moment < self.world.midnight - KEPT:
                continue
            if ChannelName.EMAIL in wanted:
                if language not in mails:
                    mails[language] = write_message(kind, user, context)
                self.deliveries.append(self._email(kind, user, moment, cause, mails[language], list(attachments)))
            for channel in (ChannelName.SMS, ChannelName.WHATSAPP):
                if channel in wanted and user.pk in self.phones:
                    self.deliveries.append(self._to_phone(channel, kind, user, moment, cause, context, level))

    def in_order(self) -> tuple[list[Delivery], list[Notification], list[AddressProblem]]:
        """Return everything in order of time, and the addresses that are not reached.

        People read what they were told two hours later, but for the last few.
        """
        unread = Counter[UUID]()
        for one in sorted(self.notifications, key=lambda one: one.created_at, reverse=True):
            unread[one.user_id] += 1
            if unread[one.user_id] > UNREAD:
                one.read_at = min(one.created_at + timedelta(hours=2), self.world.now)
        self.deliveries.sort(key=lambda delivery: (delivery.created_at, delivery.pk))
        self._bounce()
        return (
            self.deliveries,
            sorted(self.notifications, key=lambda notification: (notification.created_at, notification.pk)),
            self.problems,
        )

    def _bounce(self) -> None:
        """The first message to an address that nobody reads bounces; the others are not sent any more."""
        refused = [delivery for delivery in self.deliveries if delivery.address == UNREACHABLE]
        for place, delivery in enumerate(refused):
            delivery.status = Delivery.Status.NOT_SENT if place else Delivery.Status.GIVEN_UP
            delivery.attempts = 0 if place else 1
            delivery.error, delivery.sent_at = BOUNCE, None
        if refused:
            first = refused[0]
            self.problems.append(
                AddressProblem(
                    id=self.world.ids.at(first.created_at),
                    user=first.user,
                    channel=ChannelName.EMAIL,
                    address=UNREACHABLE,
                    reason=BOUNCE,
                    created_at=first.created_at,
                    updated_at=first.created_at,
                )
            )

    def _email(
        self,
        kind: Kind,
        user: User,
        moment: datetime,
        cause: str,
        mail: dict[str, str],
        attachments: list[dict[str, str]],
    ) -> Delivery:
        sent_at = moment + timedelta(seconds=3)
        return Delivery(
            id=self.world.ids.at(moment),
            kind=kind,
            user=user,
            address=user.email,
            language=user.language,
            **mail,
            attachments=attachments,
            deduplication_key=f"{cause}:{kind}:{user.pk}:email",
            status=Delivery.Status.SENT,
            attempts=1,
            next_attempt_at=moment,
            sent_at=sent_at,
            created_at=moment,
            updated_at=sent_at,
        )

    def _to_phone(
        self,
        channel: ChannelName,
        kind: Kind,
        user: User,
        moment: datetime,
        cause: str,
        context: dict[str, Any],
        level: str,
    ) -> Delivery:
        with translation.override(user.language):
            error = _now("The channel is not configured.")
            payload = CHANNELS[channel].payload(kind, level, {"user": user, "site_url": settings.SITE_URL, **context})
        return Delivery(
            id=self.world.ids.at(moment),
            channel=channel,
            kind=kind,
            user=user,
            address=self.phones[user.pk],
            language=user.language,
            subject=write_notification(kind, user, context, level)["title"],
            text=write_short_text(kind, user, context),
            payload=payload,
            deduplication_key=f"{cause}:{kind}:{user.pk}:{channel}",
            status=Delivery.Status.NOT_SENT,
            next_attempt_at=moment,
            error=error,
            created_at=moment,
            updated_at=moment,
        )
