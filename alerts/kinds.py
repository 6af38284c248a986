"""What people are told, and on which channels unless they choose otherwise.

Each kind has its e-mail in templates/emails/<kind>/ (subject.txt, body.txt, body.html), its sentence on the dashboard in
templates/notifications/<kind>.txt and, where it goes to phones, its short text in templates/sms/<kind>.txt.
"""

from django.db import models
from django.utils.translation import gettext_lazy as _

from deposits.levels import LEVEL_STYLES, AlertLevel


class ChannelName(models.TextChoices):
    """How a message leaves; the dashboard is always told beside it. STAFF_CHAT: Slack and the like, for staff together."""

    EMAIL = "email", _("E-mail")
    SMS = "sms", _("SMS")
    WHATSAPP = "whatsapp", _("WhatsApp")
    WEB_PUSH = "web_push", _("Browser")
    STAFF_CHAT = "chat", _("Staff chat")


class Kind(models.TextChoices):
    """Kinds of messages; product.md, "Notifications"."""

    WELCOME = "welcome", _("Welcome")
    NEW_LEAD = "new_lead", _("New lead")
    LEAD_VALIDATED = "lead_validated", _("Lead validated")
    LEAD_REJECTED = "lead_rejected", _("Lead rejected")
    LEAD_EXPIRED = "lead_expired", _("Leads expired")
    DEPOSIT_LEVEL = "deposit_level", _("Deposit level")
    CAMPAIGN_PAUSED = "campaign_paused", _("Campaign paused")
    CAMPAIGN_RESUMED = "campaign_resumed", _("Campaign resumed")
    PAYMENT_SUCCEEDED = "payment_succeeded", _("Payment received")
    PAYMENT_FAILED = "payment_failed", _("Payment failed")
    AUTO_RECHARGE_NEEDS_YOU = "auto_recharge_needs_you", _("Auto-recharge needs you")
    AGREEMENT_ASKED = "agreement_asked", _("Agreement asked")
    AGREEMENT_OFFERED = "agreement_offered", _("Agreement offered")
    AGREEMENT_ACCEPTED = "agreement_accepted", _("Agreement accepted")
    AGREEMENT_SUSPENDED = "agreement_suspended", _("Agreement suspended")
    PAYOUT_ASKED = "payout_asked", _("Payout asked")
    PAYOUT_APPROVED = "payout_approved", _("Payout approved")
    PAYOUT_PAID = "payout_paid", _("Payout paid")
    PAYOUT_FAILED = "payout_failed", _("Payout failed")
    RETURN_ASKED = "return_asked", _("Return asked")
    RETURN_DECIDED = "return_decided", _("Return decided")
    DAILY_REPORT = "daily_report", _("Daily report")
    MONTHLY_REPORT = "monthly_report", _("Monthly report")
    WEBHOOK_OFF = "webhook_off", _("Webhook switched off")
    STAFF_REVIEW = "staff_review", _("Something to review")
    STAFF_PROBLEM = "staff_problem", _("Something is wrong")
    PHONE_CODE = "phone_code", _("Code for a phone")


class Level(models.TextChoices):
    """How a notification looks; the word is read aloud beside its icon. Deposit levels look like their gauge."""

    INFO = "info", _("Information")
    SUCCESS = "success", _("Good news")
    WARNING = "warning", _("Needs attention")
    DANGER = "danger", _("Problem")
    ATTENTION = AlertLevel.ATTENTION.value, AlertLevel.ATTENTION.label
    CRITICAL = AlertLevel.CRITICAL.value, AlertLevel.CRITICAL.label
    DEPLETED = AlertLevel.DEPLETED.value, AlertLevel.DEPLETED.label


LEVEL_ICONS: dict[str, str] = {
    Level.INFO: "info-circle",
    Level.SUCCESS: "circle-check",
    Level.WARNING: "alert-triangle",
    Level.DANGER: "alert-circle",
    **{level: LEVEL_STYLES[level].icon for level in (Level.ATTENTION, Level.CRITICAL, Level.DEPLETED)},
}
LEVELS: dict[str, Level] = {
    Kind.WELCOME: Level.INFO,
    Kind.NEW_LEAD: Level.INFO,
    Kind.LEAD_VALIDATED: Level.SUCCESS,
    Kind.LEAD_REJECTED: Level.WARNING,
    Kind.LEAD_EXPIRED: Level.WARNING,
    Kind.CAMPAIGN_PAUSED: Level.WARNING,
    Kind.CAMPAIGN_RESUMED: Level.SUCCESS,
    Kind.PAYMENT_SUCCEEDED: Level.SUCCESS,
    Kind.PAYMENT_FAILED: Level.DANGER,
    Kind.AUTO_RECHARGE_NEEDS_YOU: Level.WARNING,
    Kind.AGREEMENT_ASKED: Level.INFO,
    Kind.AGREEMENT_OFFERED: Level.INFO,
    Kind.AGREEMENT_ACCEPTED: Level.SUCCESS,
    Kind.AGREEMENT_SUSPENDED: Level.WARNING,
    Kind.PAYOUT_ASKED: Level.INFO,
    Kind.PAYOUT_APPROVED: Level.INFO,
    Kind.PAYOUT_PAID: Level.SUCCESS,
    Kind.PAYOUT_FAILED: Level.DANGER,
    Kind.RETURN_ASKED: Level.WARNING,
    Kind.RETURN_DECIDED: Level.INFO,
    Kind.DAILY_REPORT: Level.INFO,
    Kind.MONTHLY_REPORT: Level.INFO,
    Kind.WEBHOOK_OFF: Level.DANGER,
    Kind.STAFF_REVIEW: Level.WARNING,
    Kind.STAFF_PROBLEM: Level.DANGER,
}
"""DEPOSIT_LEVEL is not in it: its level is the deposit's."""

EMAIL, PHONE = ChannelName.EMAIL, (ChannelName.SMS, ChannelName.WHATSAPP)
EVERYWHERE = (EMAIL, *PHONE, ChannelName.WEB_PUSH)

LEVEL_CHANNELS: dict[str, tuple[ChannelName, ...]] = {
    AlertLevel.ATTENTION: (),
    AlertLevel.WARNING: (EMAIL,),
    AlertLevel.CRITICAL: (EMAIL, *PHONE),
    AlertLevel.DEPLETED: EVERYWHERE,
}
"""Beside the dashboard; product.md, "Alert levels"."""
URGENT_LEVELS = (AlertLevel.CRITICAL, AlertLevel.DEPLETED)
"""Always told by e-mail, and not held back in quiet hours."""

DASHBOARD_ONLY = (Kind.LEAD_VALIDATED, Kind.LEAD_REJECTED, Kind.LEAD_EXPIRED)
"""An active influencer would drown in e-mails of these."""
SENT_DIRECTLY = (Kind.PHONE_CODE,)
"""An SMS and nothing else, by its own service (alerts.services.phones); nobody chooses it."""
DEFAULT_CHANNELS: dict[str, tuple[ChannelName, ...]] = {
    **{kind: (EMAIL,) for kind in Kind if kind not in (*DASHBOARD_ONLY, *SENT_DIRECTLY, Kind.DEPOSIT_LEVEL)},
    **dict.fromkeys(DASHBOARD_ONLY, ()),
    Kind.NEW_LEAD: (EMAIL, ChannelName.WEB_PUSH),
}
STAFF_CHAT_KINDS = (Kind.STAFF_REVIEW, Kind.STAFF_PROBLEM, Kind.RETURN_ASKED, Kind.PAYOUT_ASKED)
"""Also told once in the chat of staff."""

NOT_ON_DASHBOARD = (Kind.DAILY_REPORT, Kind.MONTHLY_REPORT)
"""Nothing to act on: a report is read where it arrives."""


def default_channels(kind: str, level: str) -> tuple[ChannelName, ...]:
    """Return the channels beside the dashboard for people who chose nothing. level: of a deposit level, the level."""
    return LEVEL_CHANNELS.get(level, ()) if kind == Kind.DEPOSIT_LEVEL else DEFAULT_CHANNELS[kind]


def is_urgent(kind: str, level: str) -> bool:
    """Say whether a message can't be turned off on e-mail and ignores quiet hours."""
    return kind == Kind.DEPOSIT_LEVEL and level in URGENT_LEVELS


CHOSEN_CHANNELS = (ChannelName.EMAIL, ChannelName.SMS, ChannelName.WHATSAPP, ChannelName.WEB_PUSH)
"""The channels of the preferences; the dashboard is always told, the chat is staff's together."""


def offered_channels(kind: str) -> tuple[ChannelName, ...]:
    """Return the channels that can be chosen for a kind: a report is too long for a phone."""
    return (EMAIL,) if kind in NOT_ON_DASHBOARD else CHOSEN_CHANNELS


ROLE_KINDS: dict[str, tuple[Kind, ...]] = {
    "merchant": (
        *(Kind.DEPOSIT_LEVEL, Kind.NEW_LEAD, Kind.LEAD_EXPIRED, Kind.CAMPAIGN_PAUSED, Kind.CAMPAIGN_RESUMED),
        *(Kind.PAYMENT_SUCCEEDED, Kind.PAYMENT_FAILED, Kind.AUTO_RECHARGE_NEEDS_YOU),
        *(Kind.AGREEMENT_ASKED, Kind.AGREEMENT_ACCEPTED, Kind.AGREEMENT_SUSPENDED),
        *(Kind.RETURN_DECIDED, Kind.WEBHOOK_OFF, Kind.DAILY_REPORT, Kind.MONTHLY_REPORT),
    ),
    "influencer": (
        *(Kind.LEAD_VALIDATED, Kind.LEAD_REJECTED, Kind.LEAD_EXPIRED, Kind.CAMPAIGN_PAUSED, Kind.CAMPAIGN_RESUMED),
        *(Kind.AGREEMENT_OFFERED, Kind.AGREEMENT_ACCEPTED, Kind.AGREEMENT_SUSPENDED),
        *(Kind.PAYOUT_APPROVED, Kind.PAYOUT_PAID, Kind.PAYOUT_FAILED, Kind.RETURN_DECIDED),
        *(Kind.WEBHOOK_OFF, Kind.MONTHLY_REPORT),
    ),
    "staff": (*(Kind.STAFF_REVIEW, Kind.STAFF_PROBLEM, Kind.RETURN_ASKED, Kind.PAYOUT_ASKED, Kind.DAILY_REPORT),),
}
"""What each role can be told and choose, in the order of the page; the welcome can't be chosen."""
ONE_CLICK_UNSUBSCRIBE = (Kind.DAILY_REPORT, Kind.MONTHLY_REPORT, Kind.NEW_LEAD)
"""E-mails that come again and again carry the header by which a mail program ends them."""
