"""The scheduled jobs as Celery tasks; beat's rows name the job (see leadsmarket.schedules)."""

import logging
from uuid import UUID

from celery import shared_task
from kombu.exceptions import OperationalError

from leadsmarket import job_runs
from leadsmarket.errors import JobNotQueued, UnknownJob
from leadsmarket.jobs import JOBS
from leadsmarket.models import JobRun
from leadsmarket.schedules import is_frequent_job

logger = logging.getLogger(__name__)

TRIES = 20
TRY_AGAIN_SECONDS = 60
"""Together longer than a run may last: no moment of a schedule is lost to another run, perhaps a dead one, in its way."""


@shared_task
def run_job(name: str, source: str = JobRun.Source.BEAT, started_by: str | None = None, tries: int = 1) -> None:
    """Run a registered job. A failed run is not repeated at once: the next scheduled one does the work that is left."""
    run: JobRun | None
    if source == JobRun.Source.HAND:
        run = job_runs.run_by_hand(name, started_by=UUID(started_by) if started_by else None)
    else:
        run = job_runs.run_scheduled(name, source=JobRun.Source(source))
    if run is None:
        logger.info("Job %s: this moment of its schedule had its run", name)
        return
    logger.info("Job %s: %s", name, run.summary)
    if run.status == JobRun.Status.SKIPPED and run.due_at and tries < TRIES and not is_frequent_job(name):
        run_job.apply_async((name, source, started_by, tries + 1), countdown=TRY_AGAIN_SECONDS)


def ask_for_run(name: str, *, started_by: UUID) -> None:
    """Queue a job for one of staff. Raises UnknownJob, or JobNotQueued where the broker can't be reached."""
    if name not in JOBS:
        raise UnknownJob
    try:
        run_job.apply_async((name, JobRun.Source.HAND, str(started_by)))
    except OperationalError as error:
        raise JobNotQueued from error


@shared_task
def catch_up() -> None:
    """Queue each job once whose moment passed while nothing ran; asked for by each worker and by beat when they start."""
    for name in job_runs.missed_jobs():
        logger.info("Job %s was missed: catching up", name)
        run_job.apply_async((name, JobRun.Source.CATCH_UP))


def ask_for_catch_up() -> None:
    """Have a worker look for missed jobs; without a broker the next start asks again."""
    try:
        catch_up.apply_async(expires=3600)
    except OperationalError as error:
        logger.warning("missed jobs were not looked for, no broker: %s", error)
