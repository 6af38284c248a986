"""Cards and the state of the deposit: an opening, and a deposit that can take no money any more."""

from decimal import Decimal

import pytest
from django.db import connections

from deposits.models import Deposit
from leadsmarket.lib.actor import SYSTEM, Actor, acting_as
from payments.models import Payment, ReviewItem
from payments.services import start_opening, start_recharge
from tests.fakes.cmi import CLIENT_ID, STORE_KEY, FakeAcquirer
from tests.personas import make_merchant


@pytest.fixture
def acquirer(settings) -> FakeAcquirer:
    settings.CMI_CLIENT_ID = CLIENT_ID
    settings.CMI_STORE_KEY = STORE_KEY
    settings.CMI_GATEWAY_URL = "https://testpayment.cmi.example/fim/est3Dgate"
    return FakeAcquirer()


def test_a_card_opens_a_deposit(acquirer, committed_personas):
    with acting_as(SYSTEM):
        owner, merchant = make_merchant("souss@exemple.ma", "Souss")
    actor = Actor("merchant", owner.pk, merchant_id=merchant.pk)
    started = start_opening(actor=actor, amount=Decimal("2000.00"), method="cmi")

    answer = acquirer.call_back(acquirer.accepted(acquirer.open_page(started.form_fields)))

    with acting_as(SYSTEM):
        deposit = Deposit.objects.get(merchant=merchant)
    assert (answer, deposit.status, deposit.current_balance) == ("ACTION=POSTAUTH", "active", Decimal("2000.00"))


def test_a_card_is_not_debited_for_a_deposit_closed_meanwhile(acquirer, committed_personas):
    started = start_recharge(
        actor=committed_personas.as_owner,
        deposit_id=committed_personas.deposit.pk,
        amount=Decimal("5000.00"),
        method="cmi",
    )
    oid = acquirer.open_page(started.form_fields)
    with connections["owner"].cursor() as cursor:
        cursor.execute(
            "UPDATE company_deposits SET status = 'closed', current_balance = 0 WHERE id = %s",
            [committed_personas.deposit.pk],
        )

    assert acquirer.call_back(acquirer.accepted(oid)) == "FAILURE"

    with acting_as(SYSTEM):
        assert Payment.objects.get().status == "pending"
        assert [item.kind for item in ReviewItem.objects.all()] == ["not_credited"]
    assert acquirer.debited == []
