"""Two newcomers from sign-up to the first validated lead, through the pages alone."""

import re
from collections.abc import Iterator
from decimal import Decimal

import pytest
from django.core import mail
from playwright.sync_api import Page, expect

from accounts.models import Influencer, Merchant
from deposits.models import Deposit
from leads.models import InfluencerBalance, Lead
from leadsmarket.celery import app
from leadsmarket.lib.actor import SYSTEM, acting_as
from tests.browser.test_main_job import fill_lead, money

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("browser")]

NEW_PASSWORD = "tajine-aux-pruneaux-7"


@pytest.fixture(autouse=True)
def _queue_runs_at_once() -> Iterator[None]:
    """The worker's part happens in the request that asks for it: e-mails, events of the sandbox."""
    app.conf.task_always_eager = True
    yield
    app.conf.task_always_eager = False


def sign_up(page: Page, side: str, email: str, **fields: str) -> None:
    """Sign up and confirm the address by the link in the e-mail, in the same browser: that logs in."""
    page.goto("/accounts/signup/")
    page.click(f"a[href='/accounts/signup/{side}/']")
    for name, value in ({"email": email, "password1": NEW_PASSWORD} | fields).items():
        page.fill(f"#id_{name}", value)
    page.check("#id_terms")
    page.click("main form button[type=submit]")
    page.wait_for_url("**/confirm-email/")
    (message,) = (message for message in mail.outbox if message.to == [email])
    page.goto(re.search(r"https?://[^/\s]+(/accounts/confirm-email/\S+)", message.body).group(1))
    page.click("main form button[type=submit]")
    page.wait_for_url("**/dashboard/")


def open_deposit(page: Page) -> None:
    """Pay 2,000.00 by the sandbox, from the empty page of deposits."""
    page.goto("/deposits/")
    page.locator("main a[href='/payments/open/']").first.click()
    form = page.locator("form[action='/payments/open/']")
    form.locator("input[name=suggested_amount][value='2000.00']").check(force=True)
    form.locator("input[name=payment_method][value=sandbox]").check(force=True)
    form.locator(".form-actions button").click()
    page.wait_for_url("**/payments/sandbox/**")
    page.click("button[name=action][value=pay]")
    page.wait_for_url("**/return/")
    expect(page.locator("#payment-state")).to_contain_text(money("2 000,00 MAD"))


def create_campaign(page: Page, name: str) -> None:
    page.goto("/leads/campaigns/")
    page.locator("main a[href='/leads/campaigns/new/']").first.click()
    page.fill("#id_name", name)
    page.fill("#id_service", "Carrelage")
    page.fill("#id_description", "Pose de zellige, devis sous deux jours.")
    page.click("#campaign-form button[value=activate]")
    page.wait_for_url(re.compile(r"/leads/campaigns/[0-9a-f-]{36}/$"))


def test_two_newcomers_up_to_their_first_validated_lead(visit, committed_personas):
    merchant = visit()
    sign_up(merchant, "merchant", "atelier@exemple.ma", company_name="Atelier Zellige", phone="05 22 11 22 33")
    open_deposit(merchant)
    create_campaign(merchant, "Zellige de salon")

    influencer = visit(width=360, height=740)
    sign_up(influencer, "influencer", "mouna@exemple.ma", display_name="Mouna Déco", phone="06 61 11 22 33")
    influencer.goto("/leads/campaigns/")
    card = influencer.locator("#campaigns .card", has_text="Zellige de salon")
    card.locator("a[id^=apply-]").click()
    influencer.fill("dialog[open] #id_message", "Mes abonnées refont leur salon.")
    influencer.click("dialog[open] .form-actions button")
    expect(influencer.locator("dialog[open]")).to_have_count(0)

    merchant.goto("/leads/agreements/")
    expect(merchant.locator("main")).to_contain_text("Mes abonnées refont leur salon.")
    merchant.click("[id^=accept-]")
    merchant.click("dialog[open] .form-actions button")
    expect(merchant.locator("dialog[open]")).to_have_count(0)

    influencer.goto("/leads/new/")
    fill_lead(influencer, "Ahmed Bennani", "600", "06 12 34 56 78")
    expect(influencer.locator("#commission-preview")).to_contain_text(money("18,00 MAD"))
    influencer.click("#new-lead form button[type=submit]:not([name])")
    expect(influencer.locator("body")).to_contain_text("Ahmed Bennani")

    merchant.goto("/leads/pending/")
    merchant.locator("#pending-leads tbody tr", has_text="Ahmed Bennani").locator("[id^=validate-]").click()
    merchant.locator("dialog[open] input[name=quality_score][value='9']").check(force=True)
    merchant.click("dialog[open] .form-actions button")
    expect(merchant.locator("[data-toast]")).to_contain_text(money("1 940,00 MAD"))

    influencer.goto("/leads/earnings/")
    expect(influencer.locator("main")).to_contain_text(money("18,00 MAD"))
    with acting_as(SYSTEM):
        company = Merchant.objects.get(name="Atelier Zellige")
        deposit = Deposit.objects.get(merchant=company)
        assert (deposit.current_balance, deposit.reserved_amount) == (Decimal("1940.00"), Decimal("0.00"))
        assert Lead.objects.get(merchant=company).status == Lead.Status.VALIDATED
        newcomer = Influencer.objects.get(display_name="Mouna Déco")
        assert InfluencerBalance.objects.get(influencer=newcomer).earned_amount == Decimal("18.00")
