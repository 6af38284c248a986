"""Figures for Prometheus (/metrics): requests as they are served, and the state of queues, jobs and deposits when asked.

For our own networks, or with a token; everybody else gets 404. See docs/monitoring.md.
"""

import ipaddress
import os
from collections.abc import Iterable, Iterator
from hmac import compare_digest

from django.conf import settings
from django.core.cache import cache
from django.db import DatabaseError
from django.db.models import Count
from django.http import Http404, HttpRequest, HttpResponse
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe
from django_celery_beat.models import PeriodicTask

if not os.environ.get("PROMETHEUS_MULTIPROC_DIR"):
    os.environ.pop("PROMETHEUS_MULTIPROC_DIR", None)  # set but empty would fill the working folder

from prometheus_client import (
    CONTENT_TYPE_LATEST,
    REGISTRY,
    CollectorRegistry,
    Counter,
    Histogram,
    disable_created_metrics,
    generate_latest,
)
from prometheus_client.core import GaugeMetricFamily, Metric
from prometheus_client.multiprocess import MultiProcessCollector
from redis.exceptions import RedisError

from leadsmarket.beat import beat_seen_at
from leadsmarket.lib.actor import SYSTEM, acting_as
from leadsmarket.lib.visitor import came_through_strangers, client_ip

disable_created_metrics()  # a second series for each, which nobody reads
REQUESTS = Counter("leadsmarket_requests", "Requests served.", ["view", "method", "status"])
DURATION = Histogram(
    "leadsmarket_request_seconds",
    "Time to answer, by view.",
    ["view"],
    buckets=(0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10),
)
METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})


def count_request(view: str, method: str, status: int, seconds: float) -> None:
    """Count a request. view: the name of its URL, so the number of series is that of the addresses, not of the visitors."""
    REQUESTS.labels(view, method if method in METHODS else "other", str(status)).inc()
    DURATION.labels(view).observe(seconds)


@require_safe
@never_cache
def metrics(request: HttpRequest) -> HttpResponse:
    """Show the figures in Prometheus' text form. Raises Http404 for strangers."""
    if not _may_read(request):
        raise Http404
    return HttpResponse(
        generate_latest(_requests()) + generate_latest(_StateRegistry()), content_type=CONTENT_TYPE_LATEST
    )


def _may_read(request: HttpRequest) -> bool:
    given = request.headers.get("Authorization", "").removeprefix("Bearer ")
    if settings.METRICS_TOKEN and compare_digest(given.encode(), settings.METRICS_TOKEN.encode()):
        return True
    address = client_ip(request)
    if address is None or came_through_strangers(request):
        return False
    return any(ipaddress.ip_address(address) in network for network in settings.METRICS_NETWORKS)


def _requests() -> CollectorRegistry:
    """The counts of all web processes of this machine where PROMETHEUS_MULTIPROC_DIR is set, else of this one."""
    if not os.environ.get("PROMETHEUS_MULTIPROC_DIR"):
        return REGISTRY
    registry = CollectorRegistry()
    MultiProcessCollector(registry)
    return registry


class _StateRegistry:
    """What is true at this moment; a part that is away leaves its figures out, and `leadsmarket_up` says so."""

    def collect(self) -> Iterator[Metric]:
        up = GaugeMetricFamily("leadsmarket_up", "1 where the part answered.", labels=["part"])
        for part, read in (("database", _of_database), ("redis", _of_redis)):
            try:
                yield from list(read())
                up.add_metric([part], 1)
            except (DatabaseError, RedisError):
                up.add_metric([part], 0)
        yield up


def _of_database() -> Iterable[Metric]:
    # Apps are read here and nowhere below: the wiring knows them all.
    from alerts.models import Delivery
    from deposits.models import Deposit
    from payments.models import Payment, WebhookEvent

    with acting_as(SYSTEM):
        yield _counts(
            "leadsmarket_deposits",
            "Open deposits by level of their gauge.",
            "level",
            Deposit.objects.filter(status__in=("active", "depleted", "suspended"))
            .values_list("alert_level")
            .annotate(Count("pk")),
        )
        waiting = {
            "deliveries": Delivery.objects.filter(status__in=("queued", "retrying")).count(),
            "provider_events": WebhookEvent.objects.filter(status__in=("received", "failed")).count(),
            "payments": Payment.objects.filter(status="pending").count(),
        }
        yield _counts("leadsmarket_waiting", "Rows that wait to be sent or processed.", "queue", waiting.items())
        jobs = list(PeriodicTask.objects.filter(enabled=True).values_list("name", "last_run_at", "total_run_count"))
    yield _counts(
        "leadsmarket_job_started_timestamp_seconds",
        "When beat started a job last.",
        "job",
        [(name, started.timestamp()) for name, started, _count in jobs if started],
    )
    yield _counts(
        "leadsmarket_job_starts", "How often beat started a job.", "job", [(name, n) for name, _at, n in jobs]
    )


def _of_redis() -> Iterable[Metric]:
    client = cache._cache.get_client(None, write=True)  # type: ignore[attr-defined]
    tasks = GaugeMetricFamily("leadsmarket_tasks_queued", "Tasks that no worker took yet.")
    tasks.add_metric([], client.llen("celery"))
    yield tasks
    seen = beat_seen_at()
    if seen is not None:
        beat = GaugeMetricFamily("leadsmarket_beat_silence_seconds", "Time since the scheduler was seen.")
        beat.add_metric([], (timezone.now() - seen).total_seconds())
        yield beat


def _counts(name: str, text: str, label: str, counts: Iterable[tuple[str, float]]) -> GaugeMetricFamily:
    family = GaugeMetricFamily(name, text, labels=[label])
    for value, count in counts:
        family.add_metric([str(value)], count)
    return family
