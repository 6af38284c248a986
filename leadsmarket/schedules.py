"""The default schedules of the jobs as rows of django-celery-beat, which staff edit in the admin."""

import json

from django.conf import settings
from django.db.models import QuerySet
from django.utils import timezone
from django_celery_beat.models import CrontabSchedule, PeriodicTask, PeriodicTasks

from leadsmarket.due_moments import is_frequent
from leadsmarket.jobs import JOBS


def add_missing_schedules(using: str) -> list[str]:
    """Add a row for each job that has none; rows that exist stay as staff left them. Returns the names added.

    Known by its name: a schedule that staff switched off stays off, one that they deleted or renamed comes back.
    """
    present = set(PeriodicTask.objects.using(using).filter(name__in=JOBS).values_list("name", flat=True))
    missing = [job for name, job in JOBS.items() if name not in present]
    if not missing:
        return []
    rows = []
    for job in missing:
        crontab, _created = CrontabSchedule.objects.using(using).get_or_create(
            minute=job.schedule.minute,
            hour=job.schedule.hour,
            day_of_week="*",
            day_of_month=job.schedule.day_of_month,
            month_of_year="*",
            timezone=settings.TIME_ZONE,
        )
        rows.append(
            PeriodicTask(
                name=job.name,
                task="leadsmarket.tasks.run_job",
                args=json.dumps([job.name]),
                crontab=crontab,
                description=job.description,
            )
        )
    # save() would tell beat through the default connection, which may be another database while tests are set up.
    PeriodicTask.objects.using(using).bulk_create(rows, ignore_conflicts=True)
    PeriodicTasks.objects.using(using).update_or_create(ident=1, defaults={"last_update": timezone.now()})
    return [job.name for job in missing]


def schedules_in_use() -> QuerySet[PeriodicTask]:
    """Return the rows of our jobs that are switched on, by name."""
    return PeriodicTask.objects.select_related("crontab").filter(name__in=JOBS, enabled=True).order_by("name")


def is_frequent_job(name: str) -> bool:
    """Say whether a job runs several times an hour by the schedule that staff gave it."""
    row = schedules_in_use().filter(name=name, crontab__isnull=False).first()
    return row is not None and is_frequent(row)
