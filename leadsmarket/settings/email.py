"""How e-mails leave: SMTP, console or files by EMAIL_URL, or a provider's API by EMAIL_PROVIDER. See docs/emails.md."""

from typing import Any

import environ
from django.core.exceptions import ImproperlyConfigured

# Each provider's back end in django-anymail, and the settings that it needs: names of Anymail and of our variables alike.
PROVIDERS: dict[str, tuple[str, tuple[str, ...]]] = {
    "brevo": ("brevo", ("BREVO_API_KEY",)),
    "mailersend": ("mailersend", ("MAILERSEND_API_TOKEN",)),
    "mailgun": ("mailgun", ("MAILGUN_API_KEY", "MAILGUN_SENDER_DOMAIN")),
    "mailjet": ("mailjet", ("MAILJET_API_KEY", "MAILJET_SECRET_KEY")),
    "postmark": ("postmark", ("POSTMARK_SERVER_TOKEN",)),
    "resend": ("resend", ("RESEND_API_KEY",)),
    "sparkpost": ("sparkpost", ("SPARKPOST_API_KEY",)),
}
# Addresses that differ by account or region, and by which tests reach a local fake.
ADDRESSES = ("BREVO_API_URL", "MAILGUN_API_URL", "MAILJET_API_URL", "POSTMARK_API_URL", "SPARKPOST_API_URL")
# By which some providers sign what they tell of our e-mails; the others send EMAIL_WEBHOOK_SECRET as a basic log-in.
SIGNATURES = ("MAILGUN_WEBHOOK_SIGNING_KEY", "MAILERSEND_SIGNING_SECRET", "RESEND_SIGNING_SECRET")
TIMEOUT_SECONDS = 10


def email_settings(env: environ.Env) -> dict[str, Any]:
    """Return the settings of outgoing e-mail. Raises ImproperlyConfigured for a provider unknown or without its keys."""
    sender = env("DEFAULT_FROM_EMAIL", default="Leadsmarket <bonjour@leadsmarket.test>")
    provider = env("EMAIL_PROVIDER", default="").strip().lower()
    common = {
        "EMAIL_PROVIDER": provider,
        "EMAIL_TIMEOUT": TIMEOUT_SECONDS,
        "DEFAULT_FROM_EMAIL": sender,
        "SERVER_EMAIL": sender,
        "ANYMAIL": {},
    }
    if not provider:
        return common | env.email_url("EMAIL_URL", default="consolemail://")
    if provider not in PROVIDERS:
        raise ImproperlyConfigured(f"EMAIL_PROVIDER must be one of {', '.join(PROVIDERS)}; others by SMTP in EMAIL_URL")
    module, keys = PROVIDERS[provider]
    missing = [key for key in keys if not env(key, default="")]
    if missing:
        raise ImproperlyConfigured(f"EMAIL_PROVIDER={provider} needs {' and '.join(missing)}")
    optional = {name: env(name) for name in (*ADDRESSES, *SIGNATURES) if env(name, default="")}
    anymail = {key: env(key) for key in keys} | optional | {"REQUESTS_TIMEOUT": TIMEOUT_SECONDS}
    if secret := env("EMAIL_WEBHOOK_SECRET", default=""):
        if ":" not in secret:
            raise ImproperlyConfigured("EMAIL_WEBHOOK_SECRET must be two random words with a colon between them")
        anymail["WEBHOOK_SECRET"] = secret
    return common | {"EMAIL_BACKEND": f"anymail.backends.{module}.EmailBackend", "ANYMAIL": anymail}
