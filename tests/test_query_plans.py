"""Lists and checks find their rows by the intended index, also under row level security.

PostgreSQL may search an index below a policy only by leakproof comparisons (uuid, text, bigint and timestamps are, numeric and
LIKE are not), so a filter that looks indexed can read every row of a merchant. Many rows, fresh statistics, EXPLAIN ANALYZE.
"""

import json
from datetime import timedelta

import pytest
from django.db import connection, connections
from django.http import QueryDict
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from analytics.periods import Period
from analytics.rollup import roll_up
from analytics.selectors.leads import lead_figures
from analytics.selectors.sums import LeadScope
from conftest import empty_tables
from leads.models import Campaign, EarningEntry, Lead
from leads.pending_table import pending_table
from leads.selectors.leads import LeadFilters, merchant_leads
from leads.selectors.pending import pending_summary
from leads.services import create_campaign
from leadsmarket.lib.actor import SYSTEM, acting_as
from leadsmarket.lib.keyset import keyset_page
from tests.personas import Personas, make_personas

# One worker: the rows are made once for the whole module.
pytestmark = pytest.mark.xdist_group("query_plans")

LEADS = 30_000
MOST_BLOCKS = 400
"""quality.md: what one page may read."""


def fill(personas: Personas) -> None:
    """Copy one pending and one decided lead of Atlas many times, and one of Rif as well, past the services."""
    personas.submit("600.00")
    with acting_as(SYSTEM):
        second = create_campaign(merchant_id=personas.merchant.pk, name="Second", service="S")
    with connections["owner"].cursor() as cursor:
        cursor.execute("ALTER TABLE leads DISABLE TRIGGER USER")
        cursor.execute(
            "SELECT string_agg(column_name, ', ') FROM information_schema.columns WHERE table_name = 'leads'"
            " AND is_generated = 'NEVER' AND column_name NOT IN ('id', 'customer_phone', 'customer_email', 'created_at',"
            " 'source', 'status', 'decided_at', 'merchant_id', 'campaign_id', 'estimated_value', 'commission_amount',"
            " 'platform_commission_amount', 'influencer_commission_amount', 'commission_threshold')"
        )
        same = cursor.fetchone()[0]
        cursor.execute(
            f"INSERT INTO leads (id, customer_phone, customer_email, created_at, source, status, decided_at, merchant_id,"
            " campaign_id, estimated_value, commission_amount, platform_commission_amount, influencer_commission_amount,"
            f" commission_threshold, {same})"
            " SELECT new_id(), '+2125' || lpad(n::text, 8, '0'), 'n' || n || '@exemple.ma', created_at - n * interval '1 min',"
            " (ARRAY['instagram', 'tiktok', 'direct'])[n %% 3 + 1],"
            " CASE WHEN n %% 2 = 0 THEN 'pending' ELSE 'validated' END, CASE WHEN n %% 2 = 1 THEN now() END,"
            " CASE WHEN n %% 5 = 0 THEN %s ELSE merchant_id END,"
            " CASE WHEN n %% 5 = 0 THEN %s WHEN n %% 7 = 0 THEN %s ELSE campaign_id END,"
            " 50 + n, round((50 + n) * 0.1, 2), round((50 + n) * 0.1, 2) - round((50 + n) * 0.03, 2),"
            f" round((50 + n) * 0.03, 2), 1000000, {same} FROM leads, generate_series(1, %s) AS n",
            [personas.other_merchant.pk, personas.other_campaign.pk, second.pk, LEADS],
        )
        cursor.execute("ALTER TABLE leads ENABLE TRIGGER USER")
        cursor.execute("ANALYZE leads")


@pytest.fixture(scope="module")
def market(django_db_setup, django_db_blocker):
    with django_db_blocker.unblock():
        personas = make_personas()
        fill(personas)
        yield personas
        for alias in connections:
            connections[alias].close()
        empty_tables()


def plan_of(sql: str) -> dict:
    with connection.cursor() as cursor:
        cursor.execute(f"EXPLAIN (ANALYZE, BUFFERS, FORMAT JSON) {sql}")
        answer = cursor.fetchone()[0]
    return (json.loads(answer) if isinstance(answer, str) else answer)[0]["Plan"]


def nodes(plan: dict) -> list[dict]:
    return [plan, *(node for child in plan.get("Plans", []) for node in nodes(child))]


def plans_of_queries(function) -> list[dict]:
    """Run a read, then explain each query on leads that it sent, as the same actor."""
    with CaptureQueriesContext(
        connection,
    ) as captured:
        function()
    return [plan_of(query["sql"]) for query in captured if '"leads"' in query["sql"]]


def check(plan: dict, *indexes: str) -> None:
    used = {node.get("Index Name") for node in nodes(plan)} - {None}
    assert not [node for node in nodes(plan) if node["Node Type"] == "Seq Scan" and node["Relation Name"] == "leads"]
    assert used & set(indexes), used
    assert plan["Shared Hit Blocks"] + plan["Shared Read Blocks"] <= MOST_BLOCKS
    # An index condition, and not a filter over all of a merchant's rows, finds the page.
    assert sum(node.get("Rows Removed by Filter", 0) for node in nodes(plan)) <= 200


BY_DATE = {
    "": "lead_pending",
    "campaign={campaign}": "lead_pending_by_campaign",
    "source=tiktok": "lead_pending_by_source",
    "since={since}&until={until}": "lead_pending",
}
# By value there is one index; the other filters are looked up on its way. Dates are left out: few leads can be in them, so
# what such a page reads is bounded by the filter alone.
BY_VALUE = dict.fromkeys(["", "campaign={campaign}", "source=tiktok"], "lead_pending_by_value")
PAGES = [
    *((order, filters, index) for order in ("created_at", "-created_at") for filters, index in BY_DATE.items()),
    *(
        (order, filters, index)
        for order in ("estimated_value", "-estimated_value")
        for filters, index in BY_VALUE.items()
    ),
]


@pytest.mark.parametrize("depth", ["first", "deep"])
@pytest.mark.parametrize(("order", "filters", "index"), PAGES)
def test_a_page_of_pending_leads_reads_few_blocks(market, order, filters, index, depth):
    today = timezone.localdate()
    days = {"since": today - timedelta(days=12), "until": today - timedelta(days=3)}
    with acting_as(market.as_owner):
        second = Campaign.objects.get(name="Second")
        parameters = QueryDict(f"{filters.format(campaign=second.pk, **days)}&order={order}", mutable=True)
        # Two large pages lead into the middle; from there, one of the usual size.
        for _ in range(2 if depth == "deep" else 0):
            page = pending_table(market.merchant.pk, parameters, size=500).page
            assert page.next_cursor
            parameters["cursor"] = page.next_cursor
        plans = plans_of_queries(lambda: pending_table(market.merchant.pk, parameters))
    # The page itself comes first; the others count its foot, to a limit.
    assert plans[0]["Node Type"] == "Limit"
    check(plans[0], index)


@pytest.mark.parametrize("status", ["", "validated", "pending"])
def test_a_deep_page_of_all_leads_reads_few_blocks(market, status):
    with acting_as(market.as_owner):
        leads = merchant_leads(market.merchant.pk, LeadFilters(status=status))
        middle = list(leads.order_by("-created_at")[: leads.count() // 2])[-30:]
        cursor = keyset_page(leads.filter(pk__in=[lead.pk for lead in middle]), order="-created_at", size=3).next_cursor
        (plan,) = plans_of_queries(lambda: keyset_page(leads, order="-created_at", cursor=cursor))
        check(plan, "lead_by_merchant", "lead_decided_by_status", "lead_pending")


def test_an_influencers_page_uses_their_index(market):
    with acting_as(market.as_influencer):
        leads = Lead.objects.filter(influencer_id=market.influencer.pk)
        (plan,) = plans_of_queries(lambda: keyset_page(leads, order="-created_at"))
        check(plan, "lead_by_influencer")


def test_the_foot_of_the_table_counts_no_further_than_its_limit(market):
    with acting_as(market.as_owner):
        for plan in plans_of_queries(lambda: pending_summary(market.merchant.pk)):
            assert max(node["Actual Rows"] for node in nodes(plan)) <= 1_001


def test_a_contact_is_looked_up_by_an_index(market):
    with acting_as(market.as_owner):
        for text in ("+212500012345", "n12345@exemple.ma"):
            leads = merchant_leads(market.merchant.pk, LeadFilters(text=text))
            (plan,) = plans_of_queries(lambda leads=leads: keyset_page(leads, order="-created_at"))
            check(plan, "lead_by_campaign_and_phone", "lead_by_merchant_and_email")


def test_the_duplicate_check_uses_its_indexes(market):
    """The trigger runs as owner, whom no policy keeps from an index; by the same conditions."""
    with connections["owner"].cursor() as cursor:
        for condition, index in (
            ("customer_phone = '+212500012345'", "lead_by_campaign_and_phone"),
            ("lower(customer_email) = lower('N12345@exemple.ma')", "lead_by_campaign_and_email"),
        ):
            cursor.execute(
                f"EXPLAIN (FORMAT JSON) SELECT 1 FROM leads WHERE campaign_id = %s AND {condition}"
                " AND created_at > now() - interval '90 days' AND created_at < now() + interval '90 days'",
                [market.campaign.pk],
            )
            answer = cursor.fetchone()[0]
            plan = (json.loads(answer) if isinstance(answer, str) else answer)[0]["Plan"]
            assert {node.get("Index Name") for node in nodes(plan)} == {index}


def test_jobs_find_what_is_due_by_an_index(market):
    moment = timezone.now() - timedelta(days=1)
    with acting_as(SYSTEM):
        due = Lead.objects.filter(status="pending", expires_at__lte=moment).order_by("expires_at")
        (plan,) = plans_of_queries(lambda: list(due[:1000]))
        assert {node.get("Index Name") for node in nodes(plan)} - {None} == {"lead_pending_by_expiry"}
        earned = EarningEntry.objects.filter(kind="earned", payable_from__lte=moment)
        with connection.cursor() as cursor:
            cursor.execute("SET LOCAL enable_seqscan = off")
        plan = plan_of(str(earned.query).replace(str(moment), f"'{moment}'").replace("= earned", "= 'earned'"))
        assert "earning_by_payable_from" in {node.get("Index Name") for node in nodes(plan)}


def test_figures_read_days_and_not_leads(market):
    roll_up(until=timezone.now(), clock_difference=timedelta(0))
    year = Period.last_days(365)
    for actor, scope in (
        (market.as_owner, LeadScope(merchant_id=market.merchant.pk)),
        (market.as_owner, LeadScope(merchant_id=market.merchant.pk, campaign_id=market.campaign.pk)),
    ):
        with acting_as(actor):
            # Planning what happened since the fold reads the catalogue, once per connection.
            lead_figures(scope, year)
            with CaptureQueriesContext(connection) as captured:
                lead_figures(scope, year)
            (query,) = (query["sql"] for query in captured if "analytics_leadday" in query["sql"])
            plan = plan_of(query)
        assert plan["Shared Hit Blocks"] + plan["Shared Read Blocks"] <= MOST_BLOCKS, scope


def test_numbers_are_still_not_leakproof_and_whole_numbers_are(market):
    """Why leads are ordered by `estimated_value_centimes`. Should PostgreSQL change its mind, the column can go."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT proname, proleakproof FROM pg_proc"
            " WHERE proname IN ('numeric_le', 'int8le', 'uuid_eq', 'timestamptz_le', 'texteq') ORDER BY 1"
        )
        assert dict(cursor.fetchall()) == {
            "int8le": True,
            "numeric_le": False,
            "texteq": True,
            "timestamptz_le": True,
            "uuid_eq": True,
        }
