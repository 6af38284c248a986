"""A database of its own for benchmarks: `<name>_bench`, migrated, with deposits and pending leads."""

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager

from django.db import connections

MERCHANTS = 1000
LEADS = 400_000


@contextmanager
def bench_database(*, merchants: int = MERCHANTS, leads: int = LEADS) -> Iterator[str]:
    """Create the database as its owner, point both log-ins at it, fill it, and drop it afterwards. Yields its name."""
    from django.core.management import call_command

    owner, web = connections["owner"], connections["default"]
    served = owner.settings_dict["NAME"]
    name = f"{served}_bench"
    _on_maintenance(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)', f'CREATE DATABASE "{name}"')
    for connection in (owner, web):
        connection.close()
        connection.settings_dict["NAME"] = name
    try:
        call_command("migrate", database="owner", verbosity=0)
        fill(merchants, leads)
        yield name
    finally:
        for connection in (owner, web):
            connection.close()
            connection.settings_dict["NAME"] = served
        _on_maintenance(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')


def fill(merchants: int, leads: int) -> None:
    """Insert merchants with one campaign and deposit each, and leads that wait for a reservation.

    `bench_lead` numbers the leads, so that each transaction of a benchmark takes a fresh one: the first half draws on the
    first deposit (`bench_hot_lead` counts them), the second is spread over all (`bench_spread_lead`).
    """
    print(f"filling {merchants} deposits and {leads} leads ...", file=sys.stderr)
    with connections["owner"].cursor() as cursor:
        cursor.execute("SELECT set_config('app.role', 'system', false)")
        cursor.execute(_WORLD, {"merchants": merchants})
        # Two advisory locks a row: as many rows in a transaction as the lock table holds.
        for first in range(1, leads + 1, 2000):
            cursor.execute(
                _LEADS, {"first": first, "last": min(first + 1999, leads), "merchants": merchants, "hot": leads // 2}
            )
        cursor.execute("CREATE SEQUENCE bench_hot_lead")
        cursor.execute(f"CREATE SEQUENCE bench_spread_lead START {leads // 2 + 1}")
        cursor.execute("VACUUM ANALYZE")


def web_environment(name: str) -> dict[str, str]:
    """Return libpq's variables for the web role on the benchmark's database."""
    settings = connections["default"].settings_dict
    return os.environ | {
        "PGHOST": settings["HOST"],
        "PGPORT": str(settings["PORT"]),
        "PGUSER": connections["owner"].settings_dict["USER"],
        "PGPASSWORD": connections["owner"].settings_dict["PASSWORD"],
        "PGDATABASE": name,
    }


def _on_maintenance(*statements: str) -> None:
    connection = connections["owner"].copy()
    connection.settings_dict["NAME"] = "postgres"
    with connection.cursor() as cursor:
        for statement in statements:
            cursor.execute(statement)
    connection.close()


_WORLD = """
CREATE TABLE bench_world AS
SELECT n, new_id() AS user_id, new_id() AS merchant_id, new_id() AS influencer_id, new_id() AS campaign_id,
    new_id() AS deposit_id, new_id() AS agreement_id
FROM generate_series(1, %(merchants)s) AS n;
INSERT INTO accounts_user (id, password, is_superuser, email, role, language, is_active, is_staff, date_joined)
SELECT user_id, '', false, 'u' || n || '@bench.test', 'influencer', 'fr', true, false, now() FROM bench_world;
INSERT INTO accounts_merchant (id, created_at, updated_at, name, ice, phone, address, city, is_active)
SELECT merchant_id, now(), now(), 'Merchant ' || n, '', '', '', '', true FROM bench_world;
INSERT INTO accounts_influencer (id, created_at, updated_at, user_id, display_name, phone, is_active)
SELECT influencer_id, now(), now(), user_id, 'Influencer ' || n, '', true FROM bench_world;
INSERT INTO leads_campaign (id, created_at, updated_at, merchant_id, name, service, description, type, status, pause_reason)
SELECT campaign_id, now(), now(), merchant_id, 'Campaign', 'Service', '', 'service_leads', 'active', '' FROM bench_world;
INSERT INTO campaign_settings SELECT campaign_id, 10, 80, 800, 50, true, 72 FROM bench_world;
INSERT INTO influencer_agreements (
    id, created_at, updated_at, merchant_id, influencer_id, campaign_id, status, is_invitation, message, status_reason,
    commission_percentage, minimum_deposit, requires_validation, auto_payment
)
SELECT agreement_id, now(), now(), merchant_id, influencer_id, campaign_id, 'active', false, '', '', 30, 2000, true, true
FROM bench_world;
INSERT INTO company_deposits (
    id, created_at, updated_at, merchant_id, status, current_balance, reserved_amount, initial_amount,
    smallest_commission_amount, movement_count
)
SELECT deposit_id, now(), now(), merchant_id, 'active', 900000000, 0, 900000000, 5, 0 FROM bench_world;
CREATE TABLE bench_lead (n integer PRIMARY KEY, lead_id uuid, deposit_id uuid);
GRANT SELECT ON bench_lead, bench_world TO leadsmarket_web
"""

_LEADS = """
WITH numbered AS (
    SELECT s.n, new_id() AS lead_id, w.merchant_id, w.campaign_id, w.influencer_id, w.agreement_id, w.deposit_id
    FROM generate_series(%(first)s, %(last)s) AS s (n)
    JOIN bench_world AS w ON w.n = CASE WHEN s.n <= %(hot)s THEN 1 ELSE s.n %% %(merchants)s + 1 END
), inserted AS (
    INSERT INTO leads (
        id, created_at, updated_at, merchant_id, campaign_id, influencer_id, agreement_id, deposit_id, status,
        customer_name, customer_email, customer_phone, customer_company, customer_notes, source, estimated_value,
        percentage_commission_rate, fixed_commission_amount, commission_threshold, commission_type, commission_amount,
        influencer_percentage, influencer_commission_amount, platform_commission_amount, auto_payment, expires_at,
        rejection_reason
    )
    SELECT lead_id, now(), now(), merchant_id, campaign_id, influencer_id, agreement_id, deposit_id, 'pending',
        'Client', 'c' || numbered.n || '@bench.test', '+2126' || lpad(numbered.n::text, 8, '0'), '', '', 'instagram', 600,
        10, 80, 800, 'percentage', 60, 30, 18, 42, true, now() + interval '72 hours', ''
    FROM numbered
)
INSERT INTO bench_lead SELECT n, lead_id, deposit_id FROM numbered
"""
