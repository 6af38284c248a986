"""Every CHECK, unique and foreign key, trigger and revoked right, tried with raw SQL.

As the owner of the tables, whom nothing else stops, and as the web role. A constraint without a breaking case fails the first
test, so a new one needs its line here.
"""

from contextlib import contextmanager
from dataclasses import dataclass

import psycopg
import pytest
from django.apps import apps
from django.db import DatabaseError, connection, connections, transaction

from conftest import empty_tables
from leadsmarket.lib.actor import SYSTEM, acting_as
from tests.personas import make_books, make_personas

APPS = ("accounts", "deposits", "leads", "payments", "analytics", "alerts")


@dataclass(frozen=True)
class Break:
    """`UPDATE table SET change WHERE where` breaks the constraint. without: constraints that would refuse it first."""

    table: str
    change: str
    where: str = "true"
    without: tuple[str, ...] = ()


@dataclass(frozen=True)
class Copy:
    """A second row like one of `table WHERE where`, changed in some columns, breaks the constraint."""

    table: str
    changes: dict[str, str]
    where: str = "true"


CHECKS = {
    "user_email_lower_case": Break("accounts_user", "email = upper(email)"),
    "user_only_staff_role_is_staff": Break("accounts_user", "is_staff = true", "role = 'merchant'"),
    "influencer_display_name_not_empty": Break("accounts_influencer", "display_name = ''"),
    "merchant_ice_15_digits": Break("accounts_merchant", "ice = '12345678901234A'"),
    "merchant_name_not_empty": Break("accounts_merchant", "name = ''"),
    "membership_role_known": Break("accounts_membership", "role = 'boss'"),
    "company_deposits_movement_count_check": Break("company_deposits", "movement_count = -1"),
    "deposit_initial_amount_positive": Break("company_deposits", "initial_amount = -initial_amount"),
    "deposit_no_money_before_payment_or_when_closed": Break("company_deposits", "status = 'closed'"),
    "deposit_reserved_between_zero_and_balance": Break("company_deposits", "reserved_amount = current_balance + 0.01"),
    "deposit_smallest_commission_positive": Break("company_deposits", "smallest_commission_amount = 0"),
    "deposit_status_known": Break("company_deposits", "status = 'open'"),
    "deposit_transactions_sequence_check": Break("deposit_transactions", "sequence = -1"),
    "transaction_adjustment_has_reason": Break("deposit_transactions", "reason = ''", "kind = 'adjustment'"),
    "transaction_amount_not_zero": Break(
        "deposit_transactions", "amount = 0, balance_after = balance_before", "kind = 'adjustment'"
    ),
    "transaction_amount_positive": Break(
        "deposit_transactions", "amount = -60, balance_after = balance_before - 60", "kind = 'recharge'"
    ),
    "transaction_amounts_agree_with_kind": Break(
        "deposit_transactions", "balance_after = balance_after + 0.01", "kind = 'deduction'"
    ),
    "transaction_of_lead_names_it": Break("deposit_transactions", "lead_id = NULL", "kind = 'release'"),
    "transaction_of_payment_names_it": Break(
        "deposit_transactions", "payment_id = NULL, payment_reference = ''", "kind = 'recharge'"
    ),
    "campaign_name_and_service_given": Break("leads_campaign", "service = ''"),
    "campaign_pause_has_reason": Break("leads_campaign", "status = 'paused'"),
    "campaign_status_known": Break("leads_campaign", "status = 'open'"),
    "lead_actual_value_when_converted": Break("leads", "actual_value = 10", "status = 'lost'"),
    "lead_commission_agrees_with_terms": Break(
        "leads", "commission_amount = 59.99, platform_commission_amount = platform_commission_amount - 0.01"
    ),
    "lead_commission_positive": Break(
        "leads",
        "commission_amount = 0, influencer_commission_amount = 0, platform_commission_amount = 0",
        without=("lead_commission_agrees_with_terms",),
    ),
    "lead_customer_email_given": Break("leads", "customer_email = 'nobody'"),
    "lead_customer_name_given": Break("leads", "customer_name = ''"),
    "lead_customer_phone_e164": Break("leads", "customer_phone = '0612345678'"),
    "lead_decided_at_agrees_with_status": Break("leads", "decided_at = now()", "status = 'pending'"),
    "lead_estimated_value_at_least_50": Break(
        "leads", "estimated_value = 49.99", without=("lead_commission_agrees_with_terms",)
    ),
    "lead_outcome_at_agrees_with_status": Break("leads", "outcome_at = NULL", "status = 'converted'"),
    "lead_quality_score_1_to_10_when_validated": Break("leads", "quality_score = 11", "status = 'validated'"),
    "leads_quality_score_check": Break(
        "leads",
        "quality_score = -1",
        "status = 'validated'",
        without=("lead_quality_score_1_to_10_when_validated",),
    ),
    "lead_rejection_reason_agrees_with_status": Break("leads", "rejection_reason = ''", "status = 'rejected'"),
    "lead_shares_sum_to_commission": Break("leads", "platform_commission_amount = platform_commission_amount + 0.01"),
    "lead_source_known": Break("leads", "source = 'tv'"),
    "lead_status_known": Break("leads", "status = 'maybe', decided_at = now()", "status = 'pending'"),
    "agreement_minimum_deposit_not_negative": Break("influencer_agreements", "minimum_deposit = -0.01"),
    "agreement_quality_threshold_1_to_10": Break("influencer_agreements", "quality_threshold = 10.01"),
    "agreement_share_is_a_percentage": Break("influencer_agreements", "commission_percentage = 100.01"),
    "agreement_status_known": Break("influencer_agreements", "status = 'open'"),
    "influencer_balance_earned_not_negative": Break("leads_influencerbalance", "earned_amount = -0.01"),
    "leads_influencerbalance_entry_count_check": Break("leads_influencerbalance", "entry_count = -1"),
    "consent_text_and_version_given": Break("leads_leadconsent", "version = ''"),
    "earning_amount_positive": Break(
        "leads_earningentry", "amount = -18, earned_after = earned_before - 18", "kind = 'earned'"
    ),
    "earning_amounts_agree_with_kind": Break("leads_earningentry", "payable_after = payable_after + 0.01"),
    "leads_earningentry_sequence_check": Break("leads_earningentry", "sequence = -1"),
    "decision_commission_not_negative": Break("lead_validation", "commission_amount = -0.01"),
    "decision_other_has_details": Break("lead_validation", "rejection_reason = 'other'", "decision = 'rejected'"),
    "decision_quality_score_1_to_10": Break("lead_validation", "quality_score = 0", "decision = 'validated'"),
    "lead_validation_quality_score_check": Break(
        "lead_validation", "quality_score = -1", "decision = 'validated'", without=("decision_quality_score_1_to_10",)
    ),
    "decision_reason_agrees": Break("lead_validation", "rejection_reason = ''", "decision = 'rejected'"),
    "campaign_expiry_1_to_720_hours": Break("campaign_settings", "lead_expiry_hours = 721"),
    "campaign_settings_lead_expiry_hours_check": Break(
        "campaign_settings", "lead_expiry_hours = -1", without=("campaign_expiry_1_to_720_hours",)
    ),
    "campaign_fixed_positive": Break("campaign_settings", "fixed_commission_amount = 0"),
    "campaign_minimum_value_at_least_50": Break("campaign_settings", "minimum_estimated_value = 49.99"),
    "campaign_rate_is_a_percentage": Break("campaign_settings", "percentage_commission_rate = 100.01"),
    "campaign_threshold_not_negative": Break("campaign_settings", "commission_threshold = -0.01"),
}

NEW = {"id": "new_id()"}
UNIQUE = {
    "user_email_unique": Copy("accounts_user", NEW),
    "accounts_user_groups_user_id_group_id_59c0b32f_uniq": Copy("accounts_user_groups", {}),
    "accounts_user_user_permi_user_id_permission_id_2ab516c2_uniq": Copy("accounts_user_user_permissions", {}),
    "accounts_influencer_user_id_key": Copy("accounts_influencer", NEW),
    "accounts_membership_user_id_key": Copy("accounts_membership", NEW),
    "deposit_one_open_per_merchant_and_campaign": Copy("company_deposits", NEW),
    "transaction_sequence_unique": Copy("deposit_transactions", NEW, "kind = 'adjustment'"),
    "transaction_one_initial_per_deposit": Copy("deposit_transactions", NEW | {"sequence": "99"}, "kind = 'initial'"),
    "transaction_one_reservation_per_lead": Copy(
        "deposit_transactions", NEW | {"sequence": "99"}, "kind = 'reservation'"
    ),
    "transaction_one_end_per_reservation": Copy(
        "deposit_transactions",
        NEW | {"sequence": "99", "kind": "'release'", "balance_after": "balance_before"},
        "kind = 'deduction'",
    ),
    "transaction_one_credit_per_payment": Copy("deposit_transactions", NEW | {"sequence": "99"}, "kind = 'recharge'"),
    "lead_once_per_submission": Copy("leads", NEW, "submission_key IS NOT NULL"),
    "agreement_one_open_per_influencer_and_campaign": Copy("influencer_agreements", NEW),
    "decision_one_per_lead": Copy(
        "lead_validation", NEW | {"decision": "'rejected'", "rejection_reason": "'fraud'"}, "decision = 'validated'"
    ),
    "decision_one_outcome_per_lead": Copy("lead_validation", NEW | {"decision": "'lost'"}, "decision = 'converted'"),
    "earning_sequence_unique": Copy("leads_earningentry", NEW | {"lead_id": "new_id()"}),
    "earning_once_per_lead_and_kind": Copy("leads_earningentry", NEW | {"sequence": "99"}),
}


def our_tables() -> list[str]:
    models = [model for label in APPS for model in apps.get_app_config(label).get_models(include_auto_created=True)]
    return sorted(model._meta.db_table for model in models if model._meta.managed)


@pytest.fixture(scope="module")
def books(django_db_setup, django_db_blocker):
    """The personas with a lead in each state, committed, for all tests of this module; each rolls its own work back."""
    with django_db_blocker.unblock():
        personas = make_personas()
        made = make_books(personas)
        with connections["owner"].cursor() as cursor:
            cursor.execute("UPDATE leads SET submission_key = new_id()")
            cursor.execute("INSERT INTO auth_group (name) VALUES ('support')")
            cursor.execute(
                "INSERT INTO accounts_user_groups (user_id, group_id) SELECT %s, id FROM auth_group",
                [personas.staff.pk],
            )
            cursor.execute(
                "INSERT INTO accounts_user_user_permissions (user_id, permission_id)"
                " SELECT %s, min(id) FROM auth_permission",
                [personas.staff.pk],
            )
        yield personas, made
        for alias in connections:
            connections[alias].close()
        empty_tables()


@contextmanager
def as_owner(*tables: str):
    """A cursor of the tables' owner, without our triggers on `tables`; everything is rolled back."""
    with transaction.atomic(using="owner"), connections["owner"].cursor() as cursor:
        for table in tables:
            cursor.execute(f'ALTER TABLE "{table}" DISABLE TRIGGER USER')
        yield cursor
        transaction.set_rollback(True, using="owner")


def refusal_of(cursor, sql: str, alias: str = "owner") -> psycopg.errors.Diagnostic:
    """Run what must be refused; return PostgreSQL's diagnosis."""
    with pytest.raises(DatabaseError) as caught, transaction.atomic(using=alias):
        cursor.execute(sql)
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
    return caught.value.__cause__.diag


def copy_sql(table: str, changes: dict[str, str], where: str = "true") -> str:
    """An INSERT of one row like an existing one, but for `changes` (SQL expressions by column)."""
    with connections["owner"].cursor() as cursor:
        cursor.execute(
            "SELECT column_name FROM information_schema.columns WHERE table_name = %s AND table_schema = 'public'"
            " AND is_generated = 'NEVER' AND is_identity = 'NO'",
            [table],
        )
        columns = [name for (name,) in cursor.fetchall()]
    values = ", ".join(changes.get(name, name) for name in columns)
    return f"INSERT INTO {table} ({', '.join(columns)}) SELECT {values} FROM {table} WHERE {where} LIMIT 1"


def constraints(kind: str) -> list[tuple[str, str]]:
    with connections["owner"].cursor() as cursor:
        cursor.execute(
            "SELECT conrelid::regclass::text, conname FROM pg_constraint"
            " WHERE contype = %s AND conrelid::regclass::text = ANY (%s) ORDER BY 1, 2",
            [kind, our_tables()],
        )
        return cursor.fetchall()


def test_every_constraint_has_a_case(books):
    with connections["owner"].cursor() as cursor:
        cursor.execute(
            "SELECT indexrelid::regclass::text FROM pg_index"
            " WHERE indisunique AND NOT indisprimary AND indrelid::regclass::text = ANY (%s)",
            [our_tables()],
        )
        unique = {name for (name,) in cursor.fetchall()}

    assert {name for _table, name in constraints("c")} == set(CHECKS)
    assert unique == set(UNIQUE)


@pytest.mark.parametrize("name", CHECKS)
def test_check_refuses(books, name):
    case = CHECKS[name]
    with as_owner(case.table) as cursor:
        for other in case.without:
            cursor.execute(f"ALTER TABLE {case.table} DROP CONSTRAINT {other}")
        cursor.execute(f"SELECT 1 FROM {case.table} WHERE {case.where}")
        assert cursor.fetchone()
        diag = refusal_of(cursor, f"UPDATE {case.table} SET {case.change} WHERE {case.where}")

    assert diag.constraint_name == name


@pytest.mark.parametrize("name", UNIQUE)
def test_unique_refuses_a_second_row(books, name):
    case = UNIQUE[name]
    with as_owner(case.table) as cursor:
        diag = refusal_of(cursor, copy_sql(case.table, case.changes, case.where))

    assert diag.constraint_name == name


def test_every_foreign_key_refuses_a_row_that_does_not_exist(books):
    foreign_keys = constraints("f")
    assert len(foreign_keys) > 30

    for table, name in foreign_keys:
        with as_owner(table) as cursor:
            cursor.execute(
                "SELECT a.attname, format_type(a.atttypid, NULL) FROM pg_constraint c"
                " JOIN pg_attribute a ON a.attrelid = c.conrelid AND a.attnum = c.conkey[1] WHERE c.conname = %s",
                [name],
            )
            column, kind = cursor.fetchone()
            nobody = "new_id()" if kind == "uuid" else "2000000000"
            diag = refusal_of(
                cursor, f"UPDATE {table} SET {column} = {nobody} WHERE ctid = (SELECT min(ctid) FROM {table})"
            )
            assert diag.constraint_name == name, table


def test_rows_that_are_referred_to_stay(books):
    for table in ("accounts_merchant", "accounts_user", "accounts_influencer", "leads_campaign", "company_deposits"):
        with as_owner(table, "leads") as cursor:
            assert refusal_of(cursor, f"DELETE FROM {table}").sqlstate == "23503", table


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


STATUSES = ("pending", "validated", "rejected", "converted", "lost")
LEAD_STEPS = {("pending", "validated"), ("pending", "rejected"), ("validated", "converted"), ("validated", "lost")}


@pytest.mark.parametrize("after", STATUSES)
@pytest.mark.parametrize("before", STATUSES)
def test_a_lead_takes_only_the_steps_of_its_states(books, before, after):
    fields = {
        "pending": "decided_at = NULL, rejection_reason = '', quality_score = NULL, outcome_at = NULL, actual_value = NULL",
        "validated": "decided_at = now(), rejection_reason = '', outcome_at = NULL, actual_value = NULL",
        "rejected": "decided_at = now(), rejection_reason = 'fraud', quality_score = NULL, outcome_at = NULL, actual_value = NULL",
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
    personas, _made = books
    with as_owner() as cursor:
        assert refusal_of(cursor, "UPDATE leads_campaign SET status = 'draft'").sqlstate == "LM024"
        moved = f"UPDATE leads_campaign SET merchant_id = '{personas.merchant.pk}' WHERE merchant_id <> '{personas.merchant.pk}'"
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
    "leads": "customer_notes = 'X'",
}


@pytest.mark.parametrize("table", TIMESTAMPED)
def test_updated_at_follows_raw_sql(books, table):
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
    "django_migrations",
)
NO_CHANGE = ("lead_validation", "leads_leadconsent", "accounts_auditentry")
NO_DELETE = ("leads", "leads_campaign", "campaign_settings", "influencer_agreements")
REVOKED = [
    *((table, right) for table in NO_WRITE for right in ("INSERT", "UPDATE", "DELETE", "TRUNCATE")),
    *((table, right) for table in NO_CHANGE for right in ("UPDATE", "DELETE", "TRUNCATE")),
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
        f"SELECT move_earning('{made.pending.pk}', '{personas.influencer.pk}', 'earned', 1, 1, 0, NULL)",
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
