"""What providers told us, as it came, and what a person of staff must look at."""

from typing import ClassVar

from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.models import TimeStampedModel, User
from deposits.models import PaymentMethod
from payments.models.payments import Payment


class WebhookEvent(TimeStampedModel):
    """A provider's signed event, stored raw before anything is done with it; unique by provider and event id.

    `body` is never changed (a trigger holds that); the rest follows the processing. claimed_until: a worker has it until then.
    """

    class Status(models.TextChoices):
        RECEIVED = "received", _("Received")
        PROCESSED = "processed", _("Processed")
        FAILED = "failed", _("Failed, will be tried again")
        GIVEN_UP = "given_up", _("Given up")

    provider = models.CharField(_("provider"), max_length=16, choices=PaymentMethod.choices)
    event_id = models.CharField(_("event id"), max_length=255)
    event_type = models.CharField(_("type"), max_length=100, blank=True)
    body = models.TextField(_("body"))
    status = models.CharField(_("status"), max_length=9, choices=Status.choices, default=Status.RECEIVED)
    outcome = models.CharField(_("outcome"), max_length=200, blank=True)
    error = models.TextField(_("error"), blank=True)
    attempts = models.PositiveIntegerField(_("attempts"), default=0)
    claimed_until = models.DateTimeField(_("claimed until"), null=True)
    next_attempt_at = models.DateTimeField(_("next attempt"), default=timezone.now)
    processed_at = models.DateTimeField(_("processed"), null=True)
    payment = models.ForeignKey(
        Payment, null=True, on_delete=models.PROTECT, related_name="events", verbose_name=_("payment")
    )

    class Meta:
        verbose_name = _("provider event")
        verbose_name_plural = _("provider events")
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["provider", "event_id"], name="webhook_event_unique"),
            models.CheckConstraint(
                condition=Q(status="processed", processed_at__isnull=False)
                | (~Q(status="processed") & Q(processed_at__isnull=True)),
                name="webhook_processed_at_agrees",
            ),
        ]
        indexes: ClassVar = [
            models.Index(
                fields=["next_attempt_at"], condition=Q(status__in=["received", "failed"]), name="webhook_due"
            ),
            models.Index(fields=["-created_at", "-id"], name="webhook_latest"),
        ]

    def __str__(self) -> str:
        return f"{self.provider} {self.event_type}"


class ReviewItem(TimeStampedModel):
    """Something about money that no rule may decide: staff looks at it and says what was done."""

    class Kind(models.TextChoices):
        UNKNOWN_PAYMENT = "unknown_payment", _("Unknown payment")
        WRONG_AMOUNT = "wrong_amount", _("Amount differs")
        WRONG_CURRENCY = "wrong_currency", _("Currency differs")
        WRONG_MODE = "wrong_mode", _("Test event on a live site, or the reverse")
        SECOND_MONEY = "second_money", _("Paid a second time")
        LATE_SUCCESS = "late_success", _("Paid after it had ended; credited")
        NOT_CREDITED = "not_credited", _("Paid but could not be credited")
        REVERSED = "reversed", _("Refund or chargeback")
        NEVER_CAME_BACK = "never_came_back", _("Went to the payment page and never came back")
        OTHER = "other", _("Other")

    kind = models.CharField(_("kind"), max_length=16, choices=Kind.choices)
    payment = models.ForeignKey(
        Payment, null=True, on_delete=models.PROTECT, related_name="reviews", verbose_name=_("payment")
    )
    event = models.ForeignKey(
        WebhookEvent, null=True, on_delete=models.PROTECT, related_name="reviews", verbose_name=_("event")
    )
    details = models.TextField(_("details"))
    resolved_at = models.DateTimeField(_("resolved"), null=True)
    resolved_by = models.ForeignKey(
        User, null=True, on_delete=models.PROTECT, related_name="+", verbose_name=_("resolved by")
    )
    resolution = models.CharField(_("what was done"), max_length=300, blank=True)

    class Meta:
        verbose_name = _("item to review")
        verbose_name_plural = _("items to review")
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["kind", "payment", "event"], name="review_item_once", nulls_distinct=False),
            models.CheckConstraint(
                condition=Q(resolved_at__isnull=True, resolution="")
                | (Q(resolved_at__isnull=False) & ~Q(resolution="")),
                name="review_item_resolution_agrees",
            ),
        ]
        indexes: ClassVar = [
            models.Index(fields=["-created_at"], condition=Q(resolved_at__isnull=True), name="review_item_open")
        ]

    def __str__(self) -> str:
        return self.get_kind_display()
