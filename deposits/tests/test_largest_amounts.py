"""Amounts that no column can hold are refused in words, not by a server error."""

from decimal import Decimal

import pytest

from deposits.errors import AmountTooLarge
from deposits.models import Deposit, DepositTransaction
from deposits.services import adjust_deposit, open_deposit, recharge_deposit
from leadsmarket.lib.actor import acting_as
from leadsmarket.lib.errors import InvalidInput
from leadsmarket.lib.money import LARGEST_AMOUNT
from tests.personas import make_merchant


def test_a_balance_beyond_the_largest_amount_is_refused_and_nothing_changes(personas):
    deposit_id = personas.deposit.pk
    with acting_as(personas.as_staff):
        movements = DepositTransaction.objects.count()
        with pytest.raises(AmountTooLarge) as caught:
            recharge_deposit(deposit_id=deposit_id, amount=LARGEST_AMOUNT, payment_reference="VIR")
        with pytest.raises(AmountTooLarge):
            adjust_deposit(deposit_id=deposit_id, amount=LARGEST_AMOUNT, reason="Test")

        assert caught.value.status == 400
        assert Deposit.objects.get(pk=deposit_id).current_balance == Decimal("5000.00")
        assert DepositTransaction.objects.count() == movements


@pytest.mark.parametrize("amount", ["NaN", "Infinity", "1e400", "10000000000.00", "500.001", "-500"])
def test_what_is_no_amount_is_refused_before_it_reaches_the_database(personas, amount):
    amount = Decimal(amount)
    with acting_as(personas.as_staff):
        _user, merchant = make_merchant("neuf@exemple.ma", "Neuf")
        with pytest.raises(InvalidInput):
            open_deposit(merchant_id=merchant.pk, initial_amount=amount, payment_reference="VIR")
        with pytest.raises(InvalidInput):
            recharge_deposit(deposit_id=personas.deposit.pk, amount=amount, payment_reference="VIR")
        assert not Deposit.objects.filter(merchant=merchant).exists()
