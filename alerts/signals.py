"""What alerts tells itself, after the commit; alerts.tasks asks a worker.

delivery_queued: delivery_id, to be sent. events_announced: urgent (False: a second later will do).
"""

from django.dispatch import Signal

delivery_queued = Signal()
events_announced = Signal()
