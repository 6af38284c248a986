"""The scheduler, with a heartbeat: beat says in Redis that it lives, /readyz reads it."""

import logging
import time
from datetime import UTC, datetime
from typing import Any

from django.core.cache import cache
from django_celery_beat.schedulers import DatabaseScheduler
from redis.exceptions import RedisError

logger = logging.getLogger(__name__)

KEY = "beat-seen"
EVERY_SECONDS = 5
KEPT_SECONDS = 24 * 3600


class HeartbeatScheduler(DatabaseScheduler):
    """The schedules of the database. After each round, at most five seconds long, it notes that the round is done.

    Not a job: a job also needs a worker, and would be late behind others. A beat that hangs in the database notes nothing.
    """

    _noted_at = -1e9

    def tick(self, *arguments: Any, **keywords: Any) -> float:
        """Start what is due, then note the time; return the seconds until the next round."""
        pause = super().tick(*arguments, **keywords)
        if time.monotonic() - self._noted_at >= EVERY_SECONDS:
            self._noted_at = time.monotonic()
            note_heartbeat()
        return pause


def note_heartbeat() -> None:
    """Note that beat lives now. A Redis that is away does not stop it."""
    try:
        cache.set(KEY, time.time(), timeout=KEPT_SECONDS)
    except RedisError as error:
        logger.warning("heartbeat could not be noted: %s", type(error).__name__)


def beat_seen_at() -> datetime | None:
    """Return when beat was seen last; None where nothing is noted. Raises RedisError."""
    seen = cache.get(KEY)
    return datetime.fromtimestamp(seen, UTC) if seen else None
