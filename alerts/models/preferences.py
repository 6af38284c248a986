"""What people want to hear, where, and when not; written by alerts.services.preferences and alerts.services.phones."""

from datetime import time
from typing import ClassVar

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _
from phonenumber_field.modelfields import PhoneNumberField

from accounts.models import TimeStampedModel, User
from alerts.kinds import ChannelName, Kind


class NotificationPreference(TimeStampedModel):
    """A person's choice for one kind on one channel; no row means the default of alerts.kinds."""

    user = models.ForeignKey(
        User, on_delete=models.PROTECT, related_name="notification_preferences", verbose_name=_("user"), db_index=False
    )
    kind = models.CharField(_("kind"), max_length=24, choices=Kind.choices)
    channel = models.CharField(_("channel"), max_length=8, choices=ChannelName.choices)
    is_on = models.BooleanField(_("on"))

    class Meta:
        verbose_name = _("notification preference")
        verbose_name_plural = _("notification preferences")
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["user", "kind", "channel"], name="preference_once"),
            models.CheckConstraint(
                condition=Q(channel__in=["email", "sms", "whatsapp", "web_push"]), name="preference_channel_known"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()}, {self.get_channel_display()}"


class NotificationProfile(TimeStampedModel):
    """A person's phone for messages and the hours in which it stays silent (Casablanca); no row means the defaults.

    phone: told only once verified. code_*: the code that waits to be typed, hashed. whatsapp_agreed_at: WhatsApp asks for a
    prior consent. reports_without_activity: the daily report also on days without anything.
    """

    user = models.OneToOneField(
        User, on_delete=models.PROTECT, related_name="notification_profile", verbose_name=_("user")
    )
    phone = PhoneNumberField(_("phone for messages"), blank=True)
    phone_verified_at = models.DateTimeField(_("phone verified"), null=True)
    whatsapp_agreed_at = models.DateTimeField(_("agreed to WhatsApp"), null=True)
    code_hash = models.CharField(max_length=128, blank=True, editable=False)
    code_sent_at = models.DateTimeField(null=True, editable=False)
    code_failures = models.PositiveSmallIntegerField(default=0, editable=False)
    quiet_from = models.TimeField(_("quiet from"), default=time(21))
    quiet_until = models.TimeField(_("quiet until"), default=time(8))
    reports_without_activity = models.BooleanField(_("daily report also without activity"), default=False)

    class Meta:
        verbose_name = _("notification profile")
        verbose_name_plural = _("notification profiles")
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=Q(phone_verified_at=None) | ~Q(phone=""), name="profile_verified_phone_is_there"
            )
        ]

    def __str__(self) -> str:
        return str(self.user)


class PushSubscription(TimeStampedModel):
    """One browser that shows a person's notifications (web push). endpoint: the browser maker's address of it."""

    user = models.ForeignKey(
        User, on_delete=models.PROTECT, related_name="push_subscriptions", verbose_name=_("user"), db_index=False
    )
    endpoint = models.CharField(_("endpoint"), max_length=1000, unique=True)
    public_key = models.CharField(_("public key"), max_length=120)
    authentication_secret = models.CharField(max_length=40, editable=False)
    browser = models.CharField(_("browser"), max_length=120, blank=True)
    last_sent_at = models.DateTimeField(_("last sent"), null=True)

    class Meta:
        verbose_name = _("push subscription")
        verbose_name_plural = _("push subscriptions")
        constraints: ClassVar = [
            models.CheckConstraint(condition=Q(endpoint__startswith="https://"), name="push_endpoint_is_https")
        ]
        indexes: ClassVar = [models.Index(fields=["user"], name="push_of_user")]

    def __str__(self) -> str:
        return self.browser or self.endpoint[:40]
