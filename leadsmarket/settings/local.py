"""A developer's or a visitor's machine, as `script/server` starts it."""

from leadsmarket.settings.base import *  # noqa: F403
from leadsmarket.settings.base import env
from leadsmarket.settings.files import file_storage

DEBUG = env.bool("DEBUG", default=True)
ALLOWED_HOSTS = env.list("ALLOWED_HOSTS", default=["*"])
STORAGES = {
    "default": file_storage(env),
    "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"},
}
WHITENOISE_USE_FINDERS = True
WHITENOISE_AUTOREFRESH = True
DEMO_DATA_ALLOWED = True
