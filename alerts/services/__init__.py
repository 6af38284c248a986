"""What the platform tells people: events, notifications, deliveries, levels, preferences."""

from alerts.services.addresses import solve_address_problem
from alerts.services.callbacks import Outcome, note_status
from alerts.services.events import announce, announce_all, delete_told_events, expand_due_events
from alerts.services.levels import check_deposit_levels
from alerts.services.messages import write_message, write_notification
from alerts.services.notifying import notify
from alerts.services.phones import (
    agree_to_whatsapp,
    confirm_phone,
    forget_phone,
    start_phone_verification,
    withdraw_from_whatsapp,
)
from alerts.services.reading import mark_all_read, mark_read
from alerts.services.replies import note_reply
from alerts.services.reports import send_daily_reports, send_monthly_reports
from alerts.services.sending import CLAIM, resend_delivery, send_delivery, send_due_deliveries

__all__ = [
    "CLAIM",
    "Outcome",
    "agree_to_whatsapp",
    "announce",
    "announce_all",
    "check_deposit_levels",
    "confirm_phone",
    "delete_told_events",
    "expand_due_events",
    "forget_phone",
    "mark_all_read",
    "mark_read",
    "note_reply",
    "note_status",
    "notify",
    "resend_delivery",
    "send_daily_reports",
    "send_delivery",
    "send_due_deliveries",
    "send_monthly_reports",
    "solve_address_problem",
    "start_phone_verification",
    "withdraw_from_whatsapp",
    "write_message",
    "write_notification",
]
