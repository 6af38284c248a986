"""The page of an auto-recharge: set, shown, switched off, refused beside each field, closed to others."""

from decimal import Decimal

import pytest
from django.urls import reverse

from deposits.services import adjust_deposit
from leadsmarket.lib.actor import SYSTEM, acting_as
from payments.models import AutoRecharge, SavedCard
from payments.services import run_auto_recharge
from payments.tests.stripe_world import auto_recharge, saved_card


@pytest.fixture
def card(stripe, committed_personas) -> SavedCard:
    """A card on file; the deposit holds 7,000.00, its gauge is full."""
    return saved_card(stripe, committed_personas)


@pytest.fixture
def low(committed_personas, card) -> AutoRecharge:
    """An auto-recharge that is due."""
    auto_recharge(committed_personas, card, threshold_percentage=20)
    with acting_as(SYSTEM):
        adjust_deposit(deposit_id=committed_personas.deposit.pk, amount=Decimal("-6000.00"), reason="Test")
    return settings_now()


def settings_now() -> AutoRecharge:
    with acting_as(SYSTEM):
        return AutoRecharge.objects.select_related("card").get()


def page_of(personas) -> str:
    return reverse("payments:auto_recharge", args=[personas.deposit.pk])


def test_page_sets_shows_and_switches_off(stripe, committed_personas, card, owner_browser):
    url = page_of(committed_personas)
    shown = owner_browser.get(url)
    assert shown.status_code == 200
    assert "4242" in shown.content.decode()
    typed = {"threshold_percentage": "20", "amount": "2000,00", "monthly_limit": "6000", "card": str(card.pk)}

    refused = owner_browser.post(url, typed)
    assert refused.status_code == 422
    assert list(refused.context["form"].errors) == ["consent"]
    refused = owner_browser.post(url, typed | {"consent": "on", "monthly_limit": "1000", "amount": "1500"})
    assert list(refused.context["form"].errors) == ["monthly_limit"]
    refused = owner_browser.post(url, {"threshold_percentage": "200", "amount": "1", "card": "nonsense"})
    assert set(refused.context["form"].errors) == {"threshold_percentage", "amount", "monthly_limit", "card", "consent"}

    assert owner_browser.post(url, typed | {"consent": "on"}).status_code == 302
    auto = settings_now()
    assert (auto.enabled, auto.threshold_percentage, auto.monthly_limit) == (True, 20, Decimal("6000.00"))
    assert "without asking me again" in auto.consent_text
    assert auto.consented_by_id == committed_personas.owner.pk

    assert owner_browser.post(url, {"action": "disable"}).status_code == 302
    assert not settings_now().enabled


def test_page_of_a_member_only_shows(stripe, committed_personas, low, browser_of):
    browser = browser_of(committed_personas.member)
    url = page_of(committed_personas)

    assert "Only the owner" in browser.get(url).content.decode()
    assert browser.post(url, {"action": "disable"}).status_code == 302
    assert browser.post(url, {"consent": "on"}).status_code == 422
    remove = reverse("payments:remove_card", args=[committed_personas.deposit.pk, low.card.pk])
    assert browser.post(remove).status_code == 302
    auto = settings_now()
    assert auto.enabled
    assert auto.card.is_active


def test_page_of_another_merchant_is_not_found(stripe, committed_personas, low, browser_of):
    browser = browser_of(committed_personas.other_owner)

    assert browser.get(page_of(committed_personas)).status_code == 404
    assert browser.post(page_of(committed_personas), {"action": "disable"}).status_code == 404
    remove = reverse("payments:remove_card", args=[committed_personas.deposit.pk, low.card.pk])
    assert browser.post(remove).status_code == 404


def test_page_without_card_or_without_stripe_says_so(stripe, committed_personas, owner_browser, settings):
    url = page_of(committed_personas)
    assert "no card on file" in owner_browser.get(url).content.decode()
    settings.STRIPE_SECRET_KEY = ""
    assert "not available here" in owner_browser.get(url).content.decode()
    assert owner_browser.post(url, {"consent": "on"}).status_code == 422


def test_page_after_a_failure_leads_to_a_payment_of_the_same_amount(stripe, committed_personas, low, owner_browser):
    stripe.state.behaviour[low.card.payment_method_id] = "authentication_required"
    run_auto_recharge(committed_personas.deposit.pk)
    page = owner_browser.get(page_of(committed_personas))
    assert "The bank asks you to confirm" in page.content.decode()

    recharge = owner_browser.get(page.context["finish_path"])

    form = recharge.context["form"]
    assert (form["suggested_amount"].value(), form["payment_method"].value()) == ("2000.00", "stripe")


def test_owner_removes_the_card_on_the_page(stripe, committed_personas, low, owner_browser):
    remove = reverse("payments:remove_card", args=[committed_personas.deposit.pk, low.card.pk])

    assert owner_browser.post(remove).status_code == 302
    auto = settings_now()
    assert not auto.enabled
    assert not auto.card.is_active
