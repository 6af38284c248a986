"""Redis, the queue in it, the workers that empty it, and beat that fills it by the clock."""

from collections.abc import Iterator
from datetime import datetime, timedelta

import redis
from django.conf import settings
from django.utils import timezone

from leadsmarket.beat import beat_seen_at
from leadsmarket.celery import app
from leadsmarket.doctor.examination import first_line
from leadsmarket.lib.actor import SYSTEM, acting_as
from leadsmarket.lib.health import Finding, State, register_check
from leadsmarket.models import JobRun

SILENT_AFTER = timedelta(minutes=2)
LONG_QUEUE = 1000
SECONDS = 2


def _redis() -> redis.Redis:
    return redis.Redis.from_url(settings.CELERY_BROKER_URL, socket_connect_timeout=SECONDS, socket_timeout=SECONDS)


@register_check("redis", seconds=5)
def broker(*, online: bool) -> Iterator[Finding]:
    """Whether Redis answers, and keeps what it is given."""
    try:
        with _redis() as client:
            version = client.info("server")["redis_version"]
            policy = client.info("memory").get("maxmemory_policy", "noeviction")
    except (redis.RedisError, OSError) as error:
        yield Finding("Redis", State.BROKEN, first_line(error), "Start it, or correct REDIS_URL.")
        return
    if policy.startswith("allkeys"):
        advice = "Set maxmemory-policy to noeviction: it may throw the queue away."
        yield Finding("Redis", State.HINT, f"version {version}, {policy}", advice)
    else:
        yield Finding("Redis", State.OK, f"version {version}")


@register_check("queue", after=["redis"])
def queue(*, online: bool) -> Iterator[Finding]:
    """How many tasks wait."""
    with _redis() as client:
        length = client.llen(app.conf.task_default_queue)
    if length > LONG_QUEUE:
        yield Finding("queue", State.HINT, f"{length} tasks wait", "Start more workers, or see what holds them up.")
    else:
        yield Finding("queue", State.OK, f"{length} tasks wait")


@register_check("worker", after=["redis"])
def worker(*, online: bool) -> Iterator[Finding]:
    """Which workers answer."""
    names = sorted(app.control.inspect(timeout=SECONDS).ping() or {})
    if names:
        yield Finding("worker", State.OK, ", ".join(names))
    else:
        yield Finding("worker", State.BROKEN, "none answers", "Start `celery -A leadsmarket worker`.")


@register_check("beat", after=["redis"])
def beat(*, online: bool) -> Iterator[Finding]:
    """Whether beat said lately that it lives, as /readyz asks."""
    seen = beat_seen_at()
    if seen and timezone.now() - seen <= settings.BEAT_SILENCE:
        yield Finding("beat", State.OK, f"seen {_local(seen)}")
    else:
        detail = f"last seen {_local(seen)}" if seen else "never seen"
        yield Finding("beat", State.BROKEN, detail, "Start `celery -A leadsmarket beat`, once.")


@register_check("scheduled runs", after=["database"])
def scheduled_runs(*, online: bool) -> Iterator[Finding]:
    """When a job was last run by the schedule; `deliver` is every minute."""
    with acting_as(SYSTEM):
        last = JobRun.objects.filter(source=JobRun.Source.BEAT).order_by("-started_at").first()
    seen = f"last {_local(last.started_at)} ({last.job})" if last else "no job was ever run by the schedule"
    if last and timezone.now() - last.started_at <= SILENT_AFTER:
        yield Finding("scheduled runs", State.OK, seen)
    else:
        advice = "Where beat lives, no worker takes its tasks, or the job `deliver` is switched off."
        yield Finding("scheduled runs", State.BROKEN, seen, advice)


def _local(moment: datetime) -> str:
    return f"{timezone.localtime(moment):%Y-%m-%d %H:%M:%S}"
