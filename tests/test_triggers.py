"""Every trigger tried with raw SQL as the owner, and every right that the web role lost, tried as the web role."""

import pytest
from django.db import connection

from leadsmarket.lib.actor import SYSTEM, acting_as
from tests.message_rows import make_message_rows
from tests.money_rows import make_documents
from tests.partner_rows import make_partner_rows
from tests.raw_sql import as_owner, copy_sql, refusal_of

# One worker: the rows are made once for the whole module.
pytestmark = pytest.mark.xdist_group("triggers")

NEW = {"id": "new_id()"}

APPEND_ONLY = (
    "deposit_transactions",
    "lead_validation",
    "leads_leadconsent",
    "leads_earningentry",
    "accounts_auditentry",
)


@pytest.mark.parametrize("table", APPEND_ONLY)
def test_append_only_rows_refuse_change_and_removal_even_for_the_owner(books, table):
    first_column = "created_at" if table != "leads_leadconsent" else "given_at"
    with as_owner() as cursor:
        assert refusal_of(cursor, f"UPDATE {table} SET {first_column} = now()").sqlstate == "LM001"
        assert refusal_of(cursor, f"DELETE FROM {table}").sqlstate == "LM001"


def test_leads_are_never_deleted(books):
    with as_owner() as cursor:
        assert refusal_of(cursor, "DELETE FROM leads").sqlstate == "LM001"


def test_a_notification_can_only_be_read_and_once(books):
    with as_owner() as cursor:
        assert refusal_of(cursor, "DELETE FROM alerts_notification").sqlstate == "LM001"
        for change in (
            "title = 'X'",
            "url = '/x/'",
            "user_id = new_id()",
            "created_at = now()",
            "read_at = now(), body = 'X'",
        ):
            assert refusal_of(cursor, f"UPDATE alerts_notification SET {change}").sqlstate == "LM001"
        cursor.execute("UPDATE alerts_notification SET read_at = now() WHERE read_at IS NULL")
        assert cursor.rowcount
        assert refusal_of(cursor, "UPDATE alerts_notification SET read_at = NULL").sqlstate == "LM001"


@pytest.fixture(scope="module")
def message_rows(books):
    make_message_rows(books[0])


@pytest.fixture(scope="module")
def partner_rows(books):
    make_partner_rows(books[0])


def test_a_key_can_only_be_used_and_revoked_once(partner_rows):
    with as_owner() as cursor:
        assert refusal_of(cursor, "DELETE FROM api_apikey").sqlstate == "LM001"
        for change in ("scope = 'write'", "key_hash = repeat('0', 64)", "public_id = 'abcdefghijkl'", "name = 'X'"):
            where = "WHERE name = 'Ancienne'" if "scope" in change or "name" in change else ""
            assert refusal_of(cursor, f"UPDATE api_apikey SET {change} {where}").sqlstate == "LM001", change
        again = "UPDATE api_apikey SET revoked_at = NULL, revoked_by_id = NULL WHERE revoked_at IS NOT NULL"
        assert refusal_of(cursor, again).sqlstate == "LM001"
        cursor.execute("UPDATE api_apikey SET last_used_at = now(), updated_at = '2000-01-01'")
        cursor.execute("SELECT count(*) FROM api_apikey WHERE updated_at <> now()")
        assert cursor.fetchone() == (0,)


def test_a_webhook_message_says_what_it_said_and_is_kept_for_a_month(partner_rows):
    with as_owner() as cursor:
        for change in ("body = '{}'", "event = 'lead.created'", "object_id = new_id()", "created_at = now()"):
            assert refusal_of(cursor, f"UPDATE api_webhookmessage SET {change}").sqlstate == "LM001", change
        assert refusal_of(cursor, "DELETE FROM api_webhookmessage").sqlstate == "LM001"
        cursor.execute("UPDATE api_webhookmessage SET body = '', updated_at = '2000-01-01'")
        cursor.execute("SELECT count(*) FROM api_webhookmessage WHERE updated_at <> now()")
        assert cursor.fetchone() == (0,)


def test_attempts_of_webhooks_are_append_only_as_long_as_their_message(partner_rows):
    with as_owner() as cursor:
        assert refusal_of(cursor, "UPDATE api_webhookattempt SET duration = 1").sqlstate == "LM001"
        assert refusal_of(cursor, "UPDATE api_webhookattempt SET answer = 'x'").sqlstate == "LM001"
        assert refusal_of(cursor, "DELETE FROM api_webhookattempt").sqlstate == "LM001"
        cursor.execute("UPDATE api_webhookattempt SET answer = ''")


FROZEN_TERMS = {
    "id": "new_id()",
    "merchant_id": "new_id()",
    "campaign_id": "new_id()",
    "influencer_id": "new_id()",
    "agreement_id": "new_id()",
    "deposit_id": "new_id()",
    "created_at": "now()",
    "estimated_value": "estimated_value + 1",
    "source": "'other'",
    "percentage_commission_rate": "11",
    "fixed_commission_amount": "81",
    "commission_threshold": "801",
    "commission_type": "'fixed'",
    "commission_amount": "61",
    "influencer_percentage": "31",
    "influencer_commission_amount": "19",
    "platform_commission_amount": "43",
    "auto_payment": "NOT auto_payment",
    "expires_at": "now()",
}


@pytest.mark.parametrize("column", FROZEN_TERMS)
def test_terms_of_a_lead_are_frozen(books, column):
    with as_owner() as cursor:
        sql = f"UPDATE leads SET {column} = {FROZEN_TERMS[column]} WHERE status = 'pending'"
        assert refusal_of(cursor, sql).sqlstate == "LM001"


@pytest.mark.parametrize(
    "change",
    [
        "customer_name = 'X'",
        "customer_email = 'x@exemple.ma'",
        "customer_phone = '+212600000000'",
        "customer_company = 'X'",
        "customer_notes = 'X'",
        "erased_at = now()",
    ],
)
def test_the_contact_of_a_lead_is_fixed_even_for_the_owner(books, change):
    with as_owner() as cursor:
        assert refusal_of(cursor, f"UPDATE leads SET {change}").sqlstate == "LM001"


def test_words_about_a_lead_go_only_with_its_contact(books):
    with as_owner() as cursor:
        for emptying in (
            "UPDATE lead_validation SET feedback = '', rejection_details = ''",
            "UPDATE leads_leadconsent SET ip_address = NULL",
        ):
            assert refusal_of(cursor, emptying).sqlstate == "LM001"


STATUSES = ("pending", "validated", "rejected", "converted", "lost")
LEAD_STEPS = {("pending", "validated"), ("pending", "rejected"), ("validated", "converted"), ("validated", "lost")}


@pytest.mark.parametrize("after", STATUSES)
@pytest.mark.parametrize("before", STATUSES)
def test_a_lead_takes_only_the_steps_of_its_states(books, before, after):
    nothing = "quality_score = NULL, outcome_at = NULL, actual_value = NULL"
    fields = {
        "pending": f"decided_at = NULL, rejection_reason = '', {nothing}",
        "validated": "decided_at = now(), rejection_reason = '', outcome_at = NULL, actual_value = NULL",
        "rejected": f"decided_at = now(), rejection_reason = 'fraud', {nothing}",
        "converted": "decided_at = now(), rejection_reason = '', outcome_at = now()",
        "lost": "decided_at = now(), rejection_reason = '', outcome_at = now(), actual_value = NULL",
    }
    sql = f"UPDATE leads SET status = '{after}', {fields[after]} WHERE status = '{before}'"
    with as_owner() as cursor:
        if before == after or (before, after) in LEAD_STEPS:
            cursor.execute(sql)
            assert cursor.rowcount == 1
        else:
            assert refusal_of(cursor, sql).sqlstate == "LM022"


AGREEMENT_STEPS = {
    ("pending", "active"),
    ("pending", "terminated"),
    ("active", "suspended"),
    ("active", "terminated"),
    ("suspended", "active"),
    ("suspended", "terminated"),
}


def test_an_agreement_takes_only_the_steps_of_its_states(books):
    states = ("pending", "active", "suspended", "terminated")
    for before in states:
        for after in states:
            with as_owner() as cursor:
                cursor.execute("ALTER TABLE influencer_agreements DISABLE TRIGGER USER")
                cursor.execute("UPDATE influencer_agreements SET status = %s", [before])
                cursor.execute("ALTER TABLE influencer_agreements ENABLE TRIGGER USER")
                sql = f"UPDATE influencer_agreements SET status = '{after}'"
                if before == after or (before, after) in AGREEMENT_STEPS:
                    cursor.execute(sql)
                else:
                    assert refusal_of(cursor, sql).sqlstate == "LM024", (before, after)


@pytest.mark.parametrize("column", ["merchant_id", "influencer_id", "campaign_id", "is_invitation", "created_at"])
def test_the_sides_of_an_agreement_are_fixed(books, column):
    value = {"is_invitation": "NOT is_invitation", "created_at": "now()"}.get(column, "new_id()")
    with as_owner() as cursor:
        assert refusal_of(cursor, f"UPDATE influencer_agreements SET {column} = {value}").sqlstate == "LM001"


def test_an_ended_campaign_never_comes_back_and_none_becomes_a_draft_or_anothers(books):
    merchant_id = books[0].merchant.pk
    with as_owner() as cursor:
        assert refusal_of(cursor, "UPDATE leads_campaign SET status = 'draft'").sqlstate == "LM024"
        moved = f"UPDATE leads_campaign SET merchant_id = '{merchant_id}' WHERE merchant_id <> '{merchant_id}'"
        assert refusal_of(cursor, moved).sqlstate == "LM001"
        cursor.execute("UPDATE leads_campaign SET status = 'ended'")
        assert refusal_of(cursor, "UPDATE leads_campaign SET status = 'active'").sqlstate == "LM024"


@pytest.mark.parametrize("other", ["campaign_id", "deposit_id", "merchant_id"])
def test_a_lead_of_two_merchants_is_refused(books, other):
    personas, _made = books
    foreign = {
        "campaign_id": personas.other_campaign.pk,
        "deposit_id": personas.other_deposit.pk,
        "merchant_id": personas.other_merchant.pk,
    }[other]
    fresh = NEW | {
        "customer_phone": "'+212699999999'",
        "customer_email": "'fresh@exemple.ma'",
        "submission_key": "NULL",
    }
    with as_owner() as cursor:
        cursor.execute(copy_sql("leads", fresh, "status = 'pending'"))
    with as_owner() as cursor:
        sql = copy_sql("leads", fresh | {other: f"'{foreign}'"}, "status = 'pending'")
        assert refusal_of(cursor, sql).sqlstate == "LM025"


def test_a_contact_is_taken_once_in_90_days_by_phone_or_address_in_any_case(books):
    by_phone = NEW | {"customer_email": "'fresh@exemple.ma'", "submission_key": "NULL"}
    by_email = NEW | {
        "customer_phone": "'+212699999999'",
        "customer_email": "upper(customer_email)",
        "submission_key": "NULL",
    }
    with as_owner() as cursor:
        for changes in (by_phone, by_email):
            for days, refused in (("0", True), ("89", True), ("90", False)):
                at = {"created_at": f"created_at + interval '{days} days'"}
                sql = copy_sql("leads", changes | at, "status = 'pending'")
                if refused:
                    assert refusal_of(cursor, sql).sqlstate == "LM020", days
                else:
                    cursor.execute(sql)


TIMESTAMPED = {
    "accounts_merchant": "city = 'Fès'",
    "accounts_membership": "role = 'owner'",
    "accounts_influencer": "display_name = 'X'",
    "leads_campaign": "description = 'X'",
    "influencer_agreements": "message = 'X'",
    "leads": "submission_key = new_id()",
    "alerts_delivery": "error = 'X'",
    "alerts_notificationpreference": "is_on = false",
    "alerts_notificationprofile": "code_failures = 1",
    "alerts_pushsubscription": "browser = 'X'",
    "alerts_addressproblem": "reason = 'X'",
}


@pytest.mark.parametrize("table", TIMESTAMPED)
def test_updated_at_follows_raw_sql(message_rows, table):
    with as_owner() as cursor:
        cursor.execute(f"UPDATE {table} SET {TIMESTAMPED[table]}, updated_at = '2000-01-01'")
        cursor.execute(f"SELECT count(*) FILTER (WHERE updated_at = now()), count(*) FROM {table}")
        changed, rows = cursor.fetchone()
    assert changed == rows > 0


# The web role has no right to these, whoever is asking; SELECT stays, under row security.
NO_WRITE = (
    "company_deposits",
    "deposit_transactions",
    "leads_influencerbalance",
    "leads_earningentry",
    "payments_payout",
    "payments_payoutbatch",
    "django_migrations",
)
NO_UPDATE = ("leads_blockedcontact",)
NO_CHANGE = ("lead_validation", "leads_leadconsent", "accounts_auditentry")
NO_DELETE = (
    "leads",
    "leads_campaign",
    "leads_leadreturn",
    "alerts_addressproblem",
    "alerts_delivery",
    "alerts_depositalert",
    "alerts_notification",
    "alerts_notificationprofile",
    "campaign_settings",
    "influencer_agreements",
    "payments_payoutseries",
    "payments_payoutstatement",
    "api_apikey",
    "api_webhookendpoint",
)
REVOKED = [
    ("alerts_event", "INSERT"),
    ("alerts_event", "TRUNCATE"),
    *((table, right) for table in NO_WRITE for right in ("INSERT", "UPDATE", "DELETE", "TRUNCATE")),
    *((table, right) for table in NO_CHANGE for right in ("UPDATE", "DELETE", "TRUNCATE")),
    *((table, right) for table in NO_UPDATE for right in ("UPDATE", "TRUNCATE")),
    *((table, right) for table in NO_DELETE for right in ("DELETE", "TRUNCATE")),
]


@pytest.mark.parametrize(("table", "right"), REVOKED)
def test_web_role_has_no_right_to_write_even_as_the_platform(books, table, right):
    sql = {
        "INSERT": f"INSERT INTO {table} DEFAULT VALUES",
        "UPDATE": f"UPDATE {table} SET {'id = id' if table != 'leads_influencerbalance' else 'entry_count = 0'}",
        "DELETE": f"DELETE FROM {table}",
        "TRUNCATE": f"TRUNCATE {table} CASCADE",
    }[right]
    if table == "leads_leadconsent":
        sql = sql.replace("id = id", "lead_id = lead_id")
    with acting_as(SYSTEM), connection.cursor() as cursor:
        assert refusal_of(cursor, sql, "default").sqlstate == "42501"


def test_web_role_cannot_call_the_inner_functions_that_move_money(books):
    personas, made = books
    deposit = f"'{personas.deposit.pk}'"
    calls = (
        f"SELECT move_deposit_money({deposit}, 'adjustment', 10, 10, 0, ARRAY['active'])",
        f"SELECT move_earning('{personas.influencer.pk}', 'earned', 1, p_earned => 1, p_lead_id => '{made.pending.pk}')",
        "SELECT next_payout_serial('V-2026')",
    )
    for call in calls:
        with acting_as(SYSTEM), connection.cursor() as cursor:
            assert refusal_of(cursor, call, "default").sqlstate == "42501"


def test_web_role_cannot_change_the_schema(books):
    for sql in (
        "ALTER TABLE leads DISABLE TRIGGER USER",
        "ALTER TABLE leads DISABLE ROW LEVEL SECURITY",
        "DROP POLICY lead_all ON leads",
        "CREATE TABLE mine (id integer)",
        "ALTER FUNCTION app_sees_all() OWNER TO leadsmarket_web",
        "CREATE OR REPLACE FUNCTION app_sees_all() RETURNS boolean LANGUAGE sql RETURN true",
        "SET session_replication_role = replica",
    ):
        with acting_as(SYSTEM), connection.cursor() as cursor:
            assert refusal_of(cursor, sql, "default").sqlstate == "42501", sql


@pytest.fixture(scope="module")
def document_rows(books):
    make_documents(books[0])


def test_a_statement_or_report_changes_only_by_its_file_once_and_statements_stay(document_rows):
    with as_owner() as cursor:
        for change in ("data = '{}'", "number = 'X'", "language = 'en'", "first = first - 40", "data_sha256 = 'x'"):
            assert refusal_of(cursor, f"UPDATE payments_perioddocument SET {change}").sqlstate == "LM001"
        cursor.execute("UPDATE payments_perioddocument SET file = 'a.pdf', file_sha256 = 'a'")
        assert refusal_of(cursor, "UPDATE payments_perioddocument SET file = 'b.pdf'").sqlstate == "LM001"
        assert refusal_of(cursor, "DELETE FROM payments_perioddocument WHERE kind <> 'report'").sqlstate == "LM001"
        cursor.execute("DELETE FROM payments_perioddocument WHERE kind = 'report'")
        assert cursor.rowcount == 2
