"""The scheduled jobs as a Celery task; beat's rows name the job (see leadsmarket.schedules)."""

import logging

from celery import shared_task

from leadsmarket.jobs import JOBS

logger = logging.getLogger(__name__)


@shared_task
def run_job(name: str) -> None:
    """Run a registered job. A failed run is not repeated at once: the next scheduled one does the work that is left."""
    result = JOBS[name].run()
    logger.info("Job %s: %s", name, result.summary)
