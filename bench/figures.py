"""Key figures and charts at a million leads, beside the ORM's aggregate over the leads (goal: quality.md, "Speed")."""

import sys
from collections.abc import Callable
from time import perf_counter

from django.db import connections
from django.db.models import Avg, Count, DecimalField, Q, Sum
from django.db.models.functions import TruncDate

from analytics.periods import Period
from analytics.rollup import rebuild
from analytics.selectors.leads import lead_figures, lead_figures_by, lead_figures_by_day
from analytics.selectors.statistics import overview_stats
from analytics.selectors.sums import PLATFORM, LeadScope
from bench.measure import Comparison, compare
from bench.world import bench_database
from leads.models import Lead
from leadsmarket.lib.actor import SYSTEM, Actor, acting_as

LEADS = 1_000_000
MERCHANTS = 200
GOAL = 50.0
ACCEPTED = ("validated", "converted", "lost")


def run(*, rounds: int, seconds: int) -> list[Comparison]:
    """Compare figures of the platform (a million leads) and of its largest merchant (half of them) over a year."""
    with bench_database(merchants=MERCHANTS, leads=0):
        merchant_id = fill_leads()
        year, month = Period.last_days(365), Period.last_days(30)
        merchant = LeadScope(merchant_id=merchant_id)
        as_merchant = Actor("merchant", merchant_id=merchant_id)
        cases: list[tuple[str, Actor, Callable[[], object], Callable[[], object]]] = [
            ("platform, key figures of a year", SYSTEM, lambda: lead_figures(PLATFORM, year), lambda: totals(year)),
            (
                "platform, days of a year by state",
                SYSTEM,
                lambda: lead_figures_by_day(PLATFORM, year),
                lambda: days(year),
            ),
            (
                "merchant, key figures of a year",
                as_merchant,
                lambda: lead_figures(merchant, year),
                lambda: totals(year, merchant_id=merchant_id),
            ),
            (
                "merchant, days of a year by state",
                as_merchant,
                lambda: lead_figures_by_day(merchant, year),
                lambda: days(year, merchant_id=merchant_id),
            ),
            (
                "merchant, influencers of a year",
                as_merchant,
                lambda: lead_figures_by("influencer", merchant, year),
                lambda: influencers(year, merchant_id=merchant_id),
            ),
            (
                "merchant, whole overview of 30 days",
                as_merchant,
                lambda: overview_stats(merchant_id, month),
                lambda: (totals(year, merchant_id=merchant_id), days(month, merchant_id=merchant_id)),
            ),
        ]
        return [
            compare(
                name,
                candidate=lambda ask=ask, actor=actor: rate(ask, actor, seconds / 3),
                floor=lambda ask=floor, actor=actor: rate(ask, actor, 0.0),
                goal=GOAL,
                rounds=rounds,
            )
            for name, actor, ask, floor in cases
        ]


def rate(ask: Callable[[], object], actor: Actor, seconds: float) -> float:
    """Return how often per second something can be asked, in a transaction of its own, for at least `seconds`."""
    started, times = perf_counter(), 0
    while times == 0 or perf_counter() - started < seconds:
        with acting_as(actor):
            ask()
        times += 1
    return times / (perf_counter() - started)


def totals(period: Period, **whose: object) -> dict[str, object]:
    """The figures of LeadFigures that people see first, as one aggregate over the leads created in the period."""
    return Lead.objects.filter(created_at__gte=period.starts_at, created_at__lt=period.ends_at, **whose).aggregate(
        total=Count("pk"),
        pending=Count("pk", filter=Q(status="pending")),
        validated=Count("pk", filter=Q(status__in=ACCEPTED)),
        rejected=Count("pk", filter=Q(status="rejected")),
        converted=Count("pk", filter=Q(status="converted")),
        score=Avg("quality_score", output_field=DecimalField()),
        value=Avg("estimated_value"),
        commission=Sum("commission_amount", filter=Q(status__in=ACCEPTED)),
        sold=Sum("actual_value"),
    )


def days(period: Period, **whose: object) -> list[dict[str, object]]:
    """Leads per day and state."""
    leads = Lead.objects.filter(created_at__gte=period.starts_at, created_at__lt=period.ends_at, **whose)
    return list(leads.annotate(day=TruncDate("created_at")).values("day", "status").annotate(number=Count("pk")))


def influencers(period: Period, **whose: object) -> list[dict[str, object]]:
    """Leads, accepted leads and commission by influencer."""
    leads = Lead.objects.filter(created_at__gte=period.starts_at, created_at__lt=period.ends_at, **whose)
    return list(
        leads.values("influencer_id").annotate(
            total=Count("pk"),
            validated=Count("pk", filter=Q(status__in=ACCEPTED)),
            commission=Sum("commission_amount", filter=Q(status__in=ACCEPTED)),
        )
    )


def fill_leads() -> object:
    """Insert LEADS leads of the last year, with their decisions and movements, and add them up; half are one merchant's.

    Returns that merchant's id. Triggers are off and foreign keys dropped: they would check what is right by construction.
    """
    with connections["owner"].cursor() as cursor:
        print(f"filling {LEADS} leads ...", file=sys.stderr)
        tables = ("leads", "lead_validation", "deposit_transactions")
        for table in tables:
            cursor.execute(f"ALTER TABLE {table} DISABLE TRIGGER USER")
        cursor.execute(_WITHOUT_FOREIGN_KEYS)
        cursor.execute(_CAMPAIGNS)
        started = perf_counter()
        for statement in (_LEADS, _DECISIONS, _MOVEMENTS):
            cursor.execute(statement, {"leads": LEADS, "merchants": MERCHANTS})
            print(f"  {perf_counter() - started:.0f} s", file=sys.stderr)
        for table in tables:
            cursor.execute(f"ALTER TABLE {table} ENABLE TRIGGER USER")
        cursor.execute("VACUUM ANALYZE leads, lead_validation, deposit_transactions")
        result = rebuild(using="owner")
        cursor.execute("VACUUM ANALYZE analytics_leadday, analytics_depositday")
        print(f"  {perf_counter() - started:.0f} s, {result.lead_days} rows of days", file=sys.stderr)
        cursor.execute("SELECT merchant_id FROM bench_world WHERE n = 1")
        return cursor.fetchone()[0]


_WITHOUT_FOREIGN_KEYS = """
DO $$
DECLARE
    c record;
BEGIN
    FOR c IN
        SELECT conrelid::regclass AS of_table, conname FROM pg_constraint
        WHERE contype = 'f' AND conrelid::regclass::text IN ('leads', 'lead_validation', 'deposit_transactions')
    LOOP
        EXECUTE format('ALTER TABLE %s DROP CONSTRAINT %I', c.of_table, c.conname);
    END LOOP;
END
$$
"""

_CAMPAIGNS = """
INSERT INTO leads_campaign (id, created_at, updated_at, merchant_id, name, service, description, type, status, pause_reason)
SELECT new_id(), now(), now(), merchant_id, 'Campaign ' || s, 'Service', '', 'service_leads', 'active', ''
FROM bench_world, generate_series(1, 4) AS s WHERE n = 1
"""

# Lead i: created evenly over the year; every second one is merchant 1's; 10 % pending (the youngest), 27 % rejected.
_LEADS = """
CREATE TABLE bench_campaign AS
SELECT row_number() OVER (PARTITION BY merchant_id ORDER BY id) AS k, id, merchant_id FROM leads_campaign;
CREATE INDEX ON bench_campaign (merchant_id, k);
INSERT INTO leads (
    id, created_at, updated_at, merchant_id, campaign_id, influencer_id, agreement_id, deposit_id, status,
    customer_name, customer_email, customer_phone, customer_company, customer_notes, source, estimated_value,
    percentage_commission_rate, fixed_commission_amount, commission_threshold, commission_type, commission_amount,
    influencer_percentage, influencer_commission_amount, platform_commission_amount, auto_payment, expires_at,
    rejection_reason, decided_at, quality_score, outcome_at, actual_value
)
SELECT
    overlay(new_id()::text PLACING substr(first_id_at(l.at)::text, 1, 13) FROM 1 FOR 13)::uuid,
    l.at, l.at, w.merchant_id, c.id, i.influencer_id, w.agreement_id, w.deposit_id, l.status,
    'Client', 'c' || l.n || '@bench.test', '+2126' || lpad(l.n::text, 8, '0'), '', '',
    (ARRAY['instagram', 'tiktok', 'whatsapp', 'facebook', 'direct', 'other'])[1 + l.n %% 6], 600,
    10, 80, 800, 'percentage', 60, 30, 18, 42, true, l.at + interval '72 hours',
    CASE WHEN l.status = 'rejected' THEN 'unreachable' ELSE '' END,
    CASE WHEN l.status <> 'pending' THEN l.at + l.n %% 48 * interval '1 hour' END,
    CASE WHEN l.status IN ('validated', 'converted', 'lost') THEN 1 + l.n %% 10 END,
    CASE WHEN l.status IN ('converted', 'lost') THEN l.at + l.n %% 48 * interval '1 hour' + interval '5 days' END,
    CASE WHEN l.status = 'converted' THEN 900 END
FROM (
    SELECT
        n, now() - interval '365 days' * (1 - n / %(leads)s::float) AS at,
        CASE WHEN n > %(leads)s * 0.98 THEN 'pending'
            ELSE (ARRAY['rejected', 'validated', 'converted', 'lost', 'rejected', 'validated', 'validated'])[1 + n / 7 %% 7]
        END AS status
    FROM generate_series(1, %(leads)s) AS n
) AS l
JOIN bench_world AS w ON w.n = CASE WHEN l.n %% 2 = 0 THEN 1 ELSE l.n %% %(merchants)s + 1 END
JOIN bench_world AS i ON i.n = l.n / 3 %% %(merchants)s + 1
JOIN bench_campaign AS c ON c.merchant_id = w.merchant_id AND c.k = CASE WHEN w.n = 1 THEN 1 + l.n / 2 %% 5 ELSE 1 END
"""

_DECISIONS = """
INSERT INTO lead_validation (
    id, lead_id, decision, quality_score, feedback, rejection_reason, rejection_details, commission_amount, user_id, created_at
)
SELECT
    overlay(new_id()::text PLACING substr(first_id_at(d.at)::text, 1, 13) FROM 1 FOR 13)::uuid, l.id, d.decision,
    CASE WHEN d.decision = 'validated' THEN l.quality_score END, '',
    CASE WHEN d.decision = 'rejected' THEN l.rejection_reason ELSE '' END, '', l.commission_amount,
    (SELECT user_id FROM bench_world WHERE n = 1), d.at
FROM leads AS l
CROSS JOIN LATERAL (
    VALUES (CASE WHEN l.status = 'rejected' THEN 'rejected' ELSE 'validated' END, l.decided_at), (l.status, l.outcome_at)
) AS d (decision, at)
WHERE d.at IS NOT NULL
"""

# Balances before and after are not what is measured; the chain is left open.
_MOVEMENTS = """
INSERT INTO deposit_transactions (
    id, deposit_id, merchant_id, sequence, kind, amount, balance_before, balance_after, reserved_before, reserved_after,
    lead_id, payment_method, payment_reference, reason, created_at
)
SELECT
    overlay(new_id()::text PLACING substr(first_id_at(m.at)::text, 1, 13) FROM 1 FOR 13)::uuid, l.deposit_id, l.merchant_id,
    row_number() OVER (PARTITION BY l.deposit_id ORDER BY m.at), m.kind, 60,
    CASE WHEN m.kind = 'deduction' THEN 60 ELSE 0 END, 0, CASE WHEN m.kind = 'reservation' THEN 0 ELSE 60 END,
    CASE WHEN m.kind = 'reservation' THEN 60 ELSE 0 END, l.id, '', '', '', m.at
FROM leads AS l
CROSS JOIN LATERAL (
    VALUES ('reservation', l.created_at), (CASE WHEN l.status = 'rejected' THEN 'release' ELSE 'deduction' END, l.decided_at)
) AS m (kind, at)
WHERE m.at IS NOT NULL
"""
