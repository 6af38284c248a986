"""Opening a deposit: product.md, "Deposit"."""

from decimal import Decimal

import pytest

from accounts.models import AuditEntry
from deposits.errors import AmountTooSmall, CampaignOfAnotherMerchant, DepositAlreadyOpen, DepositNotActorsOwn
from deposits.models import Deposit, DepositTransaction
from deposits.services import open_deposit
from leads.services import create_campaign
from leadsmarket.lib.actor import SYSTEM, acting_as
from leadsmarket.lib.errors import InvalidInput
from tests.personas import make_merchant


@pytest.fixture
def merchant(personas):
    with acting_as(SYSTEM):
        _owner, merchant = make_merchant("souss@exemple.ma", "Souss")
    return merchant


def open_as_staff(personas, merchant, amount="2000.00", **changes):
    with acting_as(personas.as_staff):
        return open_deposit(
            **{"merchant_id": merchant.pk, "initial_amount": Decimal(amount), "payment_reference": "VIR-1"} | changes
        )


def count_rows():
    with acting_as(SYSTEM):
        return Deposit.objects.count(), DepositTransaction.objects.count(), AuditEntry.objects.count()


def test_opened_deposit_is_active_with_its_first_movement(personas, merchant):
    deposit = open_as_staff(personas, merchant, "5000.00", payment_reference="  VIR-1  ")

    assert (deposit.status, deposit.alert_level) == ("active", "healthy")
    amounts = (deposit.current_balance, deposit.reserved_amount, deposit.available_balance, deposit.initial_amount)
    assert amounts == (Decimal("5000.00"), Decimal("0.00"), Decimal("5000.00"), Decimal("5000.00"))
    with acting_as(personas.as_staff):
        movement = deposit.transactions.get()
        entry = AuditEntry.objects.get(object_id=deposit.pk)
    assert (movement.sequence, movement.kind, movement.amount) == (1, "initial", Decimal("5000.00"))
    assert (movement.balance_before, movement.balance_after) == (Decimal("0.00"), Decimal("5000.00"))
    assert (movement.payment_method, movement.payment_reference) == ("bank_transfer", "VIR-1")
    assert (movement.user_id, movement.merchant_id) == (personas.staff.pk, merchant.pk)
    assert (entry.action, entry.data["amount"]) == ("deposits.deposit.opened", "5000.00")


@pytest.mark.parametrize("amount", ["1999.99", "0.00", "-2000.00"])
def test_less_than_the_minimum_is_refused(personas, merchant, amount):
    before = count_rows()

    with pytest.raises(AmountTooSmall) as refused:
        open_as_staff(personas, merchant, amount)

    assert set(refused.value.fields) == {"initial_amount"}
    assert count_rows() == before


@pytest.mark.parametrize("amount", ["2000.001", "NaN", "Infinity", "1E+400", "10000000000.00"])
def test_amount_that_is_none_is_refused(personas, merchant, amount):
    before = count_rows()

    with pytest.raises(InvalidInput) as refused:
        open_as_staff(personas, merchant, amount)

    assert set(refused.value.fields) == {"initial_amount"}
    assert count_rows() == before


def test_exactly_the_minimum_is_enough(personas, merchant):
    assert open_as_staff(personas, merchant, "2000.00").current_balance == Decimal("2000.00")


@pytest.mark.parametrize("reference", ["", "   "])
def test_payment_must_be_named(personas, merchant, reference):
    with pytest.raises(InvalidInput) as refused:
        open_as_staff(personas, merchant, payment_reference=reference)

    assert set(refused.value.fields) == {"payment_reference"}


def test_one_open_deposit_per_merchant_and_campaign(personas):
    before = count_rows()

    with pytest.raises(DepositAlreadyOpen):
        open_as_staff(personas, personas.merchant)

    assert count_rows() == before


def test_campaign_has_a_deposit_beside_the_general_one(personas):
    deposit = open_as_staff(personas, personas.merchant, campaign_id=personas.campaign.pk)

    assert deposit.campaign_id == personas.campaign.pk
    with pytest.raises(DepositAlreadyOpen):
        open_as_staff(personas, personas.merchant, campaign_id=personas.campaign.pk)


def test_campaign_of_another_merchant_is_refused(personas):
    before = count_rows()

    with pytest.raises(CampaignOfAnotherMerchant):
        open_as_staff(personas, personas.merchant, campaign_id=personas.other_campaign.pk)

    assert count_rows() == before


@pytest.mark.parametrize("actor", ["as_owner", "as_other_owner", "as_influencer"])
def test_only_the_platform_opens_with_money(personas, actor):
    with acting_as(SYSTEM):
        campaign = create_campaign(merchant_id=personas.merchant.pk, name="Toiture", service="Toiture")
    before = count_rows()

    with pytest.raises(DepositNotActorsOwn), acting_as(getattr(personas, actor)):
        open_deposit(
            merchant_id=personas.merchant.pk,
            campaign_id=campaign.pk,
            initial_amount=Decimal("2000.00"),
            payment_reference="VIR-1",
        )

    assert count_rows() == before
