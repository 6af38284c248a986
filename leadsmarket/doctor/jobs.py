"""How each scheduled job stands."""

from collections.abc import Iterator

from django.utils import timezone, translation
from django_celery_beat.models import PeriodicTask

from leadsmarket.job_health import JobHealth, job_health
from leadsmarket.jobs import JOBS
from leadsmarket.lib.actor import SYSTEM, acting_as
from leadsmarket.lib.health import Finding, State, register_check


@register_check("jobs", after=["database"])
def jobs(*, online: bool) -> Iterator[Finding]:
    """The last success of each, and what went wrong since."""
    with acting_as(SYSTEM), translation.override("en"):
        for health in job_health():
            yield _finding(health)
        in_use = {row.name for row in PeriodicTask.objects.filter(name__in=JOBS, enabled=True)}
    for name in sorted(set(JOBS) - in_use):
        yield Finding(
            f"job {name}", State.HINT, "switched off", "Switch it on under Scheduled jobs, if that is not meant."
        )


def _finding(health: JobHealth) -> Finding:
    what = f"job {health.name}"
    success = (
        f"last success {timezone.localtime(health.last_success_at):%Y-%m-%d %H:%M}"
        if health.last_success_at
        else "no success yet"
    )
    if health.problem is None:
        return Finding(what, State.OK, success)
    advice = f"See its runs on the staff site and the log, then `manage.py run_job {health.name}`."
    error = f" ({health.last.error})" if health.last and health.last.error else ""
    return Finding(what, State.BROKEN, f"{health.problem.label}{error}; {success}", advice)
