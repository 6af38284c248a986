"""One payment, told once, twice or a hundred times: credited once, with one receipt."""

from decimal import Decimal

import pytest

from deposits.models import DepositTransaction
from leadsmarket.lib.actor import SYSTEM, acting_as
from payments.models import Payment, Receipt, ReviewItem
from payments.tests.conftest import tell


@pytest.fixture
def payment(sandbox_payment) -> Payment:
    return sandbox_payment


def test_paid_recharge_is_credited_with_its_receipt(committed_personas, payment):
    assert tell(payment) == "credited"

    with acting_as(committed_personas.as_owner):
        payment.refresh_from_db()
        committed_personas.deposit.refresh_from_db()
        receipt = Receipt.objects.get()
    assert payment.status == Payment.Status.SETTLED
    assert committed_personas.deposit.current_balance == Decimal("10000.00")
    assert receipt.amount == Decimal("5000.00")
    assert receipt.data["amount_in_words"] == "cinq mille dirhams"


def test_repeated_and_contrary_events_change_nothing(committed_personas, payment):
    assert [tell(payment), tell(payment), tell(payment, "fail"), tell(payment, "cancel")] == [
        "credited",
        "already credited",
        "nothing to change",
        "nothing to change",
    ]

    with acting_as(SYSTEM):
        recharges = DepositTransaction.objects.filter(kind="recharge")
        assert [row.amount for row in recharges] == [Decimal("5000.00")]
        assert Receipt.objects.count() == 1
        assert not ReviewItem.objects.exists()


@pytest.mark.parametrize(
    ("changes", "kind"),
    [
        ({"amount": "4999.99"}, "wrong_amount"),
        ({"currency": "EUR"}, "wrong_currency"),
        ({"reference": "RCHX"}, "unknown_payment"),
    ],
)
def test_what_does_not_fit_goes_to_staff_and_credits_nothing(committed_personas, payment, changes, kind):
    tell(payment, **changes)

    with acting_as(SYSTEM):
        payment.refresh_from_db()
        assert payment.status == Payment.Status.PENDING
        assert [item.kind for item in ReviewItem.objects.all()] == [kind]
        assert not Receipt.objects.exists()
