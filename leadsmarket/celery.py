"""The Celery application. Tasks live in each app's `tasks.py` and call services."""

import logging.config
import os
from typing import Any

from celery import Celery, Task
from celery.signals import (
    beat_init,
    before_task_publish,
    setup_logging,
    task_postrun,
    task_prerun,
    worker_init,
    worker_ready,
)

from leadsmarket.lib.logs import begin_request, current_request_id, end_request

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "leadsmarket.settings")

app = Celery("leadsmarket")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()


@setup_logging.connect
def log_as_the_site_does(**_signal: object) -> None:
    """Keep the settings' LOGGING, masked and in one form; Celery would put handlers of its own in its place."""
    from django.conf import settings

    logging.config.dictConfig(settings.LOGGING)


@before_task_publish.connect
def send_request_id_along(headers: dict[str, Any] | None = None, **_signal: object) -> None:
    """Let a task's log lines bear the id of the request that asked for it."""
    if headers is not None and (request_id := current_request_id()):
        headers["request_id"] = request_id


@task_prerun.connect
def begin_task(task: Task, task_id: str, **_signal: object) -> None:
    """Put the request's id on the task's lines; a task of the scheduler gets an id of its own."""
    if task.request.is_eager:
        return  # within the request that asked for it
    begin_request(getattr(task.request, "request_id", None) or "", task=task.name, task_id=task_id)


@task_postrun.connect
def end_task(task: Task, **_signal: object) -> None:
    """Write lines without an id again."""
    if not task.request.is_eager:
        end_request()


@worker_init.connect
def warm_up_pdf(**_signal: object) -> None:
    """Load fonts once, before the worker's processes are forked: the first receipt is then as fast as the others."""
    from leadsmarket.lib.pdf import warm_up

    warm_up()


@worker_ready.connect
@beat_init.connect
def catch_up_missed_jobs(**_signal: object) -> None:
    """What became due while this part was down is done once, however many parts start."""
    from leadsmarket.tasks import ask_for_catch_up

    ask_for_catch_up()
