"""Which jobs staff must look at: the last run went wrong, or the last moment of the schedule had no run."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django_celery_beat.models import PeriodicTask

from leadsmarket.due_moments import is_frequent
from leadsmarket.job_runs import SERVED, is_missed
from leadsmarket.models import JobRun
from leadsmarket.schedules import schedules_in_use

LATE_AFTER = timedelta(minutes=20)
"""A run may last 15 minutes."""
FREQUENT_LATE_AFTER = timedelta(minutes=5)


class Problem(models.TextChoices):
    """What is wrong with a job."""

    FAILED = "failed", _("The last run failed")
    INTERRUPTED = "interrupted", _("The last run was interrupted")
    ATTENTION = "attention", _("The last run needs attention")
    LATE = "late", _("Did not run when it was due")


@dataclass(frozen=True, slots=True)
class JobHealth:
    """How a job that is switched on stands. last: its last finished run, those that were skipped left out."""

    name: str
    last: JobRun | None
    last_success_at: datetime | None
    problem: Problem | None


def job_health() -> list[JobHealth]:
    """Return how each job stands that staff did not switch off, by name; asked by staff or as the system."""
    now = timezone.now()
    return [_health(row, now) for row in schedules_in_use()]


def _health(row: PeriodicTask, now: datetime) -> JobHealth:
    runs = JobRun.objects.filter(job=row.name).order_by("-started_at")
    last = runs.exclude(status__in=[JobRun.Status.RUNNING, JobRun.Status.SKIPPED]).first()
    succeeded = last if last and last.status == JobRun.Status.SUCCEEDED else None
    if succeeded is None:
        succeeded = runs.filter(status__in=SERVED).exclude(status=JobRun.Status.FAILED).first()
    return JobHealth(row.name, last, succeeded.finished_at if succeeded else None, _problem(row, last, now))


def _problem(row: PeriodicTask, last: JobRun | None, now: datetime) -> Problem | None:
    if last and last.status in Problem.values:
        return Problem(last.status)
    if row.crontab is None:
        return None
    allowance = FREQUENT_LATE_AFTER if is_frequent(row) else LATE_AFTER
    return Problem.LATE if is_missed(row, now - allowance) else None
