"""Every setting of Leadsmarket; the environment switches them. A bad value stops the start with its name."""

from decimal import Decimal
from email.utils import parseaddr
from pathlib import Path
from typing import Any

from django.utils.translation import gettext_lazy as _

from leadsmarket.settings.admin import UNFOLD  # noqa: F401
from leadsmarket.settings.api import REST_FRAMEWORK, SPECTACULAR_SETTINGS  # noqa: F401
from leadsmarket.settings.celery import celery_settings
from leadsmarket.settings.csp import content_security_policy
from leadsmarket.settings.database import databases
from leadsmarket.settings.email import email_settings
from leadsmarket.settings.environment import Environment
from leadsmarket.settings.files import file_storage
from leadsmarket.settings.log_in import log_in_settings
from leadsmarket.settings.logging import logging_settings
from leadsmarket.settings.monitoring import monitoring_settings
from leadsmarket.settings.phones import whatsapp_provider
from leadsmarket.settings.privacy import retention_months, suppliers_abroad
from leadsmarket.settings.security import security_settings

BASE_DIR = Path(__file__).resolve().parent.parent.parent
env = Environment()

SECRET_KEY = env("SECRET_KEY", default="")
DEBUG = env.bool("DEBUG", default=False)
SITE_URL = env("SITE_URL", default="http://localhost:8000").rstrip("/")
ALLOWED_HOSTS = env.list("ALLOWED_HOSTS", default=["localhost", "127.0.0.1", "[::1]"])
CSRF_TRUSTED_ORIGINS = env.list("CSRF_TRUSTED_ORIGINS", default=[])

INSTALLED_APPS = [
    "unfold",
    "unfold.contrib.filters",
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django.contrib.humanize",
    "django.forms",
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "django_htmx",
    "django_filters",
    "phonenumber_field",
    "csp",
    "django_celery_beat",
    "leadsmarket",
    "accounts",
    "deposits",
    "leads",
    "payments",
    "analytics",
    "alerts",
    "rest_framework",
    "drf_spectacular",
    "drf_spectacular_sidecar",
    "api",
]

MIDDLEWARE = [
    "leadsmarket.middleware.ProbesMiddleware",
    "leadsmarket.middleware.RequestLogMiddleware",
    "leadsmarket.middleware.BodySizeMiddleware",
    "alerts.polling.UnchangedBellMiddleware",
    "django.middleware.security.SecurityMiddleware",
    "leadsmarket.middleware.PermissionsMiddleware",
    "csp.middleware.CSPMiddleware",
    "leadsmarket.middleware.StaffSitePolicyMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "leadsmarket.middleware.LoginSessionMiddleware",
    "leadsmarket.middleware.PrivatePagesMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "leadsmarket.lib.htmx.HtmxMessagesMiddleware",
    "leadsmarket.middleware.RowSecurityMiddleware",
    "leadsmarket.middleware.UserLanguageMiddleware",
    "leadsmarket.middleware.StaffSecondFactorMiddleware",
    "allauth.account.middleware.AccountMiddleware",
]

ROOT_URLCONF = "leadsmarket.urls"
WSGI_APPLICATION = "leadsmarket.wsgi.application"
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.template.context_processors.i18n",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
            ],
        },
    },
]

DATABASES = databases(env)

CACHES = {
    "default": {
        "BACKEND": "django.core.cache.backends.redis.RedisCache",
        "LOCATION": env("REDIS_URL"),
        "KEY_PREFIX": env("CACHE_KEY_PREFIX", default="leadsmarket"),
        # A Redis that hangs must not hold a page.
        "OPTIONS": {"socket_timeout": 3, "socket_connect_timeout": 2},
    }
}

# Accounts
AUTH_USER_MODEL = "accounts.User"
_log_in = log_in_settings(env)
globals().update(_log_in)
STAFF_SESSION_SECONDS: int = _log_in["STAFF_SESSION_SECONDS"]
ALLAUTH_TRUSTED_PROXY_COUNT: int = _log_in["ALLAUTH_TRUSTED_PROXY_COUNT"]

# E-mail
_email = email_settings(env)
globals().update(_email)
EMAIL_PROVIDER: str = _email["EMAIL_PROVIDER"]
ANYMAIL: dict[str, Any] = _email["ANYMAIL"]

# SMS by Twilio; WhatsApp by Meta's Cloud API or by Twilio. Each is offered when its own settings are complete.
TWILIO_ACCOUNT_SID = env("TWILIO_ACCOUNT_SID", default="")
TWILIO_AUTH_TOKEN = env("TWILIO_AUTH_TOKEN", default="")
TWILIO_API_BASE = env("TWILIO_API_BASE", default="https://api.twilio.com").rstrip("/")
TWILIO_TIMEOUT_SECONDS = env.float("TWILIO_TIMEOUT_SECONDS", default=10)
TWILIO_FROM = env("TWILIO_FROM", default="")
TWILIO_MESSAGING_SERVICE_SID = env("TWILIO_MESSAGING_SERVICE_SID", default="")
TWILIO_WHATSAPP_FROM = env("TWILIO_WHATSAPP_FROM", default="")
TWILIO_WHATSAPP_TEMPLATES: dict[str, str] = env.dict("TWILIO_WHATSAPP_TEMPLATES", default={})
WHATSAPP_PROVIDER = env("WHATSAPP_PROVIDER", cast=whatsapp_provider, default="meta")
WHATSAPP_TOKEN = env("WHATSAPP_TOKEN", default="")
WHATSAPP_PHONE_ID = env("WHATSAPP_PHONE_ID", default="")
WHATSAPP_APP_SECRET = env("WHATSAPP_APP_SECRET", default="")
WHATSAPP_VERIFY_TOKEN = env("WHATSAPP_VERIFY_TOKEN", default="")
WHATSAPP_API_BASE = env("WHATSAPP_API_BASE", default="https://graph.facebook.com/v24.0").rstrip("/")
WHATSAPP_TIMEOUT_SECONDS = env.float("WHATSAPP_TIMEOUT_SECONDS", default=10)

# Languages and time
LANGUAGE_CODE = "fr"
LANGUAGES = [("fr", _("French")), ("en", _("English")), ("ar", _("Arabic"))]
LOCALE_PATHS = [BASE_DIR / "locale"]
USE_I18N = True
USE_TZ = True
TIME_ZONE = "Africa/Casablanca"
PHONENUMBER_DEFAULT_REGION = "MA"
PHONENUMBER_DEFAULT_FORMAT = "E164"
PHONENUMBER_DB_FORMAT = "E164"

# Partner access (docs/partner-access.md)
# Keys that secrets of webhooks are encrypted with: the first one encrypts, all decrypt. SECRET_KEY where none is given.
SEALING_KEYS = env.list("SEALING_KEYS", default=[])
# Webhooks to http, private addresses and any port: for developers and tests.
WEBHOOKS_ALLOW_PRIVATE = env.bool("WEBHOOKS_ALLOW_PRIVATE", default=False)
WEBHOOK_TIMEOUT_SECONDS = env.float("WEBHOOK_TIMEOUT_SECONDS", default=10)

# Files
STATIC_URL = "/static/"
STATIC_ROOT = env.path("STATIC_ROOT", default=BASE_DIR / ".local" / "static")
STATICFILES_DIRS = [BASE_DIR / "static"]
STORAGES = {
    "default": file_storage(env),
    "staticfiles": {"BACKEND": "whitenoise.storage.CompressedManifestStaticFilesStorage"},
}
MEDIA_ROOT = env.path("MEDIA_ROOT", default=BASE_DIR / ".local" / "media")

FORM_RENDERER = "leadsmarket.lib.forms.SiteFormRenderer"

# Personal data (law 09-08). Article 19: the receipt's number is printed wherever data of a prospect are collected.
CNDP_RECEIPT_NUMBER: str = env("CNDP_RECEIPT_NUMBER", default="")
RETENTION_MONTHS = retention_months(env)
BLOCKED_CONTACTS_KEY: str = env("BLOCKED_CONTACTS_KEY", default="")
SUPPLIERS_ABROAD = suppliers_abroad(env)

# Payments. Each gateway is offered when its own settings are complete.
PAYMENT_MAXIMUM_AMOUNT = env("PAYMENT_MAXIMUM_AMOUNT", cast=Decimal, default=Decimal("500000.00"))
PAYMENTS_LIVE = env.bool("PAYMENTS_LIVE", default=False)
SANDBOX_PAYMENTS = env.bool("SANDBOX_PAYMENTS", default=DEBUG)
STRIPE_SECRET_KEY = env("STRIPE_SECRET_KEY", default="")
STRIPE_WEBHOOK_SECRET = env("STRIPE_WEBHOOK_SECRET", default="")
STRIPE_API_BASE = env("STRIPE_API_BASE", default="https://api.stripe.com")
STRIPE_TIMEOUT_SECONDS = env.float("STRIPE_TIMEOUT_SECONDS", default=10)
# Any acquirer that speaks the CMI protocol; CMI_LABEL is the name that merchants read.
CMI_CLIENT_ID = env("CMI_CLIENT_ID", default="")
CMI_STORE_KEY = env("CMI_STORE_KEY", default="")
CMI_GATEWAY_URL = env("CMI_GATEWAY_URL", default="")
CMI_LABEL = env("CMI_LABEL", default="")
# Crypto is no recognised means of payment in Morocco: BTCPAY_ENABLED says that a lawyer was asked.
BTCPAY_ENABLED = env.bool("BTCPAY_ENABLED", default=False)
BTCPAY_URL = env("BTCPAY_URL", default="").rstrip("/")
BTCPAY_STORE_ID = env("BTCPAY_STORE_ID", default="")
BTCPAY_API_KEY = env("BTCPAY_API_KEY", default="")
BTCPAY_WEBHOOK_SECRET = env("BTCPAY_WEBHOOK_SECRET", default="")
BTCPAY_TIMEOUT_SECONDS = env.float("BTCPAY_TIMEOUT_SECONDS", default=10)
# The account that bank transfers go to.
BANK_TRANSFER_HOLDER = env("BANK_TRANSFER_HOLDER", default="")
BANK_TRANSFER_BANK = env("BANK_TRANSFER_BANK", default="")
BANK_TRANSFER_RIB = env("BANK_TRANSFER_RIB", default="")
BANK_TRANSFER_IBAN = env("BANK_TRANSFER_IBAN", default="")
BANK_TRANSFER_SWIFT = env("BANK_TRANSFER_SWIFT", default="")
# Whether a prepaid deposit bears TVA at the recharge is for the operator's accountant to say (percent).
RECEIPT_VAT_RATE = env("RECEIPT_VAT_RATE", cast=Decimal, default=Decimal(0))
PLATFORM_LEGAL_DETAILS = {
    "name": env("PLATFORM_NAME", default="Leadsmarket"),
    "legal_form": env("PLATFORM_LEGAL_FORM", default=""),
    "address": env("PLATFORM_ADDRESS", default=""),
    "city": env("PLATFORM_CITY", default="Casablanca"),
    "ice": env("PLATFORM_ICE", default=""),
    "tax_number": env("PLATFORM_IF", default=""),
    "business_tax_number": env("PLATFORM_TP", default=""),
    "trade_register": env("PLATFORM_RC", default=""),
    "social_security_number": env("PLATFORM_CNSS", default=""),
    "email": env("PLATFORM_EMAIL", default=""),
    "phone": env("PLATFORM_PHONE", default=""),
}

# Notifications of the browser: a key of ours (`manage.py web_push_key` makes one), and where browsers' makers may be reached.
WEB_PUSH_PRIVATE_KEY = env("WEB_PUSH_PRIVATE_KEY", default="")
WEB_PUSH_CONTACT = env("WEB_PUSH_CONTACT", default=f"mailto:{parseaddr(globals()['DEFAULT_FROM_EMAIL'])[1]}")
WEB_PUSH_HOSTS = env.list(
    "WEB_PUSH_HOSTS",
    default=[
        "fcm.googleapis.com",
        "push.services.mozilla.com",
        "notify.windows.com",
        "push.apple.com",
    ],
)
# The chat room of staff, as apprise writes addresses (slack://, mmost://, msteams:// …).
STAFF_CHAT_URL = env("STAFF_CHAT_URL", default="")

globals().update(celery_settings(env, TIME_ZONE))

CONTENT_SECURITY_POLICY = content_security_policy(env)
globals().update(security_settings(env))
SILENCED_SYSTEM_CHECKS: list[str] = []

globals().update(logging_settings(env))
globals().update(monitoring_settings(env))

# What is a hint on a developer's machine can be a fault in production: see `manage.py doctor`.
IS_PRODUCTION = False

# `manage.py demo` makes log-ins with a known password; local and test allow it.
DEMO_DATA_ALLOWED = False
