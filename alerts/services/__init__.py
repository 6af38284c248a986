"""What the platform tells people: events, notifications, deliveries, levels, preferences."""

from alerts.services.callbacks import Outcome, note_status
from alerts.services.events import announce, announce_all, delete_told_events, expand_due_events
from alerts.services.levels import check_deposit_levels
from alerts.services.messages import write_message, write_notification
from alerts.services.notifying import notify
from alerts.services.reading import mark_all_read, mark_read
from alerts.services.sending import CLAIM, resend_delivery, send_delivery, send_due_deliveries

__all__ = [
    "CLAIM",
    "Outcome",
    "announce",
    "announce_all",
    "check_deposit_levels",
    "delete_told_events",
    "expand_due_events",
    "mark_all_read",
    "mark_read",
    "note_status",
    "notify",
    "resend_delivery",
    "send_delivery",
    "send_due_deliveries",
    "write_message",
    "write_notification",
]
