"""PostgreSQL: there, new enough, migrated; a role that row security binds; zone data that know today's Morocco."""

from collections.abc import Iterator
from pathlib import Path

from django.apps import apps
from django.conf import settings
from django.core.checks import CheckMessage
from django.db import DatabaseError, connection
from django.db.migrations.executor import MigrationExecutor

from leadsmarket.checks import database_time_zone_data, time_zone_data, web_role
from leadsmarket.doctor.examination import first_line
from leadsmarket.lib.health import Finding, State, register_check

OLDEST_VERSION = 15
DEFAULT = ["default"]


@register_check("database", seconds=5)
def database(*, online: bool) -> Iterator[Finding]:
    """Whether it answers, its version, and the migrations."""
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT current_setting('server_version_num')::integer / 10000")
            version = cursor.fetchone()[0]
    except DatabaseError as error:
        yield Finding("PostgreSQL", State.BROKEN, first_line(error), "Start it, or correct DATABASE_URL.")
        return
    if version < OLDEST_VERSION:
        yield Finding("PostgreSQL", State.BROKEN, f"version {version}", f"Version {OLDEST_VERSION} or later is needed.")
    else:
        yield Finding("PostgreSQL", State.OK, f"version {version}")
    executor = MigrationExecutor(connection)
    missing = executor.migration_plan(executor.loader.graph.leaf_nodes())
    if missing:
        names = ", ".join(f"{step.app_label}.{step.name}" for step, _backwards in missing[:3])
        detail = f"{len(missing)} not applied: {names}{' …' if len(missing) > 3 else ''}"
        yield Finding("migrations", State.BROKEN, detail, "Run `manage.py migrate`.")
    else:
        yield Finding("migrations", State.OK, "all applied")


@register_check("row security", after=["database"])
def row_security(*, online: bool) -> Iterator[Finding]:
    """Whether the site's role is bound by policies, and every table of ours has some."""
    yield _of_check(
        "web role", web_role(DEFAULT), "bound by row security, owns nothing", "DATABASE_URL must be the web role's."
    )
    tables = [model._meta.db_table for model in apps.get_models(include_auto_created=True) if _is_ours(model)]
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT relname FROM pg_class WHERE relname = ANY (%s) AND relkind = 'r'"
            " AND relnamespace = 'public'::regnamespace"
            " AND NOT (relrowsecurity AND EXISTS (SELECT FROM pg_policy WHERE polrelid = pg_class.oid))",
            [tables],
        )
        open_tables = sorted(name for (name,) in cursor.fetchall())
    if open_tables:
        yield Finding("policies", State.BROKEN, f"missing on {', '.join(open_tables)}", "See docs/row-security.md.")
    else:
        yield Finding("policies", State.OK, f"on all {len(tables)} tables")


@register_check("time zones", after=["database"])
def time_zones(*, online: bool) -> Iterator[Finding]:
    """Whether noon of 2026-12-01 in Casablanca is noon in UTC, here and in PostgreSQL."""
    yield _of_check("Python's zone data", time_zone_data(), "Morocco is right", "Install tzdata >= 2026.3.")
    stale = database_time_zone_data(DEFAULT)
    if stale:
        yield Finding(
            "PostgreSQL's zone data",
            State.HINT,
            stale[0].msg,
            "Update PostgreSQL; SQL by hand shows wrong local times.",
        )
    else:
        yield Finding("PostgreSQL's zone data", State.OK, "Morocco is right")


def _of_check(what: str, messages: list[CheckMessage], fine: str, advice: str) -> Finding:
    if messages:
        return Finding(what, State.BROKEN, messages[0].msg, advice)
    return Finding(what, State.OK, fine)


def _is_ours(model: type) -> bool:
    options = model._meta  # type: ignore[attr-defined]
    return options.managed and Path(options.app_config.path).parent == settings.BASE_DIR
