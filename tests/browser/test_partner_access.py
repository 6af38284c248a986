"""A merchant's owner gives a program a key and sets up a webhook, in a browser, with and without JavaScript."""

import pytest
from playwright.sync_api import Page, expect

from api.models import ApiKey, WebhookEndpoint, WebhookMessage
from api.services.keys import key_holder
from api.services.webhooks import send_due_webhooks
from leadsmarket.lib.actor import SYSTEM, acting_as
from leadsmarket.lib.sealing import unseal
from tests.browser.conftest import Visit, wait_until_settled
from tests.fakes.webhook_receiver import FakeReceiver
from tests.personas import PASSWORD, Personas

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("browser")]

ACCESS = "/settings/api/"


def confirm_password(page: Page) -> None:
    """Type the password again and come back to the form."""
    page.wait_for_url("**/accounts/reauthenticate/**")
    page.fill("main input[name=password]", PASSWORD)
    page.click("main form button[type=submit]")


def the_only(model):
    with acting_as(SYSTEM):
        return model.objects.get()


@pytest.mark.parametrize(
    ("language", "width", "javascript"), [("fr", 1440, True), ("ar", 360, True), ("fr", 360, False)]
)
def test_a_key_is_made_and_revoked(visit: Visit, committed_personas: Personas, language, width, javascript):
    page = visit("atlas@exemple.ma", language=language, width=width, javascript=javascript)
    page.goto(ACCESS)
    page.click("#new-key")
    confirm_password(page)
    page.fill("input[name=name]", "Odoo")
    page.check("input[name=scope][value=write]")
    page.click("main .form-actions button")

    text = page.text_content(".secret-text")
    assert key_holder(text).may_write
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    key = the_only(ApiKey)

    page.goto(ACCESS)
    assert text not in page.content()
    page.click(f"#revoke-{key.pk}")
    page.click("#dialog .form-actions button, main .form-actions button")
    expect(page.locator(".is-over")).to_have_count(1)
    assert key_holder(text) is None


def test_a_webhook_is_set_up_tried_and_looked_into(visit: Visit, committed_personas: Personas):
    with FakeReceiver() as receiver:
        page = visit("atlas@exemple.ma")
        page.goto(ACCESS)
        page.click("#new-webhook")
        confirm_password(page)
        page.goto(ACCESS)
        page.click("#new-webhook")
        page.fill("#dialog input[name=url]", "ftp://exemple.ma/")
        page.click("#dialog .form-actions button")
        expect(page.locator("#dialog .invalid-feedback")).to_be_visible()
        page.fill("#dialog input[name=url]", receiver.url)
        page.click("#dialog .form-actions button")

        secret = page.text_content("#dialog .secret-text")
        endpoint = the_only(WebhookEndpoint)
        assert unseal(endpoint.sealed_secret) == secret
        receiver.secrets = [secret]
        page.click("#dialog [data-dialog-close]")
        page.click(f"a[href='{ACCESS}webhooks/{endpoint.pk}/']")

        page.click("form[action$='/test/'] button")
        expect(page.locator("#webhook tbody tr")).to_have_count(1)
        wait_until_settled(page)
        assert send_due_webhooks() == 1
        assert [event["type"] for event in receiver.taken] == ["webhook.test"]

        page.click("#webhook tbody a")
        expect(page.locator("#message .bg-green-lt")).to_be_visible()
        expect(page.locator("#message tbody tr")).to_have_count(1)
        page.click("form[action$='/resend/'] button")
        expect(page.locator("#message .bg-blue-lt")).to_be_visible()
        assert send_due_webhooks() == 1
        page.reload()
        expect(page.locator("#message tbody tr")).to_have_count(2)
        assert receiver.ids == [the_only(WebhookMessage).webhook_id] * 2
