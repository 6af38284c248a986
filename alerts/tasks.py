"""Telling and sending outside the request; the every-minute job picks up what was lost."""

import time
from uuid import UUID

from celery import shared_task
from django.dispatch import receiver

from alerts.models import Delivery, Event
from alerts.services import expand_due_events, send_delivery
from alerts.signals import delivery_queued, events_announced
from leadsmarket.lib.queue import enqueue


@shared_task
def send_delivery_task(delivery_id: str) -> None:
    """Send one message."""
    send_delivery(UUID(delivery_id))


@shared_task
def expand_events_task() -> None:
    """Tell everybody concerned of what happened."""
    expand_due_events()


@receiver(delivery_queued, sender=Delivery, dispatch_uid="alerts.queue_delivery")
def queue_delivery(*, delivery_id: UUID, **_signal: object) -> None:
    """Ask a worker to send a message now; without a broker the every-minute job does."""
    enqueue(send_delivery_task, str(delivery_id))


class _Wake:
    """Asks a worker at most twice a second per process, however many events come: at the first, and for those after it."""

    pause = 0.5

    def __init__(self) -> None:
        self.asked_for = 0.0
        """When the last worker that was asked begins, by the clock of this process."""

    def ask(self, *, urgent: bool) -> None:
        now = time.monotonic()
        if urgent or now - self.asked_for > self.pause:
            self.asked_for = now
            enqueue(expand_events_task)
        elif self.asked_for <= now:
            self.asked_for = now + self.pause
            enqueue(expand_events_task, countdown=self.pause)


_wake = _Wake()


@receiver(events_announced, sender=Event, dispatch_uid="alerts.expand_events")
def queue_expansion(*, urgent: bool, **_signal: object) -> None:
    """Ask a worker to tell people now; without a broker the every-minute job does."""
    _wake.ask(urgent=urgent)
