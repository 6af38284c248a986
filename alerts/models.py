"""What was or will be sent to whom (the outbox), and what people find under their bell."""

from typing import ClassVar

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.models import TimeStampedModel, User
from alerts.kinds import LEVEL_ICONS, Kind, Level
from leadsmarket.lib.identifiers import new_id


class Delivery(TimeStampedModel):
    """One message to one address, committed with what caused it and sent afterwards; written by alerts.services.

    deduplication_key: one message for one cause, person and channel, however often its signal comes. attachments: list of
    {"kind": "receipt" | "payout_statement", "id": ...}, read when sending. claimed_until: a worker has it until then.
    """

    class Channel(models.TextChoices):
        EMAIL = "email", _("E-mail")

    class Status(models.TextChoices):
        QUEUED = "queued", _("Queued")
        SENT = "sent", _("Sent")
        RETRYING = "retrying", _("Failed, will be tried again")
        GIVEN_UP = "given_up", _("Given up")

    channel = models.CharField(_("channel"), max_length=8, choices=Channel.choices, default=Channel.EMAIL)
    kind = models.CharField(_("kind"), max_length=24, choices=Kind.choices)
    user = models.ForeignKey(User, on_delete=models.PROTECT, related_name="deliveries", verbose_name=_("to"))
    address = models.CharField(_("address"), max_length=254)
    language = models.CharField(_("language"), max_length=2, choices=settings.LANGUAGES)
    subject = models.CharField(_("subject"), max_length=200)
    text = models.TextField(_("text"))
    html = models.TextField(_("HTML"), blank=True)
    attachments = models.JSONField(_("attachments"), default=list, blank=True)
    deduplication_key = models.CharField(_("deduplication key"), max_length=200, unique=True)
    status = models.CharField(_("status"), max_length=8, choices=Status.choices, default=Status.QUEUED)
    attempts = models.PositiveIntegerField(_("attempts"), default=0)
    next_attempt_at = models.DateTimeField(_("next attempt"), default=timezone.now)
    claimed_until = models.DateTimeField(_("claimed until"), null=True)
    provider_id = models.CharField(_("provider's id"), max_length=255, blank=True)
    error = models.TextField(_("error"), blank=True)
    sent_at = models.DateTimeField(_("sent"), null=True)

    class Meta:
        verbose_name = _("delivery")
        verbose_name_plural = _("deliveries")
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=Q(status="sent", sent_at__isnull=False) | (~Q(status="sent") & Q(sent_at__isnull=True)),
                name="delivery_sent_at_agrees",
            ),
            models.CheckConstraint(
                condition=Q(status__in=["queued", "sent", "retrying", "given_up"]), name="delivery_status_known"
            ),
        ]
        indexes: ClassVar = [
            models.Index(
                fields=["next_attempt_at"], condition=Q(status__in=["queued", "retrying"]), name="delivery_due"
            ),
            models.Index(fields=["-created_at", "-id"], name="delivery_latest"),
        ]

    def __str__(self) -> str:
        return self.get_kind_display()


class Notification(models.Model):
    """One thing that a person is told on their dashboard, in their language; written by alerts.services.notify.

    A trigger lets nothing change but `read_at`, once. url: a path of this site. The ids say what it is about; they are no
    foreign keys, so that a row never stands in the way of what it tells.
    """

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    created_at = models.DateTimeField(_("created"), default=timezone.now, editable=False)
    # The lists' index starts with it.
    user = models.ForeignKey(
        User, on_delete=models.PROTECT, related_name="notifications", verbose_name=_("to"), db_index=False
    )
    kind = models.CharField(_("kind"), max_length=24, choices=Kind.choices)
    level = models.CharField(_("level"), max_length=8, choices=Level.choices)
    title = models.CharField(_("title"), max_length=200)
    body = models.TextField(_("text"))
    url = models.CharField(_("address"), max_length=300)
    deposit_id = models.UUIDField(_("deposit"), null=True)
    campaign_id = models.UUIDField(_("campaign"), null=True)
    lead_id = models.UUIDField(_("lead"), null=True)
    payment_id = models.UUIDField(_("payment"), null=True)
    read_at = models.DateTimeField(_("read"), null=True)
    deduplication_key = models.CharField(_("deduplication key"), max_length=200, unique=True)

    class Meta:
        verbose_name = _("notification")
        verbose_name_plural = _("notifications")
        constraints: ClassVar = [
            models.CheckConstraint(condition=Q(level__in=Level.values), name="notification_level_known"),
            models.CheckConstraint(
                condition=Q(url__startswith="/") & ~Q(url__startswith="//"), name="notification_url_is_path"
            ),
        ]
        indexes: ClassVar = [
            models.Index(fields=["user", "-created_at", "-id"], name="notification_of_user"),
            models.Index(fields=["user"], condition=Q(read_at=None), name="notification_unread"),
        ]

    def __str__(self) -> str:
        return self.get_kind_display()

    @property
    def icon(self) -> str:
        """The name of its level's icon in the sprite."""
        return LEVEL_ICONS[self.level]
