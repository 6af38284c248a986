"""A recharge by card over the CMI protocol, in a browser: our form, the bank's page on another site, and back."""

import re
from copy import deepcopy
from decimal import Decimal

import pytest
from playwright.sync_api import expect

from deposits.services import get_deposit
from leadsmarket.lib.actor import SYSTEM, acting_as
from payments.models import Payment
from tests.fakes.cmi import CLIENT_ID, STORE_KEY, FakeAcquirer
from tests.fakes.cmi_server import acquirer_server

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("browser")]


@pytest.fixture
def acquirer(settings, site):
    fake = FakeAcquirer()
    with acquirer_server(fake) as server:
        settings.SITE_URL = site
        settings.CMI_CLIENT_ID = CLIENT_ID
        settings.CMI_STORE_KEY = STORE_KEY
        settings.CMI_GATEWAY_URL = f"{server.url}/fim/est3Dgate"
        policy = deepcopy(settings.CONTENT_SECURITY_POLICY)
        policy["DIRECTIVES"]["form-action"] = ["'self'", server.url]
        settings.CONTENT_SECURITY_POLICY = policy
        yield fake


def pay_by_card(page, personas) -> None:
    page.goto(f"/payments/recharge/{personas.deposit.pk}/")
    page.locator("input[name=payment_method][value=cmi]").check(force=True)
    page.locator("input[name=suggested_amount][value='5000.00']").check(force=True)
    page.click("main form .form-actions button")
    page.wait_for_url("**/fim/est3Dgate")
    expect(page.locator("h1")).to_have_text("5000.00")


def balance(personas) -> Decimal:
    with acting_as(SYSTEM):
        return get_deposit(personas.deposit.pk).current_balance


def test_an_accepted_card_is_debited_and_credited(visit, acquirer, committed_personas):
    page = visit("atlas@exemple.ma")

    pay_by_card(page, committed_personas)
    page.click("button[value=accept]")

    page.wait_for_url(re.compile(r"/payments/[0-9a-f-]+/return/"))
    expect(page.locator("#payment-state")).to_contain_text(re.compile(r"10\s000,00"))
    assert len(acquirer.debited) == 1
    assert balance(committed_personas) == Decimal("10000.00")


def test_a_refused_card_leads_back_and_can_be_tried_again(visit, acquirer, committed_personas):
    page = visit("atlas@exemple.ma")

    pay_by_card(page, committed_personas)
    page.click("button[value=refuse]")
    page.wait_for_url(re.compile(r"/payments/[0-9a-f-]+/return/"))
    expect(page.locator("#payment-state .payment-mark-bad")).to_be_visible()
    assert (acquirer.debited, balance(committed_personas)) == ([], Decimal("5000.00"))

    pay_by_card(page, committed_personas)
    page.click("button[value=accept]")
    page.wait_for_url(re.compile(r"/payments/[0-9a-f-]+/return/"))
    expect(page.locator("#payment-state .payment-mark-good")).to_be_visible()
    assert balance(committed_personas) == Decimal("10000.00")


def test_without_javascript_a_button_leads_to_the_bank(visit, acquirer, committed_personas):
    page = visit("atlas@exemple.ma", javascript=False)
    page.goto(f"/payments/recharge/{committed_personas.deposit.pk}/")
    page.locator("input[name=payment_method][value=cmi]").check(force=True)
    page.click("main form .form-actions button")
    page.wait_for_url("**/pay/")

    page.click("main form[data-submit-once] button")

    page.wait_for_url("**/fim/est3Dgate")
    with acting_as(SYSTEM):
        payment = Payment.objects.get()
    assert list(acquirer.posted) == [payment.provider_id]
