"""Who may read the figures of /metrics, and when the scheduler counts as stopped; see docs/monitoring.md."""

import ipaddress
from datetime import timedelta

import environ
from django.core.exceptions import ImproperlyConfigured

LOOPBACK = ["127.0.0.0/8", "::1/128"]


def monitoring_settings(env: environ.Env) -> dict[str, object]:
    """Return the settings of /readyz and /metrics. Raises ImproperlyConfigured for a network that is none."""
    try:
        networks = [ipaddress.ip_network(text) for text in env.list("METRICS_NETWORKS", default=LOOPBACK)]
    except ValueError as error:
        raise ImproperlyConfigured(
            "METRICS_NETWORKS must be networks such as 10.0.0.0/8, separated by commas"
        ) from error
    return {
        "METRICS_NETWORKS": networks,
        "METRICS_TOKEN": env("METRICS_TOKEN", default=""),
        "BEAT_SILENCE": timedelta(minutes=2),
    }
