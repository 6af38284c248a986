"""Cards left at Stripe: kept after a payment that agreed to it, followed, removed."""

import pytest

from accounts.errors import OnlyTheOwner
from leadsmarket.lib.actor import SYSTEM, acting_as
from payments.errors import CardNotFound, GatewayUnavailable
from payments.models import AutoRecharge, SavedCard
from payments.services import finish_cards, keep_card, remove_card
from payments.tests.stripe_world import auto_recharge, deliver, saved_card, settled
from tests.fakes.stripe import Trouble

Status = SavedCard.Status


def cards() -> list[SavedCard]:
    with acting_as(SYSTEM):
        return list(SavedCard.objects.order_by("created_at"))


def test_card_is_kept_after_a_payment_that_agreed(stripe, committed_personas):
    card = saved_card(stripe, committed_personas)

    assert (card.status, card.brand, card.last4) == (Status.ACTIVE, "visa", "4242")
    assert (card.expiry_month, card.expiry_year) == (8, 2029)
    assert card.customer_id.startswith("cus_")
    assert card.merchant_id == committed_personas.merchant.pk


def test_card_is_not_kept_without_consent(stripe, committed_personas):
    settled(stripe, committed_personas)

    assert cards() == []
    assert finish_cards() == 0


def test_card_that_is_not_this_merchants_is_refused(stripe, committed_personas):
    payment = settled(stripe, committed_personas, save_card=True)
    intent = stripe.state.objects[payment.ledger_key.removeprefix("stripe:")]
    stripe.state.objects[intent["payment_method"]]["customer"] = "cus_somebody_else"

    [card] = cards()
    assert keep_card(card.pk).status == Status.REFUSED


def test_card_is_kept_later_when_stripe_does_not_answer(stripe, committed_personas):
    settled(stripe, committed_personas, save_card=True)
    stripe.make_trouble("GET /v1/payment_methods", *[Trouble.ERROR_500] * 3)

    assert finish_cards() == 0
    assert cards()[0].status == Status.WANTED
    assert finish_cards() == 1
    assert cards()[0].status == Status.ACTIVE
    assert finish_cards() == 0


def test_owner_removes_a_card_here_and_at_stripe(stripe, committed_personas):
    card = saved_card(stripe, committed_personas)
    auto_recharge(committed_personas, card)

    remove_card(actor=committed_personas.as_owner, card_id=card.pk)
    remove_card(actor=committed_personas.as_owner, card_id=card.pk)

    [card] = cards()
    assert (card.status, card.detached_at is not None) == (Status.REMOVED, True)
    assert stripe.state.objects[card.payment_method_id]["customer"] is None
    with acting_as(SYSTEM):
        assert not AutoRecharge.objects.get().enabled


def test_removed_card_is_forgotten_by_stripe_later_when_it_does_not_answer(stripe, committed_personas):
    card = saved_card(stripe, committed_personas)
    stripe.make_trouble("POST /v1/payment_methods", *[Trouble.ERROR_500] * 3)

    remove_card(actor=committed_personas.as_owner, card_id=card.pk)
    assert (cards()[0].status, cards()[0].detached_at) == (Status.REMOVED, None)

    assert finish_cards() == 1
    assert stripe.state.objects[card.payment_method_id]["customer"] is None


def test_only_the_owner_removes_and_only_their_own(stripe, committed_personas):
    card = saved_card(stripe, committed_personas)

    with pytest.raises(OnlyTheOwner):
        remove_card(actor=committed_personas.as_member, card_id=card.pk)
    with pytest.raises(CardNotFound):
        remove_card(actor=committed_personas.as_other_owner, card_id=card.pk)
    assert cards()[0].status == Status.ACTIVE


def test_renewed_card_is_refreshed_in_whichever_order_the_events_come(stripe, committed_personas):
    card = saved_card(stripe, committed_personas)
    method = stripe.state.objects[card.payment_method_id]
    old_news = stripe.event("payment_method.automatically_updated", method)
    method["card"] |= {"last4": "1881", "exp_year": 2031}
    news = stripe.event("payment_method.automatically_updated", method)

    assert deliver(stripe, news, old_news) == ["card refreshed", "card refreshed"]
    assert (cards()[0].last4, cards()[0].expiry_year) == ("1881", 2031)


def test_card_detached_at_stripe_is_forgotten_and_charges_stop(stripe, committed_personas):
    card = saved_card(stripe, committed_personas)
    auto_recharge(committed_personas, card)
    method = stripe.state.objects[card.payment_method_id] | {"customer": None}

    assert deliver(stripe, stripe.event("payment_method.detached", method)) == ["card removed"]
    assert cards()[0].status == Status.REMOVED
    with acting_as(SYSTEM):
        assert not AutoRecharge.objects.get().enabled
    assert finish_cards() == 0


def test_strangers_card_events_are_ignored(stripe, committed_personas):
    method = stripe.state.add_card(None)

    assert deliver(stripe, stripe.event("payment_method.detached", method)) == ["ignored: unknown card"]


def test_lost_answers_of_keep_card_change_nothing(stripe, committed_personas):
    settled(stripe, committed_personas, save_card=True)
    stripe.make_trouble("GET /v1/payment_intents", *[Trouble.RESET_BEFORE] * 3)

    with pytest.raises(GatewayUnavailable):
        keep_card(cards()[0].pk)
    assert cards()[0].status == Status.WANTED


def test_a_merchant_sees_only_its_own_cards(stripe, committed_personas):
    saved_card(stripe, committed_personas)

    with acting_as(committed_personas.as_member):
        assert SavedCard.objects.count() == 1
    for stranger in (committed_personas.as_other_owner, committed_personas.as_influencer):
        with acting_as(stranger):
            assert SavedCard.objects.count() == 0
