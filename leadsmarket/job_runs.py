"""Running a job so that two never run at once, a moment of the schedule is served once, and each run leaves a row.

A run holds a lease on its job, a row that it renews. One that was killed is known by its process where it ran on this machine,
else by the end of its lease; the next start marks it interrupted. No lock of a database session: those don't pass a pooler.
"""

import logging
import os
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from pathlib import Path
from traceback import extract_tb
from uuid import UUID

from django.conf import settings
from django.db import DatabaseError, close_old_connections, connection
from django.db.models import BooleanField, ExpressionWrapper, Q
from django.db.models.functions import Now
from django.utils import timezone
from django_celery_beat.models import PeriodicTask

from alerts.kinds import Kind
from alerts.services import announce
from leadsmarket.due_moments import CLOCKS_DIFFER_BY, due_moment, is_frequent, latest_due
from leadsmarket.jobs import JOBS, JobResult
from leadsmarket.lib.actor import SYSTEM, acting_as
from leadsmarket.lib.masking import mask_text
from leadsmarket.models import JobRun
from leadsmarket.schedules import schedules_in_use

logger = logging.getLogger(__name__)

LEASE = timedelta(seconds=60)
"""How long a run on another machine is believed to be alive after its last sign of life."""
RENEWED_EVERY_SECONDS = 15
Status, Source = JobRun.Status, JobRun.Source
SERVED = (Status.SUCCEEDED, Status.ATTENTION, Status.FAILED)
"""Ends of a run that served its moment; the work that a failed one left is done by the next."""


def run_by_hand(name: str, *, started_by: UUID | None = None) -> JobRun:
    """Run a job now and return its row: finished, or `skipped` where a run of it is going on.

    What the job raises is noted and raised. started_by: who of staff asked for it.
    """
    return _carry_out(_claim(name, Source.HAND, None, started_by))


def run_scheduled(name: str, *, source: JobRun.Source = Source.BEAT) -> JobRun | None:
    """Run a job for the latest moment of its schedule, as `run_by_hand` does; None where that moment had its run already."""
    due_at = due_moment(name, timezone.now())
    if due_at and _has_been_served(name, due_at):
        return None
    run = _carry_out(_claim(name, source, due_at, None))
    if run.status == Status.SKIPPED and due_at and _has_been_served(name, due_at):
        return None
    return run


def _carry_out(run: JobRun) -> JobRun:
    if run.status == Status.SKIPPED:
        return run
    try:
        with _renewed_lease(run):
            result = JOBS[run.job].run()
    except BaseException as error:
        _note_failure(run, error)
        raise
    _finish(run, Status.ATTENTION if result.needs_attention else Status.SUCCEEDED, result)
    return run


def missed_jobs() -> list[str]:
    """Return the jobs whose schedule had a moment since their last run; not those that run several times an hour.

    Nothing was missed before a schedule was made or switched on.
    """
    now = timezone.now()
    with acting_as(SYSTEM):
        return [row.name for row in schedules_in_use() if row.crontab and not is_frequent(row) and is_missed(row, now)]


def is_missed(row: PeriodicTask, now: datetime) -> bool:
    """Say whether the last moment of a schedule until `now` passed without its run."""
    due_at = latest_due(row, now)
    if due_at is None or _is_served(row.name, due_at):
        return False
    # Beat notes when it sent a job last, and forgets it when staff switch the schedule off.
    if row.last_run_at is None or not JobRun.objects.filter(job=row.name).exists():
        return due_at > (row.last_run_at or row.date_changed)
    return True


def _is_served(name: str, due_at: datetime) -> bool:
    # A run starts at most that early; so only the latest rows are read.
    since = due_at - CLOCKS_DIFFER_BY
    served = Q(due_at__gte=due_at) | Q(started_at__gte=due_at)
    return JobRun.objects.filter(served, job=name, started_at__gte=since, status__in=SERVED).exists()


def _has_been_served(name: str, due_at: datetime) -> bool:
    with acting_as(SYSTEM):
        return _is_served(name, due_at)


def _claim(name: str, source: JobRun.Source, due_at: datetime | None, started_by: UUID | None) -> JobRun:
    run = JobRun(
        job=name,
        source=source,
        started_by_id=started_by,
        due_at=due_at,
        host=socket.gethostname(),
        pid=os.getpid(),
        lease_until=Now() + LEASE,
    )
    with acting_as(SYSTEM):
        _end_dead_run(name)
        # The unique indexes decide between two at once; the second waits for the first's commit.
        JobRun.objects.bulk_create([run], ignore_conflicts=True)
        if JobRun.objects.filter(pk=run.pk).exists():
            return run
        return _skip(run)


def _skip(run: JobRun) -> JobRun:
    run.status, run.finished_at = Status.SKIPPED, timezone.now()
    other = JobRun.objects.filter(job=run.job, status=Status.RUNNING).first()
    if other is None:
        run.summary = "Another run has just ended"
    else:
        run.summary = f"Running already, on {other.host} since {_local(other.started_at)}"
    # The same tick once more is nothing to tell.
    if other is None or other.due_at is None or other.due_at != run.due_at:
        run.save(force_insert=True)
    return run


def _local(moment: datetime) -> str:
    return f"{timezone.localtime(moment):%Y-%m-%d %H:%M:%S}"


def _end_dead_run(name: str) -> None:
    over = ExpressionWrapper(Q(lease_until__lt=Now()), output_field=BooleanField())
    run = JobRun.objects.filter(job=name, status=Status.RUNNING).annotate(lease_is_over=over).first()
    if run is None or not (run.lease_is_over or _died_here(run)):
        return
    logger.error("Job %s: the run of %s on %s was interrupted", name, _local(run.started_at), run.host)
    JobRun.objects.filter(pk=run.pk, status=Status.RUNNING).update(
        status=Status.INTERRUPTED, finished_at=timezone.now(), error="Its process ended in the middle"
    )


def _died_here(run: JobRun) -> bool:
    if run.host != socket.gethostname():
        return False
    try:
        os.kill(run.pid, 0)
    except ProcessLookupError:
        return True
    except PermissionError:
        pass
    return False


@contextmanager
def _renewed_lease(run: JobRun) -> Iterator[None]:
    done = threading.Event()
    thread = threading.Thread(target=_renew, args=(run.pk, done), daemon=True)
    thread.start()
    try:
        yield
    finally:
        done.set()
        thread.join(timeout=5)


def _renew(run_id: UUID, done: threading.Event) -> None:
    while not done.wait(RENEWED_EVERY_SECONDS):
        try:
            with acting_as(SYSTEM):
                JobRun.objects.filter(pk=run_id, status=Status.RUNNING).update(lease_until=Now() + LEASE)
        except DatabaseError as error:
            logger.warning("the lease of run %s was not renewed: %s", run_id, type(error).__name__)
        finally:
            connection.close()


def _finish(run: JobRun, status: JobRun.Status, result: JobResult, error: str = "") -> None:
    run.status, run.finished_at = status, timezone.now()
    run.summary, run.counts, run.error = result.summary, dict(result.counts), error
    fields = ("status", "finished_at", "summary", "counts", "error")
    with acting_as(SYSTEM):
        noted = JobRun.objects.filter(pk=run.pk, status=Status.RUNNING).update(
            **{field: getattr(run, field) for field in fields}
        )
    if not noted:
        logger.warning("Job %s: the run %s was taken for dead and ended after all: %s", run.job, run.pk, status)


def _note_failure(run: JobRun, error: BaseException) -> None:
    # Whoever catches the error logs it in full.
    status = Status.FAILED if isinstance(error, Exception) else Status.INTERRUPTED
    try:
        if not connection.in_atomic_block:
            close_old_connections()
        _finish(run, status, JobResult(""), _in_short(error))
        if status == Status.FAILED:
            _tell_staff(run)
    except DatabaseError:
        logger.exception("Job %s: its end could not be noted", run.job)


def _tell_staff(run: JobRun) -> None:
    """Tell staff once a day and job: one that runs every minute would fill their mailboxes."""
    with acting_as(SYSTEM):
        announce(
            Kind.STAFF_PROBLEM,
            cause=f"job_failed:{run.job}:{timezone.localdate().isoformat()}",
            data={
                "problem": "job_failed",
                "detail": f"{run.job}: {run.error}",
                "page": "admin:leadsmarket_jobrun_changelist",
            },
            urgent=True,
        )


def _in_short(error: BaseException) -> str:
    """Kind, first line and place; without personal data, as staff reads it."""
    text = (mask_text(str(error)).strip().splitlines() or [""])[0]
    places = [frame for frame in extract_tb(error.__traceback__) if _is_ours(frame.filename)]
    place = f" in {Path(places[-1].filename).relative_to(settings.BASE_DIR)}:{places[-1].lineno}" if places else ""
    return f"{type(error).__name__}{f' ({text[:300]})' if text else ''}{place}"[:500]


def _is_ours(filename: str) -> bool:
    path = Path(filename)
    return path.is_relative_to(settings.BASE_DIR) and "site-packages" not in path.parts
