"""Whether a process lives (/healthz) and whether the site can do its work (/readyz); see docs/monitoring.md.

Both are answered by ProbesMiddleware outside of sessions and row security: what they read is nobody's data.
"""

import logging
from collections.abc import Callable
from functools import lru_cache

from django.conf import settings
from django.core.cache import cache
from django.db import DatabaseError, connection
from django.db.migrations.loader import MigrationLoader
from django.db.migrations.recorder import MigrationRecorder
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe
from redis.exceptions import RedisError

from leadsmarket.beat import beat_seen_at

logger = logging.getLogger(__name__)


@require_safe
@never_cache
def healthz(request: HttpRequest) -> HttpResponse:
    """Say that this process answers; asks nobody else, so a restart is the right cure where it stays silent."""
    return HttpResponse("ok", content_type="text/plain")


@require_safe
@never_cache
def readyz(request: HttpRequest) -> JsonResponse:
    """Say of each part that the site needs whether it is there: 200, or 503 when one is not."""
    parts = {name: _is_well(name, check) for name, check in CHECKS.items()}
    is_ready = all(parts.values())
    body = {"ready": is_ready, "parts": {name: "ok" if is_well else "failed" for name, is_well in parts.items()}}
    return JsonResponse(body, status=200 if is_ready else 503)


def _is_well(name: str, check: Callable[[], bool]) -> bool:
    try:
        return check()
    except (DatabaseError, RedisError) as error:
        # The text may name hosts; the log has it, the answer does not.
        logger.warning("%s is not ready: %s", name, error)
        return False


def database_answers() -> bool:
    """Ask PostgreSQL for nothing."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1")
        return cursor.fetchone() == (1,)


def redis_answers() -> bool:
    """Ask Redis for a sign of life."""
    return bool(cache._cache.get_client(None, write=True).ping())  # type: ignore[attr-defined]


def migrations_are_applied() -> bool:
    """Compare the migrations of this code with those noted in the database; more there (a newer release) is fine."""
    return _known_migrations() <= set(MigrationRecorder(connection).applied_migrations())


def beat_was_seen() -> bool:
    """Look whether the scheduler noted a round within BEAT_SILENCE."""
    seen = beat_seen_at()
    return seen is not None and timezone.now() - seen <= settings.BEAT_SILENCE


@lru_cache(maxsize=1)
def _known_migrations() -> frozenset[tuple[str, str]]:
    loader = MigrationLoader(None)
    replaced = {old for migration in loader.disk_migrations.values() for old in migration.replaces}
    return frozenset(set(loader.disk_migrations) - replaced)


CHECKS: dict[str, Callable[[], bool]] = {
    "database": database_answers,
    "redis": redis_answers,
    "migrations": migrations_are_applied,
    "beat": beat_was_seen,
}
