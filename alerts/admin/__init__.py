"""The staff site's pages of messages. Nothing is changed by hand."""

from alerts.admin import deliveries, events, notifications

__all__ = ["deliveries", "events", "notifications"]
