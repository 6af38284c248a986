"""The reconciliation finds payments that contradict their credit, receipt or reversals, and nothing in right books."""

import pytest

from leadsmarket.lib.actor import SYSTEM, acting_as
from payments.gateways.base import Notice, Said
from payments.models import Payment
from payments.reconciliation import payment_differences
from payments.services import apply_notice
from payments.tests.conftest import tell
from tests.raw_sql import as_owner

TABLES = (
    "payments_payment",
    "payments_receipt",
    "payments_paymentreversal",
    "payments_receivable",
    "payments_receivablesettlement",
    "deposit_transactions",
)
CHANGES = [
    # the kinds found, and what was done to one recharge of 5,000.00 of which 2,000.00 went back
    ({"payment_credited"}, "UPDATE deposit_transactions SET payment_id = NULL WHERE kind = 'recharge'"),
    (
        {"payment_credited", "payment_receipt"},
        "UPDATE payments_payment SET credited_amount = 5000.01 WHERE status = 'settled'",
    ),
    (
        {"payment_credited", "payment_receipt", "payment_reversed"},
        (
            "UPDATE payments_payment SET status = 'failed', settled_at = NULL, credited_amount = NULL, ledger_key = NULL,"
            " reversed_amount = 0 WHERE status = 'settled'"
        ),
    ),
    ({"payment_receipt"}, "UPDATE payments_receipt SET amount = 4999"),
    ({"payment_receipt"}, "DELETE FROM payments_receipt"),
    ({"receipt_serial"}, "UPDATE payments_receipt SET serial = 2"),
    ({"payment_reversed"}, "UPDATE payments_payment SET reversed_amount = 1 WHERE status = 'settled'"),
    ({"payment_reversed"}, "DELETE FROM payments_paymentreversal"),
]


@pytest.fixture
def refunded(committed_personas, sandbox_payment) -> Payment:
    """A settled recharge of 5,000.00 of which 2,000.00 went back."""
    tell(sandbox_payment)
    with acting_as(SYSTEM):
        sandbox_payment.refresh_from_db()
        apply_notice(
            method=sandbox_payment.method,
            notice=Notice(
                said=Said.REFUNDED,
                reference=sandbox_payment.reference,
                provider_id=sandbox_payment.provider_id,
                ledger_key="sandbox:refund",
                amount=sandbox_payment.amount - 3000,
                currency="MAD",
            ),
        )
    return sandbox_payment


def test_right_payments_have_no_differences(refunded):
    with as_owner():
        assert payment_differences(using="owner") == []


@pytest.mark.parametrize(("kinds", "change"), CHANGES)
def test_each_broken_invariant_is_found(refunded, kinds, change):
    with as_owner(*TABLES) as cursor:
        cursor.execute(change)
        assert cursor.rowcount == 1

        found = payment_differences(using="owner")

    assert {difference.kind for difference in found} == kinds
