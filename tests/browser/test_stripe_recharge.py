"""A recharge on Stripe's page: from our form over the redirect to the confirmation that only the webhook brings."""

import re
from decimal import Decimal

import environ
import pytest
from playwright.sync_api import expect

from leadsmarket.jobs import JOBS
from leadsmarket.lib.actor import SYSTEM, acting_as
from leadsmarket.settings.csp import content_security_policy
from payments.models import Payment
from payments.tests.stripe_world import balance
from tests.fakes.stripe import FakeStripe, fake_stripe

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("browser")]


@pytest.fixture
def stripe(settings, monkeypatch):
    with fake_stripe(settings) as fake:
        monkeypatch.setenv("STRIPE_SECRET_KEY", fake.key)
        settings.CONTENT_SECURITY_POLICY = content_security_policy(environ.Env())
        yield fake


@pytest.mark.parametrize("javascript", [True, False])
def test_recharge_on_stripes_page(visit, site: str, stripe: FakeStripe, committed_personas, settings, javascript: bool):
    settings.SITE_URL = site
    page = visit(committed_personas.owner.email, width=360, javascript=javascript)
    page.route("https://checkout.stripe.com/**", lambda route: route.fulfill(body="<h1>Stripe</h1>"))
    page.goto(f"/payments/recharge/{committed_personas.deposit.pk}/?amount=2000.00&payment_method=stripe")
    page.click("main form.pay-form button.btn-primary")
    page.wait_for_url("https://checkout.stripe.com/**")

    with acting_as(SYSTEM):
        payment = Payment.objects.get()
    session, intent = stripe.state.pay(payment.provider_id)
    page.goto(session["success_url"].replace("{CHECKOUT_SESSION_ID}", session["id"]))
    # Coming back proves nothing.
    assert balance(committed_personas) == Decimal("5000.00")
    expect(page.locator("#payment-state")).to_be_visible()

    door = f"{site}/webhooks/stripe"
    completed = stripe.event("checkout.session.completed", session)
    assert stripe.send(door, completed, secret="whsec_forged") == [400]
    assert stripe.send(door, completed, cut=9) == [400]
    assert stripe.send(door, completed, stripe.event("payment_intent.succeeded", intent), completed) == [200] * 3
    JOBS["deliver"].run()

    assert balance(committed_personas) == Decimal("7000.00")
    page.goto(f"/deposits/{committed_personas.deposit.pk}/")
    expect(page.locator("#gauge-card")).to_contain_text(re.compile(r"7.000,00"))
