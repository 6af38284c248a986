"""The recharge dialog and page: amounts, methods, the new balance, and where the payer is sent."""

import re
from decimal import Decimal

import pytest
from django.db import connections
from django.test import Client
from django.urls import reverse

from deposits.services import adjust_deposit, request_deposit, suspend_deposit
from leadsmarket.lib.actor import SYSTEM, acting_as
from payments.models import Payment, PaymentReversal, Receivable
from payments.tests.conftest import tell

HTMX = {"HX-Request": "true"}


@pytest.fixture
def address(committed_personas) -> str:
    return reverse("payments:recharge", args=[committed_personas.deposit.pk])


def payments() -> list[Payment]:
    with acting_as(SYSTEM):
        return list(Payment.objects.order_by("id"))


def error_beside(html: str, field: str) -> str:
    """The error text that stands beside a field, empty where there is none; with plain blanks in amounts."""
    marker = f'id="id_{field}_error"'
    text = html.split(marker)[1].split("</div>")[0] if marker in html else ""
    return re.sub(r"MAD\s*", "MAD ", text)


def test_page_offers_amounts_methods_and_the_new_balance(owner_browser, address):
    html = owner_browser.get(address).content.decode()

    for amount in ("2,000.00", "5,000.00", "10,000.00"):
        assert amount in html
    assert 'value="sandbox"' in html
    assert "no real money moves" in html
    assert html.count('name="payment_method"') == 1, "only gateways that are configured are offered"
    assert html.split("balance-new")[1].split("</strong>")[0].count("10,000.00") == 1


def test_htmx_gets_the_dialog(owner_browser, address):
    answer = owner_browser.get(address, headers=HTMX)

    assert answer.content.decode().strip().startswith("<dialog")
    assert "HX-Request" in answer["Vary"]


@pytest.mark.parametrize(
    ("typed", "amount"),
    [
        ({"suggested_amount": "2000.00"}, "2000.00"),
        ({"suggested_amount": "10000.00", "amount": ""}, "10000.00"),
        ({"amount": "500"}, "500.00"),
        ({"amount": "1 234,50", "suggested_amount": "2000.00"}, "1234.50"),
        ({"amount": "٧٥٠"}, "750.00"),
        ({"amount": "500000"}, "500000.00"),
    ],
)
def test_start_writes_the_payment_and_leads_to_its_page(committed_personas, owner_browser, address, typed, amount):
    answer = owner_browser.post(address, {"payment_method": "sandbox", **typed})

    [payment] = payments()
    assert payment.amount == Decimal(amount)
    assert (payment.status, payment.purpose, payment.method) == ("pending", "recharge", "sandbox")
    assert payment.deposit_id == committed_personas.deposit.pk
    assert payment.user_id == committed_personas.owner.pk
    assert answer["Location"] == reverse("payments:sandbox", args=[payment.pk])


def test_start_by_htmx_redirects_the_whole_page(owner_browser, address):
    answer = owner_browser.post(address, {"payment_method": "sandbox", "amount": "500"}, headers=HTMX)

    [payment] = payments()
    assert answer["HX-Redirect"] == reverse("payments:sandbox", args=[payment.pk])


@pytest.mark.parametrize(
    ("amount", "error"),
    [
        ("499.99", "at least MAD 500.00"),
        ("0", "at least MAD 500.00"),
        ("-500", "at least MAD 500.00"),
        ("500000.01", "at most MAD 500,000.00"),
        ("1e9", "Enter an amount"),
        ("500.005", "two decimals"),
        ("cinq cents", "Enter an amount"),
        ("", "Choose an amount or type one"),
    ],
)
def test_wrong_amount_has_its_error_beside_it_and_stays(owner_browser, address, amount, error):
    for headers in ({}, HTMX):
        answer = owner_browser.post(address, {"payment_method": "sandbox", "amount": amount}, headers=headers)

        html = answer.content.decode()
        assert answer.status_code == 422
        assert error in error_beside(html, "amount")
        if amount:
            assert f'value="{amount}"' in html
    assert payments() == []


@pytest.mark.parametrize("method", ["", "stripe", "cmi", "nonsense"])
def test_method_that_is_not_offered_is_refused_beside_the_methods(owner_browser, address, method):
    answer = owner_browser.post(address, {"payment_method": method, "amount": "700"})

    assert answer.status_code == 422
    assert error_beside(answer.content.decode(), "payment_method")
    assert 'value="700"' in answer.content.decode()
    assert payments() == []


def test_maximum_is_a_setting(owner_browser, address, settings):
    settings.PAYMENT_MAXIMUM_AMOUNT = Decimal("4000.00")

    html = owner_browser.post(address, {"payment_method": "sandbox", "amount": "4000.01"}).content.decode()

    assert "at most MAD 4,000.00" in error_beside(html, "amount")
    assert 'value="5000.00"' not in html, "a suggestion above the maximum is not offered"


def test_preview_by_htmx_and_by_the_button_without_javascript(owner_browser, address, committed_personas):
    preview = reverse("payments:recharge_preview", args=[committed_personas.deposit.pk])

    assert "6,234.50" in owner_browser.get(preview, {"amount": "1234,50"}, headers=HTMX).content.decode()
    assert "Choose an amount" in owner_browser.get(preview, {"amount": "12"}, headers=HTMX).content.decode()
    assert owner_browser.get(preview)["Location"] == reverse("payments:recharge", args=[committed_personas.deposit.pk])

    page = owner_browser.post(address, {"payment_method": "sandbox", "amount": "1234,50", "action": "preview"})
    assert page.status_code == 200
    assert "6,234.50" in page.content.decode()
    assert 'value="1234,50"' in page.content.decode()
    assert payments() == []


def test_what_is_owed_comes_off_the_new_balance(committed_personas, owner_browser, address, sandbox_payment):
    with acting_as(SYSTEM):
        reversal = PaymentReversal.objects.create(
            payment=sandbox_payment, kind="refund", ledger_key="x", amount=Decimal("300")
        )
        Receivable.objects.create(
            merchant=committed_personas.merchant,
            deposit=committed_personas.deposit,
            reversal=reversal,
            amount=Decimal("300.00"),
        )
        adjust_deposit(deposit_id=committed_personas.deposit.pk, amount=Decimal("-5000"), reason="Remboursement")
        suspend_deposit(deposit_id=committed_personas.deposit.pk, reason="Doit 300")

    html = owner_browser.get(address).content.decode()

    assert "Continue to payment" in html, "a deposit suspended for a debt can be recharged to pay it"
    assert "4,700.00" in html.split("balance-new")[1]


def test_suspended_deposit_says_why_and_starts_nothing(committed_personas, owner_browser, address):
    with acting_as(SYSTEM):
        suspend_deposit(deposit_id=committed_personas.deposit.pk, reason="Contrôle")

    for headers in ({}, HTMX):
        html = owner_browser.get(address, headers=headers).content.decode()
        assert "suspended by Leadsmarket" in html
        assert "Continue to payment" not in html
    answer = owner_browser.post(address, {"payment_method": "sandbox", "amount": "700"})
    assert "suspended by Leadsmarket" in answer.content.decode()
    assert payments() == []


def test_closed_deposit_leads_to_a_new_one(committed_personas, owner_browser, address):
    with acting_as(SYSTEM):
        adjust_deposit(deposit_id=committed_personas.deposit.pk, amount=Decimal("-5000"), reason="Clôture")
    with connections["owner"].cursor() as cursor:
        cursor.execute("UPDATE company_deposits SET status = 'closed' WHERE id = %s", [committed_personas.deposit.pk])

    html = owner_browser.get(address).content.decode()

    assert "closed and can't be recharged" in html
    assert reverse("payments:open") in html
    owner_browser.post(address, {"payment_method": "sandbox", "amount": "700"})
    assert payments() == []


def test_deposit_that_waits_is_opened_from_two_thousand(committed_personas, owner_browser):
    with acting_as(committed_personas.as_owner):
        waiting = request_deposit(
            merchant_id=committed_personas.merchant.pk,
            campaign_id=committed_personas.campaign.pk,
            initial_amount=Decimal("3000.00"),
        )
    address = reverse("payments:recharge", args=[waiting.pk])

    html = owner_browser.get(address).content.decode()
    assert "Pay the deposit" in html
    assert 'value="3000.00"' in html
    refused = owner_browser.post(address, {"payment_method": "sandbox", "amount": "1999.99"})
    assert "at least MAD 2,000.00" in error_beside(refused.content.decode(), "amount")
    owner_browser.post(address, {"payment_method": "sandbox", "amount": "2000"})

    [payment] = payments()
    assert (payment.purpose, payment.amount) == ("opening", Decimal("2000.00"))


def test_others_get_nothing(committed_personas, browser_of, address):
    preview = reverse("payments:recharge_preview", args=[committed_personas.deposit.pk])
    stranger = browser_of(committed_personas.other_owner)
    assert stranger.get(address).status_code == 404
    assert stranger.post(address, {"payment_method": "sandbox", "amount": "700"}).status_code == 404
    assert stranger.get(preview, headers=HTMX).status_code == 404
    assert browser_of(committed_personas.influencer_user).get(address).status_code == 403
    assert Client().get(address)["Location"].startswith(reverse("account_login"))
    assert Client().post(address, {"amount": "700"}).status_code == 302
    assert payments() == []


def test_pages_of_deposits_lead_to_the_recharge(committed_personas, owner_browser, address):
    for page in (
        reverse("dashboard"),
        reverse("deposits:list"),
        reverse("deposits:detail", args=[committed_personas.deposit.pk]),
    ):
        assert f'hx-get="{address}"' in owner_browser.get(page).content.decode()


@pytest.mark.parametrize(
    ("query", "chosen"),
    [
        ("?amount=700.50&payment_method=sandbox", 'value="700.50"'),
        ("?amount=10000.00", 'value="10000.00"'),
        ("?amount=1e9&payment_method=stripe", 'value="5000.00"'),
        ("?amount=<script>&payment_method=<script>", 'value="5000.00"'),
    ],
)
def test_link_to_try_again_brings_amount_and_method(owner_browser, address, query, chosen):
    html = owner_browser.get(address + query).content.decode()

    inputs = [tag.split(">")[0] for tag in html.split("<input")]
    assert all("checked" in tag for tag in inputs if 'name="payment_method"' in tag)
    amount = next(tag for tag in inputs if chosen in tag)
    assert 'name="amount"' in amount or "checked" in amount


def test_failed_payment_is_tried_again_with_its_amount(owner_browser, sandbox_payment, address):
    tell(sandbox_payment, "fail")

    html = owner_browser.get(reverse("payments:return", args=[sandbox_payment.pk])).content.decode()

    assert f'href="{address}?amount=5000.00&amp;payment_method=sandbox"' in html
