"""Production: refuses to start half configured."""

from django.core.exceptions import ImproperlyConfigured

from leadsmarket.settings import base
from leadsmarket.settings.base import *  # noqa: F403
from leadsmarket.settings.base import (
    ALLOWED_HOSTS,
    DEBUG,
    PAYMENTS_LIVE,
    SANDBOX_PAYMENTS,
    SEALING_KEYS,
    SECRET_KEY,
    STRIPE_SECRET_KEY,
    STRIPE_WEBHOOK_SECRET,
    WEBHOOKS_ALLOW_PRIVATE,
    env,
)
from leadsmarket.settings.logging import logging_settings, report_errors
from leadsmarket.settings.phones import check_complete
from leadsmarket.settings.security import https_settings

for _name in (
    "SECRET_KEY",
    "DATABASE_URL",
    "DATABASE_OWNER_URL",
    "REDIS_URL",
    "ALLOWED_HOSTS",
    "SITE_URL",
):
    if not env(_name, default=""):
        raise ImproperlyConfigured(f"{_name} must be set in production (LEADSMARKET_ENV=production)")
if not env("EMAIL_URL", default="") and not env("EMAIL_PROVIDER", default=""):
    raise ImproperlyConfigured("EMAIL_URL or EMAIL_PROVIDER must be set in production (LEADSMARKET_ENV=production)")
if DEBUG:
    raise ImproperlyConfigured("DEBUG must be off in production")
if len(SECRET_KEY) < 40 or SECRET_KEY.startswith("django-insecure"):
    raise ImproperlyConfigured("SECRET_KEY must be a random text of at least 40 characters")

if any(len(_key) < 40 for _key in SEALING_KEYS):
    raise ImproperlyConfigured("each of SEALING_KEYS must be a random text of at least 40 characters")
if WEBHOOKS_ALLOW_PRIVATE:
    raise ImproperlyConfigured("WEBHOOKS_ALLOW_PRIVATE would let partners reach this network; unset it in production")

if SANDBOX_PAYMENTS and not env.bool("SANDBOX_PAYMENTS_IN_PRODUCTION", default=False):
    raise ImproperlyConfigured(
        "SANDBOX_PAYMENTS gives money away; set SANDBOX_PAYMENTS_IN_PRODUCTION=1 if that is meant"
    )

if bool(STRIPE_SECRET_KEY) != bool(STRIPE_WEBHOOK_SECRET):
    raise ImproperlyConfigured("STRIPE_SECRET_KEY and STRIPE_WEBHOOK_SECRET must be set together")
if STRIPE_SECRET_KEY and ("_live_" in STRIPE_SECRET_KEY) != PAYMENTS_LIVE:
    raise ImproperlyConfigured("STRIPE_SECRET_KEY is of another mode than PAYMENTS_LIVE says")
for _names in (
    ("CMI_CLIENT_ID", "CMI_STORE_KEY", "CMI_GATEWAY_URL"),
    ("BTCPAY_URL", "BTCPAY_STORE_ID", "BTCPAY_API_KEY", "BTCPAY_WEBHOOK_SECRET"),
):
    if len({bool(env(_name, default="")) for _name in _names}) == 2:
        raise ImproperlyConfigured(f"{', '.join(_names)} must be set together")

IS_PRODUCTION = True
check_complete(vars(base))
if "*" in ALLOWED_HOSTS:
    raise ImproperlyConfigured("ALLOWED_HOSTS must name the hosts of the site, * takes any")

globals().update(https_settings(env))
globals().update(logging_settings(env, form="json"))
report_errors(env, "production")
STAFF_SECOND_FACTOR_REQUIRED = env.bool("STAFF_SECOND_FACTOR_REQUIRED", default=True)
