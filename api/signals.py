"""What the API tells itself.

webhooks_queued: endpoint_id (all that waits for it) or message_id (that one). Sent after the commit: api.tasks asks a worker.
endpoint_switched_off: endpoint. Its deliveries failed for days, or it said that it is gone; sent in the transaction of that.
"""

from django.dispatch import Signal

webhooks_queued = Signal()
endpoint_switched_off = Signal()
