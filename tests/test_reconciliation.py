"""Reconciliation finds every way in which the books can be wrong, and nothing in right ones."""

import pytest

from deposits.reconciliation import deposit_differences
from leads.reconciliation import earning_differences, lead_differences
from tests.raw_sql import as_owner

CHANGES = [
    # the kinds found, and what was done to the books of tests.personas.make_books
    (
        {"movement_sequence"},
        "UPDATE deposit_transactions SET sequence = 100 WHERE kind = 'adjustment'",
    ),
    (
        {"movement_balance_before"},
        (
            "UPDATE deposit_transactions SET balance_before = balance_before + 1, balance_after = balance_after + 1"
            " WHERE kind = 'adjustment'"
        ),
    ),
    (
        {"movement_reserved_before"},
        (
            "UPDATE deposit_transactions SET reserved_before = reserved_before + 1, reserved_after = reserved_after + 1"
            " WHERE kind = 'adjustment'"
        ),
    ),
    ({"deposit_movement_count"}, "UPDATE company_deposits SET movement_count = movement_count + 1 WHERE {atlas}"),
    ({"deposit_balance"}, "UPDATE company_deposits SET current_balance = current_balance + 0.01 WHERE {atlas}"),
    (
        {"deposit_reserved", "deposit_pending_leads"},
        "UPDATE company_deposits SET reserved_amount = reserved_amount + 0.01 WHERE {atlas}",
    ),
    (
        {"deposit_bounds", "deposit_reserved", "deposit_pending_leads"},
        (
            "ALTER TABLE company_deposits DROP CONSTRAINT deposit_reserved_between_zero_and_balance;"
            " UPDATE company_deposits SET reserved_amount = current_balance + 1 WHERE {atlas}"
        ),
    ),
    (
        {"lead_reservation"},
        (
            "DROP INDEX transaction_one_reservation_per_lead;"
            " UPDATE deposit_transactions SET lead_id = (SELECT lead_id FROM deposit_transactions WHERE kind = 'release')"
            " WHERE kind = 'reservation' AND lead_id = (SELECT id FROM leads WHERE status = 'pending')"
        ),
    ),
    (
        {"lead_release"},
        "UPDATE deposit_transactions SET lead_id = (SELECT id FROM leads WHERE status = 'pending') WHERE kind = 'release'",
    ),
    (
        {"lead_deduction"},
        (
            "UPDATE deposit_transactions SET lead_id = (SELECT id FROM leads WHERE status = 'pending')"
            " WHERE kind = 'deduction' AND lead_id = (SELECT id FROM leads WHERE status = 'lost')"
        ),
    ),
    (
        {"lead_deduction", "lead_decision", "lead_earned", "deposit_pending_leads", "deposit_shares"},
        "UPDATE leads SET status = 'validated', decided_at = now() WHERE status = 'pending'",
    ),
    (
        {"lead_deduction", "lead_release", "lead_decision", "lead_earned", "deposit_shares"},
        "UPDATE leads SET status = 'rejected', quality_score = NULL, rejection_reason = 'other' WHERE status = 'validated'",
    ),
    ({"lead_decision"}, "DELETE FROM lead_validation WHERE decision = 'converted'"),
    ({"lead_decision"}, "UPDATE lead_validation SET quality_score = 9 WHERE quality_score = 8"),
    ({"lead_decision"}, "UPDATE lead_validation SET rejection_reason = 'fraud' WHERE decision = 'rejected'"),
    (
        {"lead_reservation", "lead_deduction", "deposit_shares", "lead_earned"},
        (
            "UPDATE leads SET estimated_value = 610, commission_amount = 61, influencer_commission_amount = 18.30,"
            " platform_commission_amount = 42.70 WHERE status = 'lost'"
        ),
    ),
    ({"earning_sequence"}, "UPDATE leads_earningentry SET sequence = 100 WHERE kind = 'payable'"),
    (
        {"earning_earned_before"},
        (
            "UPDATE leads_earningentry SET earned_before = earned_before + 1, earned_after = earned_after + 1"
            " WHERE kind = 'payable'"
        ),
    ),
    (
        {"earning_payable_before"},
        (
            "UPDATE leads_earningentry SET payable_before = payable_before + 1, payable_after = payable_after + 1"
            " WHERE kind = 'payable'"
        ),
    ),
    ({"influencer_entry_count"}, "UPDATE leads_influencerbalance SET entry_count = entry_count + 1"),
    ({"influencer_earned"}, "UPDATE leads_influencerbalance SET earned_amount = earned_amount + 0.01"),
    ({"influencer_payable"}, "UPDATE leads_influencerbalance SET payable_amount = payable_amount - 0.01"),
    (
        {"influencer_entry_count", "influencer_earned", "influencer_payable"},
        "DELETE FROM leads_influencerbalance",
    ),
    (
        {"lead_earned", "lead_payable"},
        (
            "UPDATE leads_earningentry SET lead_id = (SELECT id FROM leads WHERE status = 'pending')"
            " WHERE kind = 'earned' AND lead_id = (SELECT id FROM leads WHERE status = 'converted')"
        ),
    ),
    (
        {"lead_payable"},
        "UPDATE leads_earningentry SET lead_id = (SELECT id FROM leads WHERE status = 'pending') WHERE kind = 'payable'",
    ),
]
TABLES = ("company_deposits", "deposit_transactions", "leads", "lead_validation", "leads_earningentry")


def all_differences():
    return [
        *deposit_differences(using="owner"),
        *lead_differences(using="owner"),
        *earning_differences(using="owner"),
    ]


def test_right_books_have_no_differences(books):
    with as_owner():
        assert all_differences() == []


@pytest.mark.parametrize(("kinds", "change"), CHANGES)
def test_each_broken_invariant_is_found(books, kinds, change):
    personas, _made = books
    with as_owner(*TABLES) as cursor:
        cursor.execute(change.format(atlas=f"id = '{personas.deposit.pk}'"))
        assert cursor.rowcount != 0

        found = all_differences()

    assert {difference.kind for difference in found} == kinds


def test_a_difference_says_what_was_expected_and_found(books):
    personas, _made = books
    with as_owner(*TABLES) as cursor:
        cursor.execute("UPDATE company_deposits SET current_balance = 5000 WHERE id = %s", [personas.deposit.pk])

        (difference,) = all_differences()

    assert str(difference) == f"deposit_balance {personas.deposit.pk}: expected 5318.50, found 5000.00"


def test_a_lead_reserved_on_another_deposit_is_found(books):
    personas, made = books
    with as_owner(*TABLES) as cursor:
        cursor.execute("UPDATE leads SET deposit_id = %s WHERE id = %s", [personas.other_deposit.pk, made.pending.pk])

        found = all_differences()

    assert {(difference.kind, difference.object_id) for difference in found} == {
        ("lead_reservation", made.pending.pk),
        ("deposit_pending_leads", personas.deposit.pk),
        ("deposit_pending_leads", personas.other_deposit.pk),
    }
