"""Recharging a deposit: product.md, "Deposit"."""

from decimal import Decimal

import pytest

from accounts.models import AuditEntry
from deposits.errors import AmountTooSmall, DepositNotActorsOwn, DepositNotFound, MovementRepeated
from deposits.models import Deposit, DepositTransaction
from deposits.services import adjust_deposit, recharge_deposit, suspend_deposit
from leadsmarket.lib.actor import SYSTEM, acting_as
from leadsmarket.lib.errors import InvalidInput
from leadsmarket.lib.identifiers import new_id
from payments.models import Payment


def recharge(personas, amount, **changes):
    with acting_as(personas.as_staff):
        return recharge_deposit(
            **{"deposit_id": personas.deposit.pk, "amount": Decimal(amount), "payment_reference": "VIR-R"} | changes
        )


def take(personas, amount):
    with acting_as(personas.as_staff):
        adjust_deposit(deposit_id=personas.deposit.pk, amount=-Decimal(amount), reason="Test")


def fresh(personas):
    with acting_as(SYSTEM):
        return Deposit.objects.get(pk=personas.deposit.pk)


def count_movements():
    with acting_as(SYSTEM):
        return DepositTransaction.objects.count()


def test_recharge_adds_to_the_balance_and_keeps_the_reservation(personas):
    personas.submit("600.00")

    movement = recharge(personas, "500.00")

    assert (movement.current_balance, movement.reserved_amount) == (Decimal("5500.00"), Decimal("60.00"))
    assert movement.available_balance == Decimal("5440.00")
    with acting_as(SYSTEM):
        row = personas.deposit.transactions.get(kind="recharge")
        entry = AuditEntry.objects.get(action="deposits.deposit.recharged")
    assert (row.sequence, row.amount, row.payment_reference) == (3, Decimal("500.00"), "VIR-R")
    assert (entry.object_id, entry.data["amount"]) == (personas.deposit.pk, "500.00")


def test_recharge_above_the_initial_amount_becomes_the_new_hundred_percent(personas):
    take(personas, "1000.00")

    recharge(personas, "1500.00")

    deposit = fresh(personas)
    assert (deposit.initial_amount, deposit.gauge_percentage) == (Decimal("5500.00"), Decimal("100.00"))


def test_recharge_below_the_initial_amount_leaves_the_hundred_percent(personas):
    take(personas, "4000.00")

    movement = recharge(personas, "1000.00")

    deposit = fresh(personas)
    assert (deposit.initial_amount, deposit.gauge_percentage) == (Decimal("5000.00"), Decimal("40.00"))
    assert (movement.level_before, movement.level_after) == ("warning", "attention")


@pytest.mark.parametrize("amount", ["499.99", "0.00", "-500.00"])
def test_less_than_the_minimum_is_refused(personas, amount):
    before = count_movements()

    with pytest.raises(AmountTooSmall):
        recharge(personas, amount)

    assert (count_movements(), fresh(personas).current_balance) == (before, Decimal("5000.00"))


@pytest.mark.parametrize("amount", ["500.001", "NaN", "1E+400"])
def test_amount_that_is_none_is_refused(personas, amount):
    with pytest.raises(InvalidInput):
        recharge(personas, amount)


def test_without_a_payment_a_reference_is_needed(personas):
    with pytest.raises(InvalidInput) as refused:
        recharge(personas, "500.00", payment_reference=" ")

    assert set(refused.value.fields) == {"payment_reference"}


def test_payment_is_credited_once(personas):
    with acting_as(personas.as_staff):
        payment_id = Payment.objects.create(
            merchant=personas.merchant,
            deposit=personas.deposit,
            purpose=Payment.Purpose.RECHARGE,
            method="stripe",
            amount=Decimal("500.00"),
        ).pk
    recharge(personas, "500.00", payment_id=payment_id, payment_method="stripe", payment_reference="")

    with pytest.raises(MovementRepeated):
        recharge(personas, "500.00", payment_id=payment_id, payment_method="stripe", payment_reference="")

    assert fresh(personas).current_balance == Decimal("5500.00")


def test_suspended_deposit_is_credited_and_stays_suspended(personas):
    with acting_as(personas.as_staff):
        suspend_deposit(deposit_id=personas.deposit.pk, reason="Test")

    recharge(personas, "500.00")

    assert (fresh(personas).status, fresh(personas).current_balance) == ("suspended", Decimal("5500.00"))


@pytest.mark.parametrize("actor", ["as_owner", "as_member", "as_influencer"])
def test_only_the_platform_credits(personas, actor):
    with pytest.raises((DepositNotActorsOwn, DepositNotFound)), acting_as(getattr(personas, actor)):
        recharge_deposit(deposit_id=personas.deposit.pk, amount=Decimal("500.00"), payment_reference="VIR-R")

    assert fresh(personas).current_balance == Decimal("5000.00")


def test_unknown_deposit(personas):
    with pytest.raises(DepositNotFound):
        recharge(personas, "500.00", deposit_id=new_id())
