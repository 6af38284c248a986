"""Handing work to a worker, for work that is a row already: the broker may be away, and nothing is lost."""

import logging

from celery import Task
from kombu.exceptions import OperationalError

logger = logging.getLogger(__name__)


def enqueue(task: Task, *arguments: str) -> bool:
    """Send a task; False where the broker can't be reached (the every-minute job will find the row)."""
    try:
        task.apply_async(arguments)
    except OperationalError as error:
        logger.warning("broker away, %s left to the every-minute job: %s", task.name, error)
        return False
    return True
