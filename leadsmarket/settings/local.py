"""A developer's or a visitor's machine, as `script/server` starts it."""

from leadsmarket.settings.base import *  # noqa: F403
from leadsmarket.settings.base import BANK_TRANSFER_RIB, env
from leadsmarket.settings.files import file_storage
from leadsmarket.settings.logging import report_errors

DEBUG = env.bool("DEBUG", default=True)
ALLOWED_HOSTS = env.list("ALLOWED_HOSTS", default=["*"])
STORAGES = {
    "default": file_storage(env),
    "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"},
}
WHITENOISE_USE_FINDERS = True
WHITENOISE_AUTOREFRESH = True
DEMO_DATA_ALLOWED = True
WEBHOOKS_ALLOW_PRIVATE = env.bool("WEBHOOKS_ALLOW_PRIVATE", default=True)
# An invented account, so that transfers can be tried; the number is a sample that no bank has.
if not BANK_TRANSFER_RIB:
    BANK_TRANSFER_HOLDER = "Leadsmarket (exemple)"
    BANK_TRANSFER_BANK = "Banque d'exemple"
    BANK_TRANSFER_RIB = "123456789012345678901234"
if globals()["EMAIL_BACKEND"] == "django.core.mail.backends.console.EmailBackend":
    EMAIL_BACKEND = "leadsmarket.lib.mail.ReadableConsoleBackend"
report_errors(env, "local")
