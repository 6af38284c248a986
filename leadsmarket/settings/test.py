"""The test suite: real PostgreSQL and Redis, fast password hashes, e-mails kept in memory."""

import os

from leadsmarket.settings.base import *  # noqa: F403
from leadsmarket.settings.base import CACHES, DATABASES

DEBUG = False
# Each test process has keys of its own in Redis, so that emptying them leaves the neighbour's throttle counts alone.
CACHES["default"]["KEY_PREFIX"] = f"test-{os.environ.get('PYTEST_XDIST_WORKER', 'main')}"
ALLOWED_HOSTS = ["localhost", "127.0.0.1", "testserver"]
PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.InMemoryStorage"},
    "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"},
}
WHITENOISE_USE_FINDERS = True
WHITENOISE_AUTOREFRESH = True
CELERY_TASK_ALWAYS_EAGER = False
DEMO_DATA_ALLOWED = True
SANDBOX_PAYMENTS = True
WEBHOOKS_ALLOW_PRIVATE = True
DATABASES["default"]["CONN_MAX_AGE"] = 0
