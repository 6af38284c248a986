"""What is logged names nobody: the log of a lead's whole life, with a payment, messages, refusals and a fault."""

import io
import logging
from collections.abc import Iterator
from decimal import Decimal

import pytest
from django.conf import settings
from django.db import DatabaseError, connection
from django.test import Client
from django.urls import reverse
from django.utils.module_loading import import_string

from alerts.services import send_due_deliveries
from leads.errors import DuplicateLead
from leads.services import erase_prospect, expire_leads, mark_converted, reject_lead, validate_lead
from leadsmarket.lib.actor import AUTHENTICATION, SYSTEM, acting_as
from payments.services import start_recharge
from payments.tests.conftest import tell
from tests.personas import PASSWORD

AMINA = {
    "customer_name": "Amina Benali",
    "customer_email": "amina.benali@exemple.ma",
    "customer_phone": "+212661234567",
    "customer_company": "Riad Amina",
    "customer_notes": "Appeler Amina au 06 61 23 45 67",
}
# Parts of what names somebody here, in each form that it is written in.
NAMING = (
    "Amina", "Benali", "amina", "661234567", "61 23 45 67", "661-234567", PASSWORD,
    "atlas@exemple.ma", "equipe@exemple.ma", "salma@exemple.ma", "staff@exemple.ma",
)  # fmt: skip


@pytest.fixture(params=["plain", "json"])
def log(request) -> Iterator[io.StringIO]:
    """Everything that the process logs, at every level, as our handlers write it."""
    from leadsmarket.settings.base import env
    from leadsmarket.settings.logging import logging_settings

    configured = logging_settings(env, request.param)["LOGGING"]
    formatter = dict(configured["formatters"][request.param])
    stream = io.StringIO()
    handler = logging.StreamHandler(stream)
    handler.setFormatter(import_string(formatter.pop("()"))(**formatter))
    for name in configured["handlers"]["console"]["filters"]:
        handler.addFilter(import_string(configured["filters"][name]["()"])())
    root = logging.getLogger()
    level = root.level
    root.addHandler(handler)
    root.setLevel(logging.DEBUG)
    yield stream
    root.removeHandler(handler)
    root.setLevel(level)


def live(personas, client_of) -> None:
    """A lead's life: made, made again, looked at, decided, returned to, told by message; a payment; faults on the way."""
    lead = personas.submit("600.00", **AMINA)
    with pytest.raises(DuplicateLead):
        personas.submit("600.00", **AMINA)
    browser = client_of(personas.owner)
    for url in (
        reverse("leads:pending"),
        f"{reverse('leads:list')}?text=amina.benali%40exemple.ma&phone=%2B212661234567",
    ):
        assert browser.get(url).status_code == 200
    assert browser.get(f"/leads/{AMINA['customer_email']}/").status_code == 404
    with acting_as(personas.as_owner):
        validate_lead(lead_id=lead.pk, quality_score=9, feedback="Amina Benali a répondu")
        mark_converted(lead_id=lead.pk, actual_value=Decimal("9000.00"))
    other = personas.submit(
        "600.00", **(AMINA | {"customer_email": "a.benali@exemple.ma", "customer_phone": "+212661234599"})
    )
    with acting_as(personas.as_owner):
        reject_lead(
            lead_id=other.pk, rejection_reason="other", rejection_details="Amina Benali, 0661234567, est ma cousine"
        )
    started = start_recharge(
        actor=personas.as_owner, deposit_id=personas.deposit.pk, amount=Decimal("5000.00"), method="sandbox"
    )
    tell(started.payment)
    send_due_deliveries()
    expire_leads()
    log_in = {"login": personas.owner.email, "password": PASSWORD}
    with acting_as(AUTHENTICATION):
        Client().post("/accounts/login/", log_in)
    try:
        with acting_as(SYSTEM), connection.cursor() as cursor:
            sql = "INSERT INTO leads_prospectrequest (id, email, text) VALUES (new_id(), %s, %s)"
            cursor.execute(sql, [AMINA["customer_email"], AMINA["customer_notes"]])
    except DatabaseError:
        logging.getLogger("leads.fault").exception("refused for %s", AMINA["customer_email"])
    with acting_as(personas.as_staff):
        erase_prospect(email=AMINA["customer_email"])


def test_the_log_of_a_leads_life_names_nobody(personas, client_of, log, settings):
    settings.EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"

    live(personas, client_of)

    written = log.getvalue()
    assert "refused for a•••@exemple.ma" in written
    # SQL is logged by DEBUG alone, by Django's own logger, with its parameters: no setting of ours turns it on.
    lines = [line for line in written.splitlines() if "django.db.backends" not in line]
    assert [(word, line[:300]) for word in NAMING for line in lines if word in line] == []


def test_every_handler_masks():
    assert settings.LOGGING["handlers"]
    for handler in settings.LOGGING["handlers"].values():
        assert "masked" in handler["filters"]
    for name, logger in settings.LOGGING["loggers"].items():
        assert not logger.get("handlers"), name
