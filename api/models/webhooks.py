"""Outgoing webhooks: where they go, what was or will be sent, and each attempt."""

from typing import ClassVar

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.models import TimeStampedModel, User
from api.models.owners import OwnedByASide
from leadsmarket.lib.identifiers import new_id


class WebhookEvent(models.TextChoices):
    """What partners can be told of. TEST is sent by the button of the same name, whatever an endpoint has chosen."""

    LEAD_CREATED = "lead.created", _("Lead created")
    LEAD_VALIDATED = "lead.validated", _("Lead validated")
    LEAD_REJECTED = "lead.rejected", _("Lead rejected")
    DEPOSIT_LEVEL_CHANGED = "deposit.level_changed", _("Deposit level changed")
    PAYMENT_SUCCEEDED = "payment.succeeded", _("Payment received")
    PAYOUT_PAID = "payout.paid", _("Payout paid")
    TEST = "webhook.test", _("Test")


EVENTS_OF_MERCHANTS = (
    WebhookEvent.LEAD_CREATED,
    WebhookEvent.LEAD_VALIDATED,
    WebhookEvent.LEAD_REJECTED,
    WebhookEvent.DEPOSIT_LEVEL_CHANGED,
    WebhookEvent.PAYMENT_SUCCEEDED,
)
EVENTS_OF_INFLUENCERS = (
    WebhookEvent.LEAD_CREATED,
    WebhookEvent.LEAD_VALIDATED,
    WebhookEvent.LEAD_REJECTED,
    WebhookEvent.PAYOUT_PAID,
)


class WebhookEndpoint(OwnedByASide, TimeStampedModel):
    """An address of a partner that is told of events; written by api.services.webhooks.

    sealed_secret: the `whsec_` secret, encrypted (leadsmarket.lib.sealing). previous_sealed_secret signs too until
    previous_secret_until. failing_since: the first failure since something last arrived. off_reason says why it is off.
    """

    class OffReason(models.TextChoices):
        BY_OWNER = "by_owner", _("Switched off by you")
        FAILING = "failing", _("Switched off after days of failures")
        GONE = "gone", _("Switched off: the address answered that it is gone (410)")

    url = models.CharField(_("address"), max_length=500)
    description = models.CharField(_("description"), max_length=120, blank=True)
    events = ArrayField(models.CharField(max_length=24, choices=WebhookEvent.choices), verbose_name=_("events"))
    sealed_secret = models.TextField(_("secret"))
    previous_sealed_secret = models.TextField(_("previous secret"), blank=True)
    previous_secret_until = models.DateTimeField(_("previous secret until"), null=True)
    created_by = models.ForeignKey(
        User, on_delete=models.PROTECT, related_name="+", verbose_name=_("created by"), db_index=False
    )
    failing_since = models.DateTimeField(_("failing since"), null=True)
    off_at = models.DateTimeField(_("off since"), null=True)
    off_reason = models.CharField(_("why off"), max_length=8, choices=OffReason.choices, blank=True)
    deleted_at = models.DateTimeField(_("removed"), null=True)

    class Meta(OwnedByASide.Meta):
        verbose_name = _("webhook")
        verbose_name_plural = _("webhooks")
        constraints: ClassVar = [
            *OwnedByASide.Meta.constraints,
            models.CheckConstraint(condition=Q(url__regex=r"^https?://[^[:space:]]+$"), name="webhook_url_is_http"),
            models.CheckConstraint(
                condition=Q(events__len__gt=0, events__contained_by=WebhookEvent.values), name="webhook_events_known"
            ),
            models.CheckConstraint(condition=~Q(sealed_secret=""), name="webhook_has_secret"),
            models.CheckConstraint(
                condition=Q(off_at__isnull=True, off_reason="")
                | Q(off_at__isnull=False, off_reason__in=["by_owner", "failing", "gone"]),
                name="webhook_off_has_reason",
            ),
            models.CheckConstraint(
                condition=Q(previous_sealed_secret="", previous_secret_until__isnull=True)
                | (~Q(previous_sealed_secret="") & Q(previous_secret_until__isnull=False)),
                name="webhook_previous_secret_ends",
            ),
            models.CheckConstraint(
                condition=Q(deleted_at__isnull=True) | Q(off_at__isnull=False), name="webhook_removed_is_off"
            ),
        ]
        indexes: ClassVar = [
            models.Index(fields=["merchant"], condition=Q(off_at=None), name="webhook_on_by_merchant"),
            models.Index(fields=["influencer"], condition=Q(off_at=None), name="webhook_on_by_influencer"),
            models.Index(fields=["merchant", "id"], condition=Q(deleted_at=None), name="webhook_by_merchant"),
            models.Index(fields=["influencer", "id"], condition=Q(deleted_at=None), name="webhook_by_influencer"),
        ]

    def __str__(self) -> str:
        return self.url

    @property
    def is_on(self) -> bool:
        """Whether events are sent there."""
        return self.off_at is None

    @property
    def has_two_secrets(self) -> bool:
        """Whether the secret before the last one still signs too."""
        return self.previous_secret_until is not None and self.previous_secret_until > timezone.now()


class WebhookMessage(OwnedByASide, TimeStampedModel):
    """One event for one endpoint, committed with what caused it and sent afterwards; written by api.services.webhooks.

    body: the JSON text as it is signed, frozen when it happened; empty after an erasure of personal data. object_id: the lead,
    deposit, payment or payout. deduplication_key: an event is told an endpoint once. failures: since it was queued, for the
    pauses between attempts. claimed_until: a worker has it until then.
    """

    class Status(models.TextChoices):
        QUEUED = "queued", _("Queued")
        DELIVERED = "delivered", _("Delivered")
        RETRYING = "retrying", _("Failed, will be tried again")
        GIVEN_UP = "given_up", _("Given up")

    WAITING: ClassVar = [Status.QUEUED, Status.RETRYING]

    endpoint = models.ForeignKey(
        WebhookEndpoint,
        on_delete=models.PROTECT,
        related_name="messages",
        verbose_name=_("webhook"),
        db_index=False,
    )
    event = models.CharField(_("event"), max_length=24, choices=WebhookEvent.choices)
    object_id = models.UUIDField(_("about"))
    deduplication_key = models.CharField(_("deduplication key"), max_length=80)
    body = models.TextField(_("body"), blank=True)
    status = models.CharField(_("status"), max_length=9, choices=Status.choices, default=Status.QUEUED)
    attempt_count = models.PositiveIntegerField(_("attempts"), default=0)
    failures = models.PositiveIntegerField(_("failures"), default=0)
    next_attempt_at = models.DateTimeField(_("next attempt"), default=timezone.now)
    claimed_until = models.DateTimeField(_("claimed until"), null=True)
    delivered_at = models.DateTimeField(_("delivered"), null=True)
    last_status_code = models.PositiveSmallIntegerField(_("last answer"), null=True)

    class Meta(OwnedByASide.Meta):
        verbose_name = _("webhook message")
        verbose_name_plural = _("webhook messages")
        constraints: ClassVar = [
            *OwnedByASide.Meta.constraints,
            models.UniqueConstraint(fields=["endpoint", "deduplication_key"], name="webhook_message_once"),
            models.CheckConstraint(
                condition=Q(status__in=["queued", "delivered", "retrying", "given_up"]),
                name="webhook_message_status_known",
            ),
            models.CheckConstraint(
                condition=Q(status="delivered", delivered_at__isnull=False)
                | (~Q(status="delivered") & Q(delivered_at__isnull=True)),
                name="webhook_message_delivered_at_agrees",
            ),
        ]
        indexes: ClassVar = [
            models.Index(
                fields=["endpoint", "next_attempt_at"],
                condition=Q(status__in=["queued", "retrying"]),
                name="webhook_message_due",
            ),
            models.Index(fields=["endpoint", "-created_at", "-id"], name="webhook_message_latest"),
            models.Index(fields=["object_id"], name="webhook_message_by_object"),
            models.Index(fields=["created_at"], name="webhook_message_oldest"),
        ]

    def __str__(self) -> str:
        return self.webhook_id

    @property
    def webhook_id(self) -> str:
        """The header `webhook-id`: the same at each attempt, so that the receiver can tell a repeat."""
        return f"msg_{self.pk.hex}"


class WebhookAttempt(models.Model):
    """One try to deliver a message; append-only. Times in milliseconds.

    status_code: None where no whole answer came; error says why, in a word. answer: the first characters of the body.
    """

    class Error(models.TextChoices):
        REFUSED_ADDRESS = "refused", _("The address is not on the internet")
        NO_ADDRESS = "unknown", _("The name of the address is unknown")
        NO_CONNECTION = "connect", _("No connection")
        NOT_TRUSTED = "tls", _("The certificate is not trusted")
        TIMED_OUT = "timeout", _("No answer in time")
        BROKEN = "broken", _("The connection broke off")
        STATUS = "status", _("Another answer than 2xx")
        INTERNAL = "internal", _("A fault on our side")

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    message = models.ForeignKey(
        WebhookMessage, on_delete=models.CASCADE, related_name="attempts", verbose_name=_("message"), db_index=False
    )
    number = models.PositiveIntegerField(_("number"))
    created_at = models.DateTimeField(_("at"), default=timezone.now, editable=False)
    status_code = models.PositiveSmallIntegerField(_("answer"), null=True)
    duration = models.PositiveIntegerField(_("duration (ms)"))
    error = models.CharField(_("error"), max_length=8, choices=Error.choices, blank=True)
    answer = models.CharField(_("body of the answer"), max_length=500, blank=True)

    class Meta:
        verbose_name = _("webhook attempt")
        verbose_name_plural = _("webhook attempts")
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["message", "number"], name="webhook_attempt_number_unique"),
        ]

    def __str__(self) -> str:
        return f"{self.message_id} {self.number}"
