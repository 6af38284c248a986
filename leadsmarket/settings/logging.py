"""Logs: JSON lines in production, readable lines elsewhere, each masked; errors to Sentry where SENTRY_DSN is set.

See docs/monitoring.md.
"""

from typing import Any

import environ

from leadsmarket.settings.environment import log_level

FORMS = ("json", "plain")


def log_form(name: str) -> str:
    """Return `json` or `plain` as it is; raises ValueError for another word."""
    if name not in FORMS:
        raise ValueError(name)
    return name


def logging_settings(env: environ.Env, form: str = "plain") -> dict[str, Any]:
    """Return LOGGING. form: how lines are written unless LOG_FORMAT says otherwise; LOG_FILE adds a file that rotates."""
    form = env("LOG_FORMAT", cast=log_form, default=form)
    path = env("LOG_FILE", default="")
    common = {"formatter": form, "filters": ["masked"]}
    handlers: dict[str, dict[str, Any]] = {"console": {"class": "logging.StreamHandler", **common}}
    if path:
        handlers["file"] = {
            "class": "leadsmarket.lib.logs.SharedRotatingFileHandler",
            "filename": path,
            "megabytes": env.int("LOG_FILE_MEGABYTES", default=50),
            "kept_files": env.int("LOG_FILES_KEPT", default=10),
            **common,
        }
    return {
        "LOGGING": {
            "version": 1,
            "disable_existing_loggers": False,
            "filters": {"masked": {"()": "leadsmarket.lib.masking.MaskingFilter"}},
            "formatters": {
                "plain": {"()": "leadsmarket.lib.logs.PlainFormatter"},
                "json": {"()": "leadsmarket.lib.logs.json_formatter"},
            },
            "handlers": handlers,
            "root": {"handlers": list(handlers), "level": env("LOG_LEVEL", cast=log_level, default="INFO")},
            "loggers": {
                # Each step of each PDF, each request to Stripe.
                **{name: {"level": "WARNING"} for name in ("stripe", "weasyprint", "fontTools", "httpx")},
                # Django's own handlers would write lines a second time, unmasked, and by e-mail.
                "django": {"handlers": [], "level": "INFO"},
                # A line for each request: the web server has its own where a person reads along.
                "leadsmarket.requests": {"level": "INFO" if form == "json" else "WARNING"},
            },
        }
    }


def report_errors(env: environ.Env, environment: str) -> None:
    """Send errors to Sentry, where SENTRY_DSN is set: without personal data, without what requests and tasks brought."""
    dsn = env("SENTRY_DSN", default="")
    if not dsn:
        return
    import sentry_sdk

    from leadsmarket.lib.error_reports import clean_breadcrumb, clean_event

    sentry_sdk.init(
        dsn=dsn,
        environment=env("SENTRY_ENVIRONMENT", default=environment),
        release=env("RELEASE", default="") or None,
        traces_sample_rate=env.float("SENTRY_TRACES_SAMPLE_RATE", default=0.0),
        send_default_pii=False,
        include_local_variables=False,
        max_request_body_size="never",
        before_send=clean_event,  # type: ignore[arg-type]  # an event is a dictionary
        before_send_transaction=clean_event,  # type: ignore[arg-type]
        before_breadcrumb=clean_breadcrumb,
    )
