"""Celery: Redis as broker, no result back end (what must not be lost is a row), beat's schedule in the database."""

import environ


def celery_settings(env: environ.Env, time_zone: str) -> dict[str, object]:
    """Return the CELERY_* settings; REDIS_URL is the broker."""
    return {
        "CELERY_BROKER_URL": env("REDIS_URL"),
        "CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP": True,
        "CELERY_BROKER_TRANSPORT_OPTIONS": {
            "visibility_timeout": 3600,
            "socket_timeout": 5,
            "socket_connect_timeout": 3,
        },
        "CELERY_TASK_PUBLISH_RETRY_POLICY": {"max_retries": 1, "interval_start": 0, "interval_max": 0.2},
        "CELERY_TASK_IGNORE_RESULT": True,
        "CELERY_TASK_ACKS_LATE": True,
        "CELERY_TASK_REJECT_ON_WORKER_LOST": True,
        "CELERY_TASK_TIME_LIMIT": 900,
        "CELERY_TASK_SOFT_TIME_LIMIT": 840,
        "CELERY_WORKER_PREFETCH_MULTIPLIER": 1,
        "CELERY_WORKER_CANCEL_LONG_RUNNING_TASKS_ON_CONNECTION_LOSS": True,
        "CELERY_BEAT_SCHEDULER": "leadsmarket.beat:HeartbeatScheduler",
        "CELERY_TIMEZONE": time_zone,
        "DJANGO_CELERY_BEAT_TZ_AWARE": True,
    }
