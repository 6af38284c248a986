"""Cards and auto-recharges belong to one merchant, also for whoever speaks SQL as the web role."""

import pytest
from django.db import DatabaseError, transaction

from leadsmarket.lib.actor import NOBODY, SYSTEM, acting_as
from payments.models import AutoRecharge, Payment, SavedCard, StripeCustomer
from payments.tests.stripe_world import auto_recharge, saved_card

TABLES = (SavedCard, AutoRecharge)


@pytest.fixture
def kept(stripe, committed_personas) -> AutoRecharge:
    return auto_recharge(committed_personas, saved_card(stripe, committed_personas))


def test_only_the_merchants_own_people_read(kept, committed_personas):
    for actor in (committed_personas.as_owner, committed_personas.as_member, committed_personas.as_staff, SYSTEM):
        with acting_as(actor):
            assert [model.objects.count() for model in TABLES] == [1, 1]
    for actor in (committed_personas.as_other_owner, committed_personas.as_influencer, NOBODY):
        with acting_as(actor):
            assert [model.objects.count() for model in TABLES] == [0, 0]
    for actor in (committed_personas.as_owner, committed_personas.as_other_owner, committed_personas.as_influencer):
        with acting_as(actor):
            assert StripeCustomer.objects.count() == 0


def test_merchants_write_nothing_by_themselves(kept, committed_personas):
    with acting_as(committed_personas.as_owner):
        assert AutoRecharge.objects.update(threshold_percentage=1) == 0
        assert SavedCard.objects.update(last4="0000") == 0
    with pytest.raises(DatabaseError), acting_as(committed_personas.as_owner):
        StripeCustomer.objects.create(merchant=committed_personas.merchant, is_live=True, customer_id="cus_mine")


def test_nobody_deletes(kept):
    for model in (*TABLES, StripeCustomer):
        with pytest.raises(DatabaseError), acting_as(SYSTEM):
            model.objects.all()._raw_delete("default")


def test_a_card_is_charged_for_its_merchant_only_and_stays_the_same(kept, committed_personas):
    values = {"purpose": "auto_recharge", "method": "stripe", "amount": "500.00", "card_id": kept.card_id}
    with acting_as(SYSTEM):
        with pytest.raises(DatabaseError, match="not one merchant's"), transaction.atomic():
            Payment.objects.create(
                merchant=committed_personas.other_merchant, deposit=committed_personas.other_deposit, **values
            )
        payment = Payment.objects.create(
            merchant=committed_personas.merchant, deposit=committed_personas.deposit, **values
        )
        with pytest.raises(DatabaseError), transaction.atomic():
            Payment.objects.filter(pk=payment.pk).update(card=None)
        with pytest.raises(DatabaseError, match="not one merchant's"), transaction.atomic():
            SavedCard.objects.update(merchant=committed_personas.other_merchant)
