"""What was or will be sent to whom: the outbox."""

from typing import ClassVar

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.models import TimeStampedModel, User
from alerts.kinds import ChannelName, Kind


class Delivery(TimeStampedModel):
    """One message to one address on one channel, committed before it is sent; written by alerts.services.

    user: none for the chat of staff. address: e-mail address, phone (E.164) or id of the push subscription. payload: what the
    channel needs beside the text, such as the name and values of a WhatsApp template. attachments: list of {"kind": "receipt" |
    "payout_statement", "id": ...}, read when sending. deduplication_key: one message for one cause, person, channel and
    address, however often its signal comes. claimed_until: a worker has it until then. provider_id, delivered_at and the
    status after "sent" come from the provider's callbacks.
    """

    class Status(models.TextChoices):
        QUEUED = "queued", _("Queued")
        SENT = "sent", _("Sent")
        DELIVERED = "delivered", _("Delivered")
        RETRYING = "retrying", _("Failed, will be tried again")
        GIVEN_UP = "given_up", _("Given up")
        BOUNCED = "bounced", _("Sent, not delivered")
        NOT_SENT = "not_sent", _("Not sent")

    channel = models.CharField(_("channel"), max_length=8, choices=ChannelName.choices, default=ChannelName.EMAIL)
    kind = models.CharField(_("kind"), max_length=24, choices=Kind.choices)
    user = models.ForeignKey(User, null=True, on_delete=models.PROTECT, related_name="deliveries", verbose_name=_("to"))
    address = models.CharField(_("address"), max_length=254)
    language = models.CharField(_("language"), max_length=2, choices=settings.LANGUAGES)
    subject = models.CharField(_("subject"), max_length=200)
    text = models.TextField(_("text"))
    html = models.TextField(_("HTML"), blank=True)
    payload = models.JSONField(_("for the channel"), default=dict, blank=True)
    attachments = models.JSONField(_("attachments"), default=list, blank=True)
    deduplication_key = models.CharField(_("deduplication key"), max_length=300, unique=True)
    status = models.CharField(_("status"), max_length=9, choices=Status.choices, default=Status.QUEUED)
    attempts = models.PositiveIntegerField(_("attempts"), default=0)
    next_attempt_at = models.DateTimeField(_("next attempt"), default=timezone.now)
    claimed_until = models.DateTimeField(_("claimed until"), null=True)
    provider_id = models.CharField(_("provider's id"), max_length=255, blank=True)
    error = models.TextField(_("error"), blank=True)
    sent_at = models.DateTimeField(_("sent"), null=True)
    delivered_at = models.DateTimeField(_("delivered"), null=True)

    class Meta:
        verbose_name = _("delivery")
        verbose_name_plural = _("deliveries")
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=Q(status__in=["sent", "delivered", "bounced"], sent_at__isnull=False)
                | Q(status__in=["queued", "retrying", "given_up", "not_sent"], sent_at__isnull=True),
                name="delivery_sent_at_agrees",
            ),
            models.CheckConstraint(
                condition=Q(delivered_at=None) | Q(status="delivered"), name="delivery_delivered_at_agrees"
            ),
            models.CheckConstraint(
                condition=Q(status__in=["queued", "sent", "delivered", "retrying", "given_up", "bounced", "not_sent"]),
                name="delivery_status_known",
            ),
            models.CheckConstraint(
                condition=Q(channel__in=["email", "sms", "whatsapp", "web_push", "chat"]),
                name="delivery_channel_known",
            ),
            models.CheckConstraint(
                condition=Q(channel="chat", user=None) | (~Q(channel="chat") & Q(user__isnull=False)),
                name="delivery_names_its_person",
            ),
        ]
        indexes: ClassVar = [
            models.Index(
                fields=["next_attempt_at"], condition=Q(status__in=["queued", "retrying"]), name="delivery_due"
            ),
            models.Index(fields=["-created_at", "-id"], name="delivery_latest"),
            # Status callbacks find their message by it.
            models.Index(fields=["provider_id"], condition=~Q(provider_id=""), name="delivery_by_provider_id"),
            # Codes of the last hour are counted.
            models.Index(fields=["created_at"], condition=Q(kind="phone_code"), name="delivery_phone_codes"),
        ]

    def __str__(self) -> str:
        return self.get_kind_display()


class AddressProblem(TimeStampedModel):
    """An address that messages don't reach, as its provider said: nothing is sent there until `solved_at`.

    Shown to its person, who corrects the address or asks to try again.
    """

    user = models.ForeignKey(
        User, on_delete=models.PROTECT, related_name="address_problems", verbose_name=_("user"), db_index=False
    )
    channel = models.CharField(_("channel"), max_length=8, choices=ChannelName.choices)
    address = models.CharField(_("address"), max_length=254)
    reason = models.CharField(_("reason"), max_length=300)
    solved_at = models.DateTimeField(_("solved"), null=True)

    class Meta:
        verbose_name = _("address that is not reached")
        verbose_name_plural = _("addresses that are not reached")
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["user", "channel", "address"], condition=Q(solved_at=None), name="address_problem_once"
            )
        ]

    def __str__(self) -> str:
        return self.address
