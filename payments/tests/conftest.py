"""Fixtures of payments: a browser of a committed person, a payment by the sandbox, and its events processed at once."""

from collections.abc import Callable, Iterator
from decimal import Decimal
from uuid import UUID

import pytest
from django.test import Client
from django.utils import translation

from accounts.models import User
from leadsmarket.lib.actor import AUTHENTICATION, acting_as
from payments.gateways.sandbox.gateway import signed_event
from payments.models import Payment
from payments.services import process_event, receive_webhook, start_recharge
from tests.fakes.stripe import FakeStripe, fake_stripe
from tests.personas import Personas


@pytest.fixture
def stripe(settings) -> Iterator[FakeStripe]:
    """A Stripe that runs here, switched on."""
    with fake_stripe(settings) as fake:
        yield fake


@pytest.fixture(autouse=True)
def _french() -> Iterator[None]:
    """Each test starts in French: the page that a test before it asked for left its language behind."""
    with translation.override("fr"):
        yield


@pytest.fixture
def browser_of(committed_personas: Personas) -> Callable[[User], Client]:
    """A function that returns a browser-like client, logged in as a user whose rows are committed."""

    def log_in(user: User) -> Client:
        client = Client(headers={"accept-language": "en"})
        with acting_as(AUTHENTICATION):
            User.objects.filter(pk=user.pk).update(language="en")
            client.force_login(user)
        return client

    return log_in


@pytest.fixture
def owner_browser(committed_personas: Personas, browser_of: Callable[[User], Client]) -> Client:
    """The browser of Atlas' owner, in English."""
    return browser_of(committed_personas.owner)


@pytest.fixture
def sandbox_payment(committed_personas: Personas) -> Payment:
    """An open recharge of 5,000.00 MAD of Atlas' deposit, by the sandbox."""
    return start_recharge(
        actor=committed_personas.as_owner,
        deposit_id=committed_personas.deposit.pk,
        amount=Decimal("5000.00"),
        method="sandbox",
    ).payment


def tell(payment: Payment, action: str = "pay", **changes: str) -> str:
    """Deliver the sandbox's signed event of a payment and process it; returns what was done."""
    body, headers = signed_event(payment, action, **changes)
    queued: list[UUID] = []
    receive_webhook(provider="sandbox", body=body, headers=headers, queue=queued.append)
    return "; ".join(process_event(event_id) for event_id in queued)
