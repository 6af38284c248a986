"""The Celery application. Tasks live in each app's `tasks.py` and call services."""

import os

from celery import Celery
from celery.signals import beat_init, worker_init, worker_ready

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "leadsmarket.settings")

app = Celery("leadsmarket")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()


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
