"""A recharge from the outside: from the dialog over the bank's page to the new balance and the receipt."""

import re
from collections.abc import Iterator
from decimal import Decimal
from threading import Event, Thread

import pytest
from django.db import connections
from playwright.sync_api import Page, expect

from leadsmarket.jobs import JOBS
from leadsmarket.lib.actor import SYSTEM, acting_as
from payments.models import Payment, Receipt
from tests.browser.conftest import wait_until_settled

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("browser")]

BLANK = "[\\s\u202f\u00a0]"


def money(text: str) -> re.Pattern[str]:
    """A pattern for an amount as a page shows it: `4 940,00 MAD`."""
    return re.compile(text.replace(" ", BLANK))


@pytest.fixture
def worker(site: str) -> Iterator[None]:
    """Does every half second what the worker and the every-minute job do."""
    stop = Event()

    def work() -> None:
        while not stop.wait(0.5):
            JOBS["deliver"].run()
        connections.close_all()

    thread = Thread(target=work, daemon=True)
    thread.start()
    yield
    stop.set()
    thread.join(timeout=20)


def balance() -> Decimal:
    with acting_as(SYSTEM):
        return Payment.objects.select_related("deposit").latest("created_at").deposit.current_balance


def open_dialog(page: Page, personas) -> None:
    page.goto(f"/deposits/{personas.deposit.pk}/")
    page.click(f"#recharge-card-{personas.deposit.pk}")
    wait_for_dialog(page)


def wait_for_dialog(page: Page) -> None:
    """Until the dialog is open and htmx has taken up what is in it."""
    expect(page.locator("dialog[open]")).to_be_visible()
    expect(page.locator("#dialog")).not_to_have_class(re.compile("htmx-"))


def choose_on_the_bank_page(page: Page, action: str) -> None:
    page.wait_for_url("**/payments/sandbox/**")
    page.click(f"button[name=action][value={action}]")


def test_recharge_of_five_thousand_up_to_the_receipt(visit, worker, committed_personas, settings):
    page = visit("atlas@exemple.ma")
    open_dialog(page, committed_personas)
    dialog = page.locator("dialog[open]")
    preview = dialog.locator("#balance-preview")
    expect(preview).to_contain_text(money("10 000,00 MAD"))
    dialog.locator("#id_amount").fill("499")
    expect(preview).not_to_contain_text("MAD")
    expect(dialog.locator("input[name=suggested_amount]:checked")).to_have_count(0)
    dialog.locator(".form-actions button").click()
    expect(dialog.locator("#id_amount_error")).to_contain_text(money("500,00 MAD"))
    expect(dialog.locator("#id_amount")).to_have_value("499")
    wait_until_settled(page)
    dialog.locator("input[name=suggested_amount][value='2000.00']").check(force=True)
    expect(preview).to_contain_text(money("7 000,00 MAD"))
    expect(dialog.locator("#id_amount")).to_have_value("")
    dialog.locator("input[name=suggested_amount][value='5000.00']").check(force=True)
    expect(preview).to_contain_text(money("10 000,00 MAD"))
    dialog.locator(".form-actions button").click()

    page.wait_for_url("**/payments/sandbox/**")
    expect(page.locator(".bank-amount")).to_contain_text(money("5 000,00 MAD"))
    choose_on_the_bank_page(page, "pay")

    page.wait_for_url(f"**/deposits/{committed_personas.deposit.pk}/")
    expect(page.locator("[data-toast]")).to_contain_text(money("10 000,00 MAD"))
    expect(page.locator("#gauge-card")).to_contain_text(money("10 000,00 MAD"))
    expect(page.locator("#gauge-card")).to_contain_text(money(r"\+5 000,00 MAD"))
    assert balance() == Decimal("10000.00")

    page.goto("/payments/")
    with acting_as(SYSTEM):
        receipt = Receipt.objects.get()
    link = page.locator("#payments tbody a", has_text=receipt.number)
    expect(link).to_be_visible()
    if not receipt.file:
        wait_for_file(page, receipt)
    with page.expect_download() as download:
        link.click()
    assert download.value.suggested_filename == f"{receipt.number}.pdf"
    with open(download.value.path(), "rb") as file:
        assert file.read(5) == b"%PDF-"


def wait_for_file(page: Page, receipt: Receipt) -> None:
    """Until the worker has made the PDF."""
    for _attempt in range(40):
        with acting_as(SYSTEM):
            receipt.refresh_from_db()
        if receipt.file:
            return
        page.wait_for_timeout(250)
    raise AssertionError("no PDF was made")


@pytest.mark.parametrize(("action", "status"), [("fail", "failed"), ("cancel", "cancelled")])
def test_failed_and_cancelled_payment_credits_nothing_and_can_be_tried_again(
    visit, worker, committed_personas, action, status
):
    page = visit("atlas@exemple.ma", width=360, height=740)
    open_dialog(page, committed_personas)
    page.locator("dialog[open] .form-actions button").click()
    choose_on_the_bank_page(page, action)

    page.wait_for_url("**/return/")
    again = page.locator(f"#payment-state a[href^='/payments/recharge/{committed_personas.deposit.pk}/']")
    expect(again).to_be_visible()
    with acting_as(SYSTEM):
        assert Payment.objects.get().status == status
    assert balance() == Decimal("5000.00")
    again.click()
    expect(page.locator("main form input[name=amount]")).to_be_visible()
    assert page.evaluate("document.documentElement.scrollWidth") <= 360


def test_recharge_without_javascript(visit, worker, committed_personas):
    page = visit("atlas@exemple.ma", javascript=False)
    page.goto(f"/deposits/{committed_personas.deposit.pk}/")
    page.click(f"#recharge-card-{committed_personas.deposit.pk}")
    page.fill("#id_amount", "1234,50")
    page.click("main form button[value=preview]")
    expect(page.locator("#balance-preview")).to_contain_text(money("6 234,50 MAD"))
    page.click("main form .form-actions button")
    choose_on_the_bank_page(page, "pay")

    page.wait_for_url("**/return/**")
    # The page renews itself without JavaScript too.
    expect(page.locator("#payment-state")).to_contain_text(money("6 234,50 MAD"), timeout=15_000)
    assert balance() == Decimal("6234.50")


def test_by_keyboard_alone(visit, worker, committed_personas):
    page = visit("atlas@exemple.ma")
    page.goto(f"/deposits/{committed_personas.deposit.pk}/")
    page.focus(f"#recharge-card-{committed_personas.deposit.pk}")
    page.keyboard.press("Enter")
    wait_for_dialog(page)
    expect(page.locator("dialog[open] input[name=suggested_amount]:checked")).to_be_focused()
    page.keyboard.press("ArrowRight")
    expect(page.locator("dialog[open] #balance-preview")).to_contain_text(money("15 000,00 MAD"))
    page.keyboard.press("Enter")
    page.wait_for_url("**/payments/sandbox/**")
    page.focus("button[value=pay]")
    page.keyboard.press("Enter")

    page.wait_for_url(f"**/deposits/{committed_personas.deposit.pk}/")
    expect(page.locator("#gauge-card")).to_contain_text(money("15 000,00 MAD"))
