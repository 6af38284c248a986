"""System checks that stop a wrong start; each has an id and a test."""

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from django.conf import settings
from django.core.checks import CheckMessage, Error, Tags, register
from django.core.checks import Warning as CheckWarning
from django.db import DEFAULT_DB_ALIAS, connections


@register
def time_zone_data(**_options: object) -> list[CheckMessage]:
    """leadsmarket.E001: Python's zone data must know that Morocco has been on UTC+0 since 2026-09-20."""
    noon = datetime(2026, 12, 1, 12, tzinfo=ZoneInfo(settings.TIME_ZONE))
    if noon.astimezone(UTC).hour == 12:
        return []
    return [
        Error("The time zone data are too old for Morocco.", hint="Install tzdata >= 2026.3.", id="leadsmarket.E001")
    ]


@register(Tags.database)
def web_role(databases: list[str] | None = None, **_options: object) -> list[CheckMessage]:
    """leadsmarket.E002: pages and jobs must use a role that row level security binds and that owns no table."""
    if DEFAULT_DB_ALIAS not in (databases or []):
        return []
    with connections[DEFAULT_DB_ALIAS].cursor() as cursor:
        cursor.execute(
            "SELECT rolsuper OR rolbypassrls OR EXISTS (SELECT FROM pg_tables WHERE tableowner = current_user)"
            " FROM pg_roles WHERE rolname = current_user"
        )
        if not cursor.fetchone()[0]:
            return []
    return [Error("The database role of the site can go round row level security.", id="leadsmarket.E002")]


@register(Tags.database)
def database_time_zone_data(databases: list[str] | None = None, **_options: object) -> list[CheckMessage]:
    """leadsmarket.W001: PostgreSQL has zone data of its own; days are cut in Python, so stale data only mislead by hand."""
    if DEFAULT_DB_ALIAS not in (databases or []):
        return []
    with connections[DEFAULT_DB_ALIAS].cursor() as cursor:
        cursor.execute(
            "SELECT extract(hour FROM timestamptz '2026-12-01 12:00Z' AT TIME ZONE %s)", [settings.TIME_ZONE]
        )
        if cursor.fetchone()[0] == 12:
            return []
    return [CheckWarning("PostgreSQL's time zone data are an hour wrong for Morocco.", id="leadsmarket.W001")]
