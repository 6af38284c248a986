"""The main job from the outside: an influencer submits, the merchant sees, validates, rejects."""

import re
from decimal import Decimal

import pytest
from playwright.sync_api import Page, expect

from leads.models import Lead
from leadsmarket.lib.actor import SYSTEM, acting_as

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("browser")]

# French amounts hold narrow and plain no-break spaces; a person sees a blank.
BLANK = "[\\s\u202f\u00a0]"


def money(text: str) -> re.Pattern[str]:
    """A pattern for an amount as a page shows it: `4 940,00 MAD`."""
    return re.compile(text.replace(" ", BLANK))


def fill_lead(page: Page, name: str, value: str, phone: str) -> None:
    page.fill("#id_estimated_value", value)
    page.fill("#id_customer_name", name)
    page.fill("#id_customer_email", f"{name.split()[0].lower()}@exemple.ma")
    page.fill("#id_customer_phone", phone)
    page.locator("input[name=source][value=instagram]").check(force=True)
    page.check("input[name=consent]")


def test_the_main_job(visit, committed_personas):
    influencer = visit("salma@exemple.ma", width=360, height=740)
    influencer.goto("/leads/new/")
    fill_lead(influencer, "Ahmed Bennani", "600", "06 12 34 56 78")
    preview = influencer.locator("#commission-preview")
    expect(preview).to_contain_text(money("60,00 MAD"))
    expect(preview).to_contain_text(money("18,00 MAD"))
    influencer.click("#new-lead form button[type=submit]:not([name])")
    expect(influencer.locator("body")).to_contain_text("Ahmed Bennani")

    merchant = visit("atlas@exemple.ma")
    merchant.goto("/dashboard/")
    gauge = merchant.locator("#gauge-card")
    expect(gauge).to_contain_text(money("4 940,00 MAD"))
    expect(gauge).to_contain_text(money("60,00 MAD"))
    row = merchant.locator("#pending-leads tbody tr", has_text="Ahmed Bennani")
    expect(row).to_contain_text(money("600,00 MAD"))
    row.locator("[id^=validate-]").click()
    dialog = merchant.locator("dialog[open]")
    dialog.locator("input[name=quality_score][value='8']").check(force=True)
    dialog.locator(".form-actions button").click()
    expect(merchant.locator("[data-toast]")).to_contain_text(money("4 940,00 MAD"))
    expect(merchant.locator("dialog[open]")).to_have_count(0)
    expect(merchant.locator("#pending-leads")).not_to_contain_text("Ahmed Bennani")
    expect(gauge.locator("dd").nth(2)).to_contain_text(money("4 940,00 MAD"))

    influencer.goto("/leads/new/")
    fill_lead(influencer, "Nadia Alami", "1500", "06 12 34 56 79")
    expect(preview).to_contain_text(money("80,00 MAD"))
    expect(preview).to_contain_text(money("24,00 MAD"))
    influencer.click("#new-lead form button[type=submit]:not([name])")
    expect(influencer.locator("body")).to_contain_text("Nadia Alami")

    merchant.goto("/leads/pending/")
    merchant.locator("#pending-leads tbody tr", has_text="Nadia Alami").locator("[id^=reject-]").click()
    dialog.locator("input[name=rejection_reason][value=unreachable]").check(force=True)
    dialog.locator(".form-actions button").click()
    expect(merchant.locator("[data-toast]")).to_contain_text(money("80,00 MAD"))
    expect(merchant.locator("#pending-leads")).not_to_contain_text("Nadia Alami")

    with acting_as(SYSTEM):
        committed_personas.deposit.refresh_from_db()
        assert committed_personas.deposit.current_balance == Decimal("4940.00")
        assert committed_personas.deposit.reserved_amount == Decimal("0.00")
        assert dict(Lead.objects.values_list("customer_name", "status")) == {
            "Ahmed Bennani": "validated",
            "Nadia Alami": "rejected",
        }


def test_the_main_job_without_javascript(visit, committed_personas):
    influencer = visit("salma@exemple.ma", javascript=False)
    influencer.goto("/leads/new/")
    influencer.fill("#id_estimated_value", "600")
    influencer.click("#new-lead form button[value=preview]")
    expect(influencer.locator("#commission-preview")).to_contain_text(money("18,00 MAD"))
    fill_lead(influencer, "Ahmed Bennani", "600", "06 12 34 56 78")
    influencer.click("#new-lead form button[type=submit]:not([name])")

    merchant = visit("atlas@exemple.ma", javascript=False)
    merchant.goto("/leads/pending/")
    merchant.locator("tr", has_text="Ahmed Bennani").locator("[id^=validate-]").click()
    merchant.locator("input[name=quality_score][value='8']").check(force=True)
    merchant.click("main form button[type=submit]")
    expect(merchant.locator("body")).to_contain_text(money("4 940,00 MAD"))

    with acting_as(SYSTEM):
        assert Lead.objects.get().status == Lead.Status.VALIDATED


def test_wrong_input_stays_with_its_error_beside_it(visit):
    influencer = visit("salma@exemple.ma", width=360, height=740)
    influencer.goto("/leads/new/")
    fill_lead(influencer, "Ahmed Bennani", "49,99", "12")
    influencer.click("#new-lead form button[type=submit]:not([name])")

    expect(influencer.locator("#id_estimated_value_error")).to_contain_text(money("50,00 MAD"))
    expect(influencer.locator("#id_customer_phone_error")).to_be_visible()
    expect(influencer.locator("#id_estimated_value")).to_have_value("49,99")
    expect(influencer.locator("#id_customer_phone")).to_have_value("12")
    with acting_as(SYSTEM):
        assert not Lead.objects.exists()


def test_a_lead_decided_in_another_tab_is_a_clear_conflict(visit, committed_personas):
    lead = committed_personas.submit("600.00")
    first, second = visit("atlas@exemple.ma"), visit("equipe@exemple.ma")
    for page in (first, second):
        page.goto("/leads/pending/")
        page.click(f"#validate-{lead.pk}, [id^=validate-]")
        page.locator("dialog[open] input[name=quality_score][value='8']").check(force=True)

    first.click("dialog[open] .form-actions button")
    expect(first.locator("[data-toast]")).to_have_count(1)
    second.click("dialog[open] .form-actions button")
    expect(second.locator("[data-toast]")).to_have_count(1)

    expect(second.locator("dialog[open]")).to_have_count(0)
    with acting_as(SYSTEM):
        committed_personas.deposit.refresh_from_db()
        assert committed_personas.deposit.current_balance == Decimal("4940.00")


def test_the_validate_dialog_by_keyboard(visit, committed_personas):
    committed_personas.submit("600.00")
    merchant = visit("atlas@exemple.ma")
    merchant.goto("/leads/pending/")
    merchant.locator("[id^=validate-]").first.focus()
    merchant.keyboard.press("Enter")
    expect(merchant.locator("dialog[open]")).to_be_visible()
    merchant.keyboard.press("Escape")
    expect(merchant.locator("dialog[open]")).to_have_count(0)

    merchant.keyboard.press("Enter")
    merchant.locator("dialog[open] input[name=quality_score][value='1']").focus()
    for _step in range(7):
        merchant.keyboard.press("ArrowRight")
    merchant.keyboard.press("Enter")

    expect(merchant.locator("[data-toast]")).to_have_count(1)
    with acting_as(SYSTEM):
        assert Lead.objects.get().quality_score == 8
