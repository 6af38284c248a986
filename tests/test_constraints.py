"""Every CHECK, unique and foreign key, tried with raw SQL as the owner of the tables, whom nothing else stops.

A constraint without a breaking case fails the first
test, so a new one needs its line here.
"""

from dataclasses import dataclass

import pytest
from django.db import connections

from tests.raw_sql import as_owner, copy_sql, our_tables, refusal_of

# One worker: the rows are made once for the whole module.
pytestmark = pytest.mark.xdist_group("constraints")


@pytest.fixture(scope="module")
def books(full_books):
    """Every table has rows here."""
    return full_books


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
    "email_change_address_lower_case": Break("accounts_emailchange", "new_email = upper(new_email)"),
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
    "alerts_delivery_attempts_check": Break("alerts_delivery", "attempts = -1"),
    "delivery_sent_at_agrees": Break("alerts_delivery", "sent_at = now()", "status = 'queued'"),
    "delivery_channel_known": Break("alerts_delivery", "channel = 'fax'"),
    "delivery_delivered_at_agrees": Break("alerts_delivery", "delivered_at = now()", "status = 'queued'"),
    "delivery_names_its_person": Break("alerts_delivery", "channel = 'chat'"),
    "delivery_status_known": Break("alerts_delivery", "status = 'lost'", without=("delivery_sent_at_agrees",)),
    "alerts_depositalert_announcements_check": Break("alerts_depositalert", "announcements = -1"),
    "deposit_alert_level_known": Break("alerts_depositalert", "level = 'bad'"),
    "alerts_event_attempts_check": Break("alerts_event", "attempts = -1"),
    "preference_channel_known": Break("alerts_notificationpreference", "channel = 'chat'"),
    "alerts_notificationprofile_code_failures_check": Break("alerts_notificationprofile", "code_failures = -1"),
    "profile_verified_phone_is_there": Break("alerts_notificationprofile", "phone = ''"),
    "push_endpoint_is_https": Break("alerts_pushsubscription", "endpoint = 'http://push.test/'"),
    "notification_level_known": Break("alerts_notification", "level = 'loud'"),
    "notification_url_is_path": Break("alerts_notification", "url = '//elsewhere.example/'"),
    "earning_of_lead_or_payout": Break("leads_earningentry", "lead_id = NULL", "kind = 'earned'"),
    "earning_payout_takes_at_most_payable": Break(
        "leads_earningentry",
        "payable_before = payable_before - 10000, payable_after = payable_after - 10000",
        "kind = 'payout_requested'",
    ),
    "influencer_balance_in_payout_not_negative": Break("leads_influencerbalance", "in_payout_amount = -0.01"),
    "influencer_balance_paid_not_negative": Break("leads_influencerbalance", "paid_amount = -0.01"),
    "blocked_contact_digest_is_sha256": Break("leads_blockedcontact", "digest = upper(digest)"),
    "blocked_contact_kind_known": Break("leads_blockedcontact", "kind = 'name'"),
    "blocked_contact_until_agrees_with_reason": Break("leads_blockedcontact", "until = NULL", "reason = 'erasure'"),
    "prospect_request_confirmed_agrees_with_status": Break("leads_prospectrequest", "due_on = NULL", "status = 'open'"),
    "prospect_request_handled_agrees_with_status": Break(
        "leads_prospectrequest", "handled_at = NULL", "status = 'done'"
    ),
    "prospect_request_has_contact": Break("leads_prospectrequest", "email = ''"),
    "prospect_request_kind_known": Break("leads_prospectrequest", "kind = 'lunch'"),
    "prospect_request_origin_known": Break("leads_prospectrequest", "origin = 'fax'"),
    "prospect_request_refusal_has_answer": Break(
        "leads_prospectrequest", "status = 'refused', answer = ''", "status = 'done'"
    ),
    "lead_return_decided_at_agrees_with_status": Break("leads_leadreturn", "decided_at = now()", "status = 'asked'"),
    "lead_return_other_has_details": Break("leads_leadreturn", "details = ''"),
    "lead_return_reason_known": Break("leads_leadreturn", "reason = 'mood'"),
    "lead_return_refusal_has_note": Break("leads_leadreturn", "status = 'refused', decided_at = now()"),
    "auto_recharge_amount_large_enough": Break("payments_autorecharge", "amount = 499.99"),
    "auto_recharge_ceiling_allows_one": Break("payments_autorecharge", "monthly_limit = amount - 0.01"),
    "auto_recharge_error_agrees": Break("payments_autorecharge", "last_error = 'expired_card'"),
    "auto_recharge_threshold_in_range": Break("payments_autorecharge", "threshold_percentage = 91"),
    "payments_autorecharge_threshold_percentage_check": Break(
        "payments_autorecharge", "threshold_percentage = -1", without=("auto_recharge_threshold_in_range",)
    ),
    "card_order_oid_plain": Break("payments_cardorder", "oid = 'ORDER-1'"),
    "payment_amount_positive": Break("payments_payment", "amount = 0"),
    "payment_reversed_at_most_what_was_credited": Break(
        "payments_payment", "reversed_amount = credited_amount + 0.01", "status = 'settled'"
    ),
    "payment_settled_fields_agree": Break("payments_payment", "ledger_key = NULL", "status = 'settled'"),
    "payment_status_known": Break("payments_payment", "status = 'lost'", "status = 'pending'"),
    "payments_payment_poll_count_check": Break("payments_payment", "poll_count = -1"),
    "reversal_taken_at_most_amount": Break("payments_paymentreversal", "taken_amount = amount + 0.01"),
    "payout_amount_at_least_200": Break("payments_payout", "amount = 199.99"),
    "payout_failure_has_reason": Break("payments_payout", "failure_reason = ''", "status = 'failed'"),
    "payout_holder_given": Break("payments_payout", "holder_name = ''"),
    "payout_rib_24_digits": Break("payments_payout", "rib = left(rib, 23) || 'A'"),
    "payout_rib_key_right": Break("payments_payout", "rib = left(rib, 22) || '00'"),
    "payout_steps_agree_with_status": Break("payments_payout", "ended_at = now()", "status = 'requested'"),
    "payments_payoutseries_last_serial_check": Break("payments_payoutseries", "last_serial = -1"),
    "payout_statement_amount_positive": Break("payments_payoutstatement", "amount = 0"),
    "document_of_one_side": Break(
        "payments_perioddocument", "merchant_id = NULL", "merchant_id IS NOT NULL", ("document_kind_fits_side",)
    ),
    "document_days_in_order": Break("payments_perioddocument", "last = first - 1"),
    "document_kind_fits_side": Break("payments_perioddocument", "kind = 'letter'"),
    "payments_receipt_serial_check": Break("payments_receipt", "serial = -1"),
    "payments_receipt_year_check": Break("payments_receipt", "year = -1"),
    "receipt_amount_positive": Break("payments_receipt", "amount = 0"),
    "payments_receiptseries_last_serial_check": Break("payments_receiptseries", "last_serial = -1"),
    "payments_receiptseries_year_check": Break("payments_receiptseries", "year = -1"),
    "receivable_paid_at_most_amount": Break("payments_receivable", "settled_amount = amount + 0.01"),
    "receivable_settlement_positive": Break("payments_receivablesettlement", "amount = 0"),
    "review_item_resolution_agrees": Break("payments_reviewitem", "resolution = 'Credited'"),
    "payments_savedcard_expiry_month_check": Break("payments_savedcard", "expiry_month = -1"),
    "payments_savedcard_expiry_year_check": Break("payments_savedcard", "expiry_year = -1"),
    "saved_card_on_file_is_known": Break("payments_savedcard", "customer_id = ''"),
    "saved_card_status_known": Break("payments_savedcard", "status = 'lost'"),
    "job_run_finished_at_agrees": Break("leadsmarket_jobrun", "finished_at = NULL", "status = 'succeeded'"),
    "job_run_source_known": Break("leadsmarket_jobrun", "source = 'cron'"),
    "job_run_status_known": Break("leadsmarket_jobrun", "status = 'lost'", "status = 'succeeded'"),
    "rollup_state_is_one_row": Break("analytics_rollupstate", "id = 2"),
    "payments_webhookevent_attempts_check": Break("payments_webhookevent", "attempts = -1"),
    "webhook_processed_at_agrees": Break("payments_webhookevent", "processed_at = NULL", "status = 'processed'"),
    "idempotent_request_key_not_empty": Break("api_idempotentrequest", "key = ''"),
    "idempotent_request_answer_agrees_with_status": Break("api_idempotentrequest", "status = NULL"),
    "api_idempotentrequest_status_check": Break("api_idempotentrequest", "status = -1"),
    "token_session_end_agrees_with_ended_at": Break("api_tokensession", "ended_at = now()"),
    "apikey_of_one_side": Break("api_apikey", "merchant_id = NULL, influencer_id = NULL"),
    "api_key_name_given": Break("api_apikey", "name = ''"),
    "api_key_public_id_plain": Break("api_apikey", "public_id = upper(public_id)"),
    "api_key_is_hashed": Break("api_apikey", "key_hash = upper(key_hash)"),
    "api_key_scope_known": Break("api_apikey", "scope = 'admin'"),
    "api_key_revocation_says_by_whom": Break("api_apikey", "revoked_at = now()", "revoked_at IS NULL"),
    "webhookendpoint_of_one_side": Break("api_webhookendpoint", "merchant_id = NULL, influencer_id = NULL"),
    "webhook_url_is_http": Break("api_webhookendpoint", "url = 'ftp://example.com/'"),
    "webhook_events_known": Break("api_webhookendpoint", "events = ARRAY['lead.lost']"),
    "webhook_has_secret": Break("api_webhookendpoint", "sealed_secret = ''"),
    "webhook_off_has_reason": Break("api_webhookendpoint", "off_at = now()", "off_at IS NULL"),
    "webhook_previous_secret_ends": Break(
        "api_webhookendpoint", "previous_secret_until = NULL", "previous_sealed_secret <> ''"
    ),
    "webhook_removed_is_off": Break("api_webhookendpoint", "deleted_at = now()", "off_at IS NULL"),
    "webhookmessage_of_one_side": Break("api_webhookmessage", "merchant_id = NULL, influencer_id = NULL"),
    "webhook_message_status_known": Break("api_webhookmessage", "status = 'lost'", "status = 'queued'"),
    "webhook_message_delivered_at_agrees": Break("api_webhookmessage", "delivered_at = NULL", "status = 'delivered'"),
    "api_webhookmessage_attempt_count_check": Break("api_webhookmessage", "attempt_count = -1"),
    "api_webhookmessage_failures_check": Break("api_webhookmessage", "failures = -1"),
    "api_webhookmessage_last_status_code_check": Break("api_webhookmessage", "last_status_code = -1"),
    "api_webhookattempt_number_check": Break("api_webhookattempt", "number = -1"),
    "api_webhookattempt_duration_check": Break("api_webhookattempt", "duration = -1"),
    "api_webhookattempt_status_code_check": Break("api_webhookattempt", "status_code = -1"),
}

NEW = {"id": "new_id()"}
UNIQUE = {
    "blocked_contact_once": Copy("leads_blockedcontact", NEW),
    "accounts_emailchange_user_id_key": Copy("accounts_emailchange", NEW),
    "accounts_loginsession_session_key_key": Copy("accounts_loginsession", NEW),
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
    "alerts_delivery_deduplication_key_key": Copy("alerts_delivery", NEW),
    "alerts_notification_deduplication_key_key": Copy("alerts_notification", NEW),
    "address_problem_once": Copy("alerts_addressproblem", NEW, "solved_at IS NULL"),
    "event_once_per_cause": Copy("alerts_event", NEW),
    "preference_once": Copy("alerts_notificationpreference", NEW),
    "alerts_notificationprofile_user_id_key": Copy("alerts_notificationprofile", NEW),
    "alerts_pushsubscription_endpoint_key": Copy("alerts_pushsubscription", NEW),
    "transaction_one_refund_per_lead": Copy("deposit_transactions", NEW | {"sequence": "99"}, "kind = 'refund'"),
    "earning_one_end_per_payout": Copy("leads_earningentry", NEW | {"sequence": "99"}, "kind = 'payout_failed'"),
    "earning_one_request_per_payout": Copy("leads_earningentry", NEW | {"sequence": "99"}, "kind = 'payout_requested'"),
    "leads_leadreturn_lead_id_key": Copy("leads_leadreturn", NEW),
    "payments_autorecharge_deposit_id_key": Copy("payments_autorecharge", NEW),
    "payments_cardorder_oid_key": Copy("payments_cardorder", NEW),
    "payment_one_auto_recharge_in_flight": Copy(
        "payments_payment", NEW | {"reference": "'RCHOTHER'", "provider_id": "''"}, "purpose = 'auto_recharge'"
    ),
    "payment_provider_id_unique": Copy(
        "payments_payment", NEW | {"reference": "'RCHOTHER'", "status": "'failed'"}, "purpose = 'auto_recharge'"
    ),
    "payments_payment_ledger_key_key": Copy(
        "payments_payment", NEW | {"reference": "'RCHOTHER'", "provider_id": "''"}, "status = 'settled'"
    ),
    "payments_payment_reference_key": Copy("payments_payment", NEW | {"provider_id": "''"}, "status = 'pending'"),
    "payments_paymentreversal_ledger_key_key": Copy("payments_paymentreversal", NEW),
    "payments_payout_reference_key": Copy("payments_payout", NEW, "status = 'failed'"),
    "payout_one_open_per_influencer": Copy(
        "payments_payout", NEW | {"reference": "'VRSOTHER'"}, "status = 'requested'"
    ),
    "payments_payoutbatch_number_key": Copy("payments_payoutbatch", NEW),
    "payments_payoutstatement_number_key": Copy("payments_payoutstatement", NEW | {"payout_id": "new_id()"}),
    "payments_payoutstatement_payout_id_key": Copy("payments_payoutstatement", NEW | {"number": "'RV-1'"}),
    "payments_perioddocument_number_key": Copy("payments_perioddocument", NEW, "kind = 'report'"),
    "statement_once_per_month_and_language": Copy(
        "payments_perioddocument", NEW | {"number": "'RM-1'"}, "kind <> 'report'"
    ),
    "payments_receipt_number_key": Copy("payments_receipt", NEW | {"payment_id": "new_id()", "serial": "99"}),
    "payments_receipt_payment_id_key": Copy("payments_receipt", NEW | {"number": "'R-1'", "serial": "99"}),
    "receipt_serial_unique": Copy("payments_receipt", NEW | {"number": "'R-1'", "payment_id": "new_id()"}),
    "payments_receivable_reversal_id_key": Copy("payments_receivable", NEW),
    "receivable_settlement_once_per_payment": Copy("payments_receivablesettlement", NEW),
    "review_item_once": Copy("payments_reviewitem", NEW),
    "payments_savedcard_payment_id_key": Copy("payments_savedcard", NEW | {"payment_method_id": "'pm_2'"}),
    "saved_card_once": Copy("payments_savedcard", NEW | {"payment_id": "new_id()"}),
    "payments_stripecustomer_customer_id_key": Copy("payments_stripecustomer", NEW | {"is_live": "true"}),
    "stripe_customer_one_per_mode": Copy("payments_stripecustomer", NEW | {"customer_id": "'cus_2'"}),
    "job_run_once_per_due_moment": Copy("leadsmarket_jobrun", NEW, "status = 'succeeded'"),
    "job_run_one_running": Copy("leadsmarket_jobrun", NEW, "status = 'running'"),
    "lead_day_once_per_scope": Copy("analytics_leadday", {}, "scope = 'merchant_source' AND is_month"),
    "deposit_day_once_per_deposit": Copy("analytics_depositday", {}, "deposit_id IS NULL"),
    "webhook_event_unique": Copy("payments_webhookevent", NEW),
    "idempotent_request_once_per_principal": Copy("api_idempotentrequest", NEW),
    "api_apikey_public_id_key": Copy("api_apikey", NEW),
    "webhook_message_once": Copy("api_webhookmessage", NEW),
    "webhook_attempt_number_unique": Copy("api_webhookattempt", NEW),
}


# Holds a foreign key over two columns; the primary key, one of the two, refuses before it.
NEVER_FIRST = ["campaign_with_merchant"]


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
    assert unique - set(NEVER_FIRST) == set(UNIQUE)


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
                cursor,
                f"UPDATE {table} SET {column} = {nobody} WHERE ctid = coalesce("
                f"(SELECT min(ctid) FROM {table} WHERE {column} IS NOT NULL), (SELECT min(ctid) FROM {table}))",
            )
            assert diag.constraint_name == name, table


def test_rows_that_are_referred_to_stay(books):
    for table in ("accounts_merchant", "accounts_user", "accounts_influencer", "leads_campaign", "company_deposits"):
        with as_owner(table, "leads") as cursor:
            assert refusal_of(cursor, f"DELETE FROM {table}").sqlstate == "23503", table
