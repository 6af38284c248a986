"""delivery_queued: delivery_id. Sent after the commit; alerts.tasks asks a worker to send it."""

from django.dispatch import Signal

delivery_queued = Signal()
