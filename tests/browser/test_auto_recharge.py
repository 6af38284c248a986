"""An owner sets the auto-recharge up, is refused beside the fields, removes the card: on a phone too, without JavaScript."""

from decimal import Decimal

import pytest
from playwright.sync_api import expect

from accounts.models import User
from deposits.services import adjust_deposit
from leadsmarket.lib.actor import SYSTEM, acting_as
from payments.models import AutoRecharge
from payments.services import run_auto_recharge
from payments.tests.stripe_world import auto_recharge, saved_card
from tests.fakes.stripe import FakeStripe, fake_stripe

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("browser")]


@pytest.fixture
def stripe(settings):
    with fake_stripe(settings) as fake:
        yield fake


@pytest.mark.parametrize(("width", "javascript"), [(1280, True), (360, False)])
def test_owner_switches_on_and_off_and_removes_the_card(
    visit, stripe: FakeStripe, committed_personas, width: int, javascript: bool
):
    saved_card(stripe, committed_personas)
    page = visit(committed_personas.owner.email, width=width, javascript=javascript)
    page.goto(f"/deposits/{committed_personas.deposit.pk}/")
    page.click("a[href*='/payments/auto-recharge/']")

    page.fill("input[name=amount]", "2000")
    page.fill("input[name=monthly_limit]", "1500")
    page.click("#auto-terms button")
    expect(page.locator("#id_consent_error, .invalid-feedback").first).to_be_visible()
    assert page.evaluate("document.documentElement.scrollWidth") <= width if javascript else True

    page.fill("input[name=monthly_limit]", "6000")
    page.check("input[name=consent]")
    page.click("#auto-terms button")
    expect(page.locator("#auto-off button")).to_be_visible()
    with acting_as(SYSTEM):
        assert AutoRecharge.objects.get().enabled

    page.click("#auto-off button")
    expect(page.locator("#auto-off button")).to_have_count(0)
    page.click("form[action$='/remove/'] button")
    expect(page.locator("#keep-card")).to_be_visible()


def test_page_after_the_bank_asked_for_the_owner(visit, stripe: FakeStripe, committed_personas):
    card = saved_card(stripe, committed_personas)
    auto_recharge(committed_personas, card, threshold_percentage=20)
    with acting_as(SYSTEM):
        adjust_deposit(deposit_id=committed_personas.deposit.pk, amount=Decimal("-6000.00"), reason="Test")
    stripe.state.behaviour[card.payment_method_id] = "authentication_required"
    run_auto_recharge(committed_personas.deposit.pk)

    with acting_as(SYSTEM):
        User.objects.filter(pk=committed_personas.owner.pk).update(language="ar")
    page = visit(committed_personas.owner.email, language="ar", width=360)
    page.goto(f"/payments/auto-recharge/{committed_personas.deposit.pk}/")
    assert page.evaluate("document.documentElement.scrollWidth") <= 360
    page.click(".alert a")

    expect(page.locator("input[name=suggested_amount][value='2000.00']")).to_be_checked()
    expect(page.locator("input[name=payment_method][value=stripe]")).to_be_checked()
