"""Fixtures of alerts: a mail server that runs here, people who read three languages, and what is in the outbox."""

from collections.abc import Iterator
from decimal import Decimal

import pytest

from accounts.models import User
from alerts.models import Delivery
from leadsmarket.lib.actor import SYSTEM, acting_as
from payments.models import Payment
from payments.services import start_recharge
from tests.fakes import twilio as twilio_fake
from tests.fakes import whatsapp as whatsapp_fake
from tests.fakes.smtp import FakeSmtp, fake_smtp
from tests.fakes.twilio import FakeTwilio
from tests.fakes.whatsapp import FakeWhatsApp
from tests.personas import Personas


@pytest.fixture
def smtp(settings) -> Iterator[FakeSmtp]:
    """A mail server, and Django sending to it."""
    with fake_smtp(settings) as fake:
        yield fake


@pytest.fixture
def twilio(settings) -> Iterator[FakeTwilio]:
    """Twilio, and SMS leaving by it."""
    with FakeTwilio() as fake:
        settings.TWILIO_API_BASE = fake.url
        settings.TWILIO_ACCOUNT_SID, settings.TWILIO_AUTH_TOKEN = twilio_fake.ACCOUNT, twilio_fake.TOKEN
        settings.TWILIO_FROM = twilio_fake.FROM
        settings.TWILIO_TIMEOUT_SECONDS = 0.6
        yield fake


@pytest.fixture
def whatsapp(settings) -> Iterator[FakeWhatsApp]:
    """Meta's Cloud API, and WhatsApp leaving by it."""
    with FakeWhatsApp() as fake:
        settings.WHATSAPP_API_BASE = fake.url
        settings.WHATSAPP_TOKEN, settings.WHATSAPP_PHONE_ID = whatsapp_fake.TOKEN, whatsapp_fake.PHONE_ID
        settings.WHATSAPP_APP_SECRET, settings.WHATSAPP_VERIFY_TOKEN = whatsapp_fake.SECRET, "typed-at-meta"
        settings.WHATSAPP_TIMEOUT_SECONDS = 0.6
        yield fake


@pytest.fixture
def people(committed_personas: Personas) -> Personas:
    """The personas: Atlas' owner reads French, its member Arabic, Salma and staff English."""
    with acting_as(SYSTEM):
        for user, language in (
            (committed_personas.member, "ar"),
            (committed_personas.influencer_user, "en"),
            (committed_personas.staff, "en"),
        ):
            User.objects.filter(pk=user.pk).update(language=language)
    return committed_personas


@pytest.fixture
def payment(people: Personas) -> Payment:
    """An open recharge of 5,000.00 MAD of Atlas' deposit, by the sandbox."""
    return start_recharge(
        actor=people.as_owner, deposit_id=people.deposit.pk, amount=Decimal("5000.00"), method="sandbox"
    ).payment


def outbox(kind: str) -> list[Delivery]:
    """What was queued of a kind, in order."""
    with acting_as(SYSTEM):
        return list(Delivery.objects.filter(kind=kind).select_related("user").order_by("id"))
