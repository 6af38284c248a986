"""How each way out does: whether it is configured, what it sent last, what failed, what waits."""

from dataclasses import dataclass
from datetime import datetime

from django.db import connection
from django.db.models import Count

from alerts.channels.registry import CHANNELS
from alerts.kinds import ChannelName
from alerts.models import Delivery

LOOKED_AT = 10_000
"""Of all channels together, the newest: what counts is how it goes now, at the same cost with millions of messages."""
Status = Delivery.Status


@dataclass(frozen=True, slots=True)
class ChannelState:
    """One channel. missing: the environment variables that it lacks, none where it works. sent, given_up, bounced: counts among
    the newest messages; waiting: all that are to be sent or tried again. last_error: what failed last, and when.
    """

    name: ChannelName
    missing: list[str]
    waiting: int = 0
    sent: int = 0
    given_up: int = 0
    bounced: int = 0
    last_success_at: datetime | None = None
    last_error: str = ""
    last_error_at: datetime | None = None


def channel_states() -> list[ChannelState]:
    """Return every channel with how it does. Two queries; call as staff."""
    pending = Delivery.objects.filter(status__in=[Status.QUEUED, Status.RETRYING]).order_by()
    waiting = {row["channel"]: row["count"] for row in pending.values("channel").annotate(count=Count("*"))}
    recent = _recent()
    return [
        ChannelState(
            ChannelName(name), channel.missing_settings(), waiting=waiting.get(name, 0), **recent.get(name, {})
        )
        for name, channel in CHANNELS.items()
    ]


def _recent() -> dict[str, dict[str, object]]:
    with connection.cursor() as cursor:
        cursor.execute(
            """
            WITH newest AS (
                SELECT channel, status, sent_at, error, updated_at FROM alerts_delivery
                ORDER BY created_at DESC, id DESC LIMIT %s
            )
            SELECT channel,
                count(*) FILTER (WHERE status IN ('sent', 'delivered')) AS sent,
                count(*) FILTER (WHERE status = 'given_up') AS given_up,
                count(*) FILTER (WHERE status = 'bounced') AS bounced,
                max(sent_at) FILTER (WHERE status <> 'bounced') AS last_success_at,
                (array_agg(error ORDER BY updated_at DESC)
                    FILTER (WHERE error <> '' AND status <> 'not_sent'))[1] AS last_error,
                max(updated_at) FILTER (WHERE error <> '' AND status <> 'not_sent') AS last_error_at
            FROM newest GROUP BY channel
            """,
            [LOOKED_AT],
        )
        names = [column.name for column in cursor.description]
        rows = [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]
    return {row.pop("channel"): row | {"last_error": row["last_error"] or ""} for row in rows}
