"""Fixtures of alerts: a mail server that runs here, people who read three languages, and what is in the outbox."""

from collections.abc import Iterator
from decimal import Decimal

import pytest

from accounts.models import User
from alerts.models import Delivery
from leadsmarket.lib.actor import SYSTEM, acting_as
from payments.models import Payment
from payments.services import start_recharge
from tests.fakes.smtp import FakeSmtp, fake_smtp
from tests.personas import Personas


@pytest.fixture
def smtp(settings) -> Iterator[FakeSmtp]:
    """A mail server, and Django sending to it."""
    with fake_smtp(settings) as fake:
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
