"""A merchant asks to have a validated lead's commission back."""

from typing import ClassVar

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from accounts.models import TimeStampedModel, User
from leads.models.leads import Lead


class ReturnReason(models.TextChoices):
    """What is wrong with a lead that a merchant wants to return."""

    WRONG_CONTACT = "wrong_contact", _("Wrong contact details")
    NOT_REQUESTED = "not_requested", _("Asked for nothing")
    DUPLICATE = "duplicate", _("Customer known already")
    OUT_OF_AREA = "out_of_area", _("Out of the area")
    FRAUD = "fraud", _("Invented lead")
    OTHER = "other", _("Another reason")


class LeadReturn(TimeStampedModel):
    """One request to return a lead, at most one per lead; staff decide it. The lead keeps its status.

    Accepted: the commission was refunded to the deposit and the influencer's share taken back (earning entry `reversed`).
    """

    class Status(models.TextChoices):
        ASKED = "asked", _("Asked")
        ACCEPTED = "accepted", _("Accepted")
        REFUSED = "refused", _("Refused")

    lead = models.OneToOneField(Lead, on_delete=models.PROTECT, related_name="return_request", verbose_name=_("lead"))
    reason = models.CharField(_("reason"), max_length=13, choices=ReturnReason.choices)
    details = models.CharField(_("details"), max_length=1000, blank=True)
    proof = models.FileField(_("proof"), upload_to="returns/", max_length=200, blank=True)
    status = models.CharField(_("status"), max_length=8, choices=Status.choices, default=Status.ASKED)
    asked_by = models.ForeignKey(
        User, on_delete=models.PROTECT, related_name="+", verbose_name=_("asked by"), db_index=False
    )
    decided_by = models.ForeignKey(
        User, null=True, on_delete=models.PROTECT, related_name="+", verbose_name=_("decided by"), db_index=False
    )
    decided_at = models.DateTimeField(_("decided"), null=True)
    decision_note = models.CharField(_("note"), max_length=500, blank=True, help_text=_("Both sides read it."))

    class Meta:
        verbose_name = _("lead return")
        verbose_name_plural = _("lead returns")
        constraints: ClassVar = [
            models.CheckConstraint(condition=Q(reason__in=ReturnReason.values), name="lead_return_reason_known"),
            models.CheckConstraint(condition=~Q(reason="other") | ~Q(details=""), name="lead_return_other_has_details"),
            models.CheckConstraint(
                condition=Q(status="asked", decided_at__isnull=True)
                | Q(status__in=["accepted", "refused"], decided_at__isnull=False),
                name="lead_return_decided_at_agrees_with_status",
            ),
            models.CheckConstraint(
                condition=~Q(status="refused") | ~Q(decision_note=""), name="lead_return_refusal_has_note"
            ),
        ]
        indexes: ClassVar = [
            models.Index(fields=["created_at"], condition=Q(status="asked"), name="lead_return_open"),
        ]

    def __str__(self) -> str:
        return f"{self.get_reason_display()} ({self.get_status_display()})"
