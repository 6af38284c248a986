"""Opening a deposit by paying: for all campaigns or for one."""

from decimal import Decimal

import pytest
from django.urls import reverse

from deposits.models import Deposit
from leads.services import create_campaign
from leadsmarket.lib.actor import SYSTEM, acting_as
from payments.models import Payment
from payments.tests.conftest import tell
from tests.personas import make_merchant

HTMX = {"HX-Request": "true"}
OPEN = "/payments/open/"


@pytest.fixture
def newcomer(committed_personas):
    """The owner of a merchant without any deposit, and a campaign of theirs."""
    with acting_as(SYSTEM):
        owner, merchant = make_merchant("neuf@exemple.ma", "Neuf SARL")
        campaign = create_campaign(merchant_id=merchant.pk, name="Piscines", service="Piscines")
    return owner, merchant, campaign


def payments() -> list[Payment]:
    with acting_as(SYSTEM):
        return list(Payment.objects.select_related("deposit").order_by("id"))


def test_general_deposit_opens_when_the_payment_arrives(newcomer, browser_of):
    owner, merchant, _campaign = newcomer
    browser = browser_of(owner)

    page = browser.get(OPEN).content.decode()
    assert "All campaigns" in page
    assert "Piscines" in page
    answer = browser.post(OPEN, {"campaign_id": "", "suggested_amount": "2000.00", "payment_method": "sandbox"})

    [payment] = payments()
    assert answer["Location"] == reverse("payments:sandbox", args=[payment.pk])
    assert (payment.purpose, payment.amount) == ("opening", Decimal("2000.00"))
    assert (payment.deposit.status, payment.deposit.campaign_id) == ("awaiting_payment", None)
    assert tell(payment) == "credited"
    with acting_as(SYSTEM):
        deposit = Deposit.objects.get(merchant=merchant)
    assert (deposit.status, deposit.current_balance) == ("active", Decimal("2000.00"))
    assert "Your deposit is open" in browser.get(reverse("payments:return", args=[payment.pk])).content.decode()


def test_link_of_a_campaign_chooses_it(newcomer, browser_of):
    owner, _merchant, campaign = newcomer
    browser = browser_of(owner)

    page = browser.get(OPEN, {"campaign": str(campaign.pk)}).content.decode()
    assert f'<option value="{campaign.pk}" selected' in page
    browser.post(OPEN, {"campaign_id": str(campaign.pk), "amount": "2500", "payment_method": "sandbox"})

    [payment] = payments()
    assert payment.deposit.campaign_id == campaign.pk


@pytest.mark.parametrize("amount", ["1999.99", "500", "", "abc"])
def test_less_than_two_thousand_is_refused_beside_the_amount(newcomer, browser_of, amount):
    browser = browser_of(newcomer[0])

    for headers in ({}, HTMX):
        answer = browser.post(OPEN, {"campaign_id": "", "amount": amount, "payment_method": "sandbox"}, headers=headers)
        assert answer.status_code == 422
        assert 'id="id_amount_error"' in answer.content.decode()
    assert payments() == []
    with acting_as(SYSTEM):
        assert not Deposit.objects.filter(merchant=newcomer[1]).exists()


def test_only_what_has_no_deposit_is_offered(committed_personas, owner_browser):
    page = owner_browser.get(OPEN).content.decode()

    assert "All campaigns" not in page, "the general deposit is open already"
    assert committed_personas.campaign.name in page
    refused = owner_browser.post(OPEN, {"campaign_id": "", "amount": "2000", "payment_method": "sandbox"})
    assert refused.status_code == 422
    assert 'id="id_campaign_id_error"' in refused.content.decode()
    assert payments() == []


def test_another_merchants_campaign_is_refused(committed_personas, owner_browser):
    foreign = str(committed_personas.other_campaign.pk)

    assert f'<option value="{foreign}"' not in owner_browser.get(OPEN, {"campaign": foreign}).content.decode()
    answer = owner_browser.post(OPEN, {"campaign_id": foreign, "amount": "2000", "payment_method": "sandbox"})

    assert answer.status_code == 422
    assert payments() == []


def test_second_attempt_uses_the_deposit_that_waits(newcomer, browser_of):
    browser = browser_of(newcomer[0])
    for amount in ("2000", "3000"):
        browser.post(OPEN, {"campaign_id": "", "amount": amount, "payment_method": "sandbox"})

    first, second = payments()
    assert first.deposit_id == second.deposit_id


def test_everything_open_leads_to_the_deposits(newcomer, browser_of):
    owner, _merchant, campaign = newcomer
    browser = browser_of(owner)
    for campaign_id in ("", str(campaign.pk)):
        browser.post(OPEN, {"campaign_id": campaign_id, "amount": "2000", "payment_method": "sandbox"})
    for payment in payments():
        tell(payment)

    page = browser.get(OPEN).content.decode()
    assert '<form method="post" action="/payments/open/"' not in page
    assert "Every campaign has its deposit" in page


def test_preview_says_with_what_it_opens(owner_browser):
    preview = reverse("payments:open_preview")
    assert "2,500.00" in owner_browser.get(preview, {"amount": "2500"}, headers=HTMX).content.decode()
    assert "Choose an amount" in owner_browser.get(preview, {"amount": "1500"}, headers=HTMX).content.decode()
    assert owner_browser.get(preview)["Location"] == OPEN


def test_empty_states_lead_here(newcomer, browser_of):
    browser = browser_of(newcomer[0])
    for page in (reverse("dashboard"), reverse("deposits:list")):
        assert f'href="{OPEN}"' in browser.get(page).content.decode()


def test_only_for_merchants(committed_personas, browser_of):
    assert browser_of(committed_personas.influencer_user).get(OPEN).status_code == 403
    assert browser_of(committed_personas.staff).post(OPEN, {"amount": "2000"}).status_code == 403
