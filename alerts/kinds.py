"""What people are told.

Each kind has its e-mail in templates/emails/<kind>/ (subject.txt, body.txt, body.html) and its sentence on the dashboard in
templates/notifications/<kind>.txt.
"""

from django.db import models
from django.utils.translation import gettext_lazy as _


class Kind(models.TextChoices):
    """Kinds of messages; product.md, "Notifications"."""

    WELCOME = "welcome", _("Welcome")
    PAYMENT_SUCCEEDED = "payment_succeeded", _("Payment received")
    PAYMENT_FAILED = "payment_failed", _("Payment failed")
    AUTO_RECHARGE_NEEDS_YOU = "auto_recharge_needs_you", _("Auto-recharge needs you")
    AGREEMENT_ASKED = "agreement_asked", _("Agreement asked")
    AGREEMENT_OFFERED = "agreement_offered", _("Agreement offered")
    AGREEMENT_ACCEPTED = "agreement_accepted", _("Agreement accepted")
    PAYOUT_APPROVED = "payout_approved", _("Payout approved")
    PAYOUT_PAID = "payout_paid", _("Payout paid")
    PAYOUT_FAILED = "payout_failed", _("Payout failed")
    RETURN_ASKED = "return_asked", _("Return asked")
    RETURN_DECIDED = "return_decided", _("Return decided")
    WEBHOOK_OFF = "webhook_off", _("Webhook switched off")
    STAFF_REVIEW = "staff_review", _("Something to review")


class Level(models.TextChoices):
    """How a notification looks; the word is read aloud beside its icon."""

    INFO = "info", _("Information")
    SUCCESS = "success", _("Good news")
    WARNING = "warning", _("Needs attention")
    DANGER = "danger", _("Problem")


LEVEL_ICONS: dict[str, str] = {
    Level.INFO: "info-circle",
    Level.SUCCESS: "circle-check",
    Level.WARNING: "alert-triangle",
    Level.DANGER: "alert-circle",
}
LEVELS: dict[str, Level] = {
    Kind.WELCOME: Level.INFO,
    Kind.PAYMENT_SUCCEEDED: Level.SUCCESS,
    Kind.PAYMENT_FAILED: Level.DANGER,
    Kind.AUTO_RECHARGE_NEEDS_YOU: Level.WARNING,
    Kind.AGREEMENT_ASKED: Level.INFO,
    Kind.AGREEMENT_OFFERED: Level.INFO,
    Kind.AGREEMENT_ACCEPTED: Level.SUCCESS,
    Kind.PAYOUT_APPROVED: Level.INFO,
    Kind.PAYOUT_PAID: Level.SUCCESS,
    Kind.PAYOUT_FAILED: Level.DANGER,
    Kind.RETURN_ASKED: Level.WARNING,
    Kind.RETURN_DECIDED: Level.INFO,
    Kind.WEBHOOK_OFF: Level.DANGER,
    Kind.STAFF_REVIEW: Level.WARNING,
}
