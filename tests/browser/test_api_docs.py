"""The page of the API in a real browser: it works under our content security policy, and calls as whoever is logged in."""

import pytest
from playwright.sync_api import expect

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("browser")]


def test_a_merchant_tries_an_operation_on_the_page(visit):
    page = visit("atlas@exemple.ma", width=360, height=740)
    page.goto("/docs")
    operation = page.locator("#operations-leads-preview_commission")
    operation.locator("button.opblock-summary-control").click()
    operation.get_by_role("button", name="Try it out").click()
    operation.locator("textarea").fill('{"estimated_value": 600}')
    operation.get_by_role("button", name="Execute").click()

    answer = operation.locator(".live-responses-table")
    expect(answer).to_contain_text("200")
    expect(answer).to_contain_text('"commission_amount": 60')
