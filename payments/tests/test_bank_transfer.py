"""Bank transfers: staff says what arrived; one line of the bank's statement credits once."""

from datetime import timedelta
from decimal import Decimal
from functools import partial

import pytest
from django.db import connections
from django.utils import timezone

from accounts.models import AuditEntry
from deposits.errors import AmountTooSmall
from deposits.models import Deposit, DepositTransaction
from deposits.services import get_deposit
from leadsmarket.lib.actor import SYSTEM, Actor, acting_as
from leadsmarket.lib.errors import InvalidInput
from payments.errors import MethodNotAvailable, PaymentEnded, PaymentNotFound
from payments.gateways import available_gateways
from payments.models import Payment, Receipt
from payments.services import (
    cancel_payment,
    confirm_transfer,
    continue_payment,
    expire_transfer,
    poll_payments,
    reject_transfer,
    start_opening,
    start_recharge,
)
from tests.crowd import crowd
from tests.personas import make_merchant


@pytest.fixture(autouse=True)
def _account(settings):
    settings.BANK_TRANSFER_HOLDER = "Leadsmarket SARL"
    settings.BANK_TRANSFER_BANK = "Banque de l'Atlas"
    settings.BANK_TRANSFER_RIB = "011 780 0000123456789012 34"
    settings.BANK_TRANSFER_IBAN = "MA64 0117 8000 0012 3456 7890 1234"


@pytest.fixture
def start(committed_personas):
    return partial(
        start_recharge,
        actor=committed_personas.as_owner,
        deposit_id=committed_personas.deposit.pk,
        amount=Decimal("5000.00"),
        method="bank_transfer",
    )


@pytest.fixture
def payment(start) -> Payment:
    return start().payment


@pytest.fixture
def confirm(committed_personas):
    """Confirm as staff does; each argument can be replaced."""

    def run(payment: Payment, amount: str = "5000.00", reference: str = "VIR-77", days_ago: int = 1) -> Payment:
        with acting_as(committed_personas.as_staff):
            return confirm_transfer(
                payment_id=payment.pk,
                received_amount=Decimal(amount),
                bank_reference=reference,
                received_on=timezone.localdate() - timedelta(days=days_ago),
            )

    return run


def fresh(payment: Payment) -> Payment:
    with acting_as(SYSTEM):
        return Payment.objects.get(pk=payment.pk)


def balance(payment: Payment) -> Decimal:
    with acting_as(SYSTEM):
        return get_deposit(payment.deposit_id).current_balance


@pytest.mark.parametrize(
    ("name", "value"), [("BANK_TRANSFER_HOLDER", ""), ("BANK_TRANSFER_RIB BANK_TRANSFER_IBAN", "")]
)
def test_it_is_not_offered_without_an_account(settings, start, name, value):
    assert "bank_transfer" in [gateway.method for gateway in available_gateways()]
    for one in name.split():
        setattr(settings, one, value)

    assert "bank_transfer" not in [gateway.method for gateway in available_gateways()]
    with pytest.raises(MethodNotAvailable):
        start()


def test_a_transfer_waits_for_thirty_days_on_our_own_page(payment, committed_personas):
    days = (payment.expires_at - timezone.now()) / timedelta(days=1)
    again = continue_payment(actor=committed_personas.as_owner, payment_id=payment.pk)

    assert payment.status == "pending"
    assert payment.payment_url.endswith(f"/payments/{payment.pk}/transfer/")
    assert 29.9 < days <= 30
    assert again.payment_url == payment.payment_url


@pytest.mark.parametrize("arrived", ["5000.00", "4200.50", "7000.00", "12.34"])
def test_what_arrived_is_credited_and_receipted(payment, confirm, committed_personas, arrived):
    confirm(payment, arrived)

    paid = fresh(payment)
    assert (paid.status, paid.credited_amount, paid.ledger_key) == ("settled", Decimal(arrived), "transfer:VIR-77")
    assert balance(payment) == Decimal("5000.00") + Decimal(arrived)
    with acting_as(SYSTEM):
        assert Receipt.objects.get().amount == Decimal(arrived)
        entry = AuditEntry.objects.get(action="payments.transfer.confirmed")
        movement = DepositTransaction.objects.get(payment_id=payment.pk)
    assert entry.actor_user_id == committed_personas.staff.pk
    assert (entry.data["asked"], entry.data["received"]) == ("5000.00", arrived)
    assert (movement.payment_method, movement.payment_reference) == ("bank_transfer", payment.reference)


def test_a_settled_transfer_is_not_confirmed_again(payment, confirm):
    confirm(payment)

    with pytest.raises(PaymentEnded):
        confirm(payment, reference="VIR-78")
    assert balance(payment) == Decimal("10000.00")


@pytest.mark.parametrize("again", ["VIR-77", " vir-77 ", "VIR -77", "Vir-77\n"])
def test_one_line_of_the_statement_credits_once(start, confirm, again):
    first, second = start().payment, start().payment
    confirm(first)

    with pytest.raises(InvalidInput) as caught:
        confirm(second, reference=again)

    assert first.reference in str(caught.value.fields["bank_reference"])
    assert fresh(second).status == "pending"
    assert balance(first) == Decimal("10000.00")


@pytest.mark.parametrize("ended", ["cancelled", "expired", "failed"])
def test_money_for_an_ended_transfer_is_still_credited(payment, confirm, committed_personas, ended):
    if ended == "cancelled":
        cancel_payment(actor=committed_personas.as_owner, payment_id=payment.pk)
    with acting_as(committed_personas.as_staff):
        if ended == "expired":
            expire_transfer(payment_id=payment.pk)
        if ended == "failed":
            reject_transfer(payment_id=payment.pk, reason="Compte inconnu")
    assert fresh(payment).status == ended

    confirm(payment)

    assert fresh(payment).status == "settled"


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        ({"amount": "0"}, "received_amount"),
        ({"amount": "-1"}, "received_amount"),
        ({"amount": "99999999999.99"}, "received_amount"),
        ({"amount": "1.001"}, "received_amount"),
        ({"reference": "  "}, "bank_reference"),
        ({"reference": "9" * 81}, "bank_reference"),
        ({"days_ago": -1}, "received_on"),
    ],
)
def test_bad_input_is_refused_beside_its_field(payment, confirm, wrong, field):
    with pytest.raises(InvalidInput) as caught:
        confirm(payment, **wrong)

    assert field in caught.value.fields
    assert fresh(payment).status == "pending"


def test_too_little_for_an_opening_is_refused_with_the_reason(confirm, committed_personas):
    with acting_as(SYSTEM):
        owner, merchant = make_merchant("souss@exemple.ma", "Souss")
    actor = Actor("merchant", owner.pk, merchant_id=merchant.pk)
    payment = start_opening(actor=actor, amount=Decimal("2000.00"), method="bank_transfer").payment

    with pytest.raises(AmountTooSmall) as caught:
        confirm(payment, "1999.99")
    assert "000,00" in str(caught.value.fields["received_amount"])
    assert fresh(payment).status == "pending"

    confirm(payment, "2000.00")
    with acting_as(SYSTEM):
        deposit = Deposit.objects.get(pk=payment.deposit_id)
    assert (deposit.status, deposit.current_balance) == ("active", Decimal("2000.00"))


def test_other_payments_are_no_transfers(committed_personas, confirm):
    other = start_recharge(
        actor=committed_personas.as_owner,
        deposit_id=committed_personas.deposit.pk,
        amount=Decimal("5000.00"),
        method="sandbox",
    ).payment

    with pytest.raises(PaymentNotFound):
        confirm(other)
    with acting_as(SYSTEM), pytest.raises(PaymentNotFound):
        reject_transfer(payment_id=other.pk, reason="x")


def test_a_merchant_cannot_confirm(payment, committed_personas):
    """Row security leaves nothing to update: the row is seen but not theirs to lock and change."""
    with pytest.raises(PaymentNotFound), acting_as(committed_personas.as_owner):
        confirm_transfer(
            payment_id=payment.pk,
            received_amount=Decimal("5000.00"),
            bank_reference="V",
            received_on=timezone.localdate(),
        )
    assert fresh(payment).status == "pending"


def test_a_rejection_says_why_and_tells_the_merchant(payment, committed_personas):
    with acting_as(committed_personas.as_staff):
        with pytest.raises(InvalidInput):
            reject_transfer(payment_id=payment.pk, reason=" ")
        reject_transfer(payment_id=payment.pk, reason="Le compte émetteur n'est pas le vôtre")
        with pytest.raises(PaymentEnded):
            reject_transfer(payment_id=payment.pk, reason="Encore")

    ended = fresh(payment)
    assert (ended.status, ended.failure_code) == ("failed", "rejected")
    assert "émetteur" in ended.failure_message


def test_the_job_ends_transfers_after_their_time(payment):
    poll_payments()
    assert fresh(payment).status == "pending"
    with acting_as(SYSTEM):
        Payment.objects.filter(pk=payment.pk).update(expires_at=timezone.now() - timedelta(days=1))

    poll_payments()

    assert fresh(payment).status == "expired"


def test_two_people_confirm_at_once(start, confirm):
    first, second = start().payment, start().payment
    with crowd(6) as threads:
        outcomes = threads.at_once(
            *[partial(confirm, first, reference="ONE")] * 3, *[partial(confirm, second, reference="ONE")] * 3
        )

    assert sum(isinstance(outcome, Payment) for outcome in outcomes) == 1
    assert all(isinstance(outcome, Payment | PaymentEnded | InvalidInput) for outcome in outcomes)
    assert balance(first) == Decimal("10000.00")
    connections.close_all()
