"""A payout from the outside: the influencer asks, staff approve and pay, the influencer has the statement."""

import re
from decimal import Decimal

import pytest
from playwright.sync_api import Page, expect

from leads.models import InfluencerBalance
from leadsmarket.lib.actor import SYSTEM, acting_as
from payments.models import Payout
from payments.services import render_due_statements
from tests.earning import earn_payable, make_leads_rich
from tests.personas import PASSWORD

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("browser")]

# French amounts hold narrow and plain no-break spaces; a person sees a blank.
BLANK = "[\\s\u202f\u00a0]"


def money(text: str) -> re.Pattern[str]:
    """A pattern for an amount as a page shows it: `4 940,00 MAD`."""
    return re.compile(text.replace(" ", BLANK))


@pytest.fixture(autouse=True)
def media(settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path


def type_password_again(page: Page) -> None:
    """Before a bank account is typed the page asks for the password, then leads to the form."""
    page.wait_for_url("**/accounts/reauthenticate/**")
    page.fill("input[name=password]", PASSWORD)
    page.click("main form button[type=submit]")
    page.wait_for_url("**/payments/payouts/request/")


def test_a_payout_from_request_to_statement(visit, committed_personas):
    make_leads_rich(committed_personas)
    earn_payable(committed_personas)
    influencer = visit("salma@exemple.ma", width=360, height=740)
    influencer.goto("/payments/payouts/")
    influencer.click("#payout-request")
    type_password_again(influencer)
    influencer.goto("/payments/payouts/")
    influencer.click("#payout-request")
    dialog = influencer.locator("dialog[open]")
    dialog.locator("[name=amount]").fill("250,50")
    dialog.locator("[name=holder_name]").fill("Salma Bennani")
    dialog.locator("[name=rib]").fill("011 519 0000012050005349 22")
    dialog.locator(".form-actions button").click()
    expect(dialog.locator("[name=rib]")).to_have_class(re.compile("is-invalid"))
    dialog.locator("[name=rib]").fill("011 519 0000012050005349 21")
    dialog.locator(".form-actions button").click()
    expect(influencer.locator("dialog[open]")).to_have_count(0)
    row = influencer.locator("#payouts tbody tr")
    expect(row).to_have_count(1)
    expect(row).to_contain_text(money("250,50 MAD"))
    expect(row).to_contain_text("011 519 •••• 21")
    expect(influencer.locator("#payouts .figures dd").nth(1)).to_contain_text(money("250,50 MAD"))

    staff = visit("staff@exemple.ma")
    staff.goto("/admin/payments/payout/?status__exact=requested")
    for action in ("approve", "mark_paid"):
        staff.locator("input.action-select").first.check()
        staff.locator("select[name=action]").select_option(action)
        with staff.expect_navigation():
            staff.evaluate("document.querySelector('#changelist-form').requestSubmit()")
        staff.goto("/admin/payments/payout/")

    with acting_as(SYSTEM):
        assert Payout.objects.get().status == "paid"
        balance = InfluencerBalance.objects.get(influencer=committed_personas.influencer)
    assert (balance.payable_amount, balance.paid_amount) == (Decimal("49.50"), Decimal("250.50"))
    render_due_statements()

    influencer.goto("/payments/payouts/")
    expect(influencer.locator("#payouts .figures dd").nth(2)).to_contain_text(money("250,50 MAD"))
    with influencer.expect_download() as download:
        row.locator(".cell-actions a").click()
    assert download.value.suggested_filename.startswith("RV-")
    assert download.value.path().read_bytes().startswith(b"%PDF-")


def test_a_payout_is_asked_for_without_javascript(visit, committed_personas):
    make_leads_rich(committed_personas)
    earn_payable(committed_personas)
    influencer = visit("salma@exemple.ma", javascript=False)
    influencer.goto("/payments/payouts/")
    influencer.click("#payout-request")
    type_password_again(influencer)
    influencer.fill("[name=amount]", "300")
    influencer.fill("[name=holder_name]", "Salma Bennani")
    influencer.fill("[name=rib]", "011519000001205000534921")
    influencer.click("main .form-actions button")
    expect(influencer.locator("#payouts tbody tr")).to_have_count(1)
    with acting_as(SYSTEM):
        assert Payout.objects.get().amount == Decimal("300.00")
