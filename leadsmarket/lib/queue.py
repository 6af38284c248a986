"""Handing work to a worker, for work that is a row already: the broker may be away, and nothing is lost."""

import logging
from collections.abc import Callable

from celery import Task
from django.db import transaction
from kombu.exceptions import OperationalError

logger = logging.getLogger(__name__)


def after_commit(act: Callable[..., object], *arguments: object, **keywords: object) -> None:
    """Call `act` once the running transaction is committed; what it raises is logged and stops nobody.

    A function of its own: Django's log line names what failed, which a `partial` has no name for.
    """

    def act_after_commit() -> None:
        act(*arguments, **keywords)

    transaction.on_commit(act_after_commit, robust=True)


def enqueue(task: Task, *arguments: str, countdown: float | None = None) -> bool:
    """Send a task; False where the broker can't be reached (the every-minute job will find the row).

    countdown: seconds until a worker begins with it.
    """
    try:
        task.apply_async(arguments, countdown=countdown)
    except OperationalError as error:
        logger.warning("broker away, %s left to the every-minute job: %s", task.name, error)
        return False
    return True
