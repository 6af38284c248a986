"""Messages that name a prospect: told to the person who asks, emptied when they are erased or their time is over."""

from datetime import timedelta

import pytest
from django.db import connections
from django.utils import timezone

from alerts.models import Delivery, Notification
from leads.models import Lead
from leads.selectors.privacy import prospect_data
from leads.services import end_retention, erase_prospect, validate_lead
from leadsmarket.lib.actor import SYSTEM, acting_as

EMAIL = "amina@exemple.ma"


@pytest.fixture
def lead(personas) -> Lead:
    """A validated lead of Amina's."""
    lead = personas.submit("600.00", customer_name="Amina Benali", customer_email=EMAIL, customer_phone="+212661234567")
    with acting_as(personas.as_owner):
        return validate_lead(lead_id=lead.pk, quality_score=7)


def message(user, text: str, key: str, **fields) -> Delivery:
    with acting_as(SYSTEM):
        return Delivery.objects.create(
            kind="staff_review", user=user, address="x@exemple.ma", language="fr", subject="Un message",
            text=text, html=f"<p>{text}</p>", deduplication_key=key, **fields,
        )  # fmt: skip


def note(user, text: str, key: str, **fields) -> Notification:
    with acting_as(SYSTEM):
        return Notification.objects.create(
            kind="staff_review",
            level="info",
            user=user,
            title=text,
            body=text,
            url="/leads/",
            deduplication_key=key,
            **fields,
        )


def fresh(row):
    with acting_as(SYSTEM):
        return type(row).objects.get(pk=row.pk)


@pytest.mark.parametrize(
    "text",
    [
        "Amina Benali est arrivée.",
        f"Écrivez à {EMAIL}",
        "Appelez le +212661234567",
        "Appelez le 0661-234567",
        "Appelez le +212 (6) 61 23 45 67",
        "Appelez le 00212661.23.45.67.",
        "Voir /leads/{lead}/",
    ],
)
def test_messages_that_name_the_person_are_emptied(personas, lead, text):
    text = text.format(lead=lead.pk)
    sent = message(personas.owner, text, "named", status="sent", sent_at=timezone.now())
    waiting = message(personas.influencer_user, text, "waiting")
    read = note(personas.owner, text, "read", read_at=timezone.now())
    about = note(personas.owner, "Un lead attend", "about", lead_id=lead.pk)
    other = message(personas.owner, "Samina Benalia, 0661-234568", "other")
    stranger = message(personas.other_owner, "Amina Benali", "stranger")

    with acting_as(personas.as_staff):
        erase_prospect(email=EMAIL)

    for row in (sent, waiting):
        assert (fresh(row).subject, fresh(row).text, fresh(row).html) == ("—", "—", "")
    assert (fresh(sent).status, fresh(waiting).status) == ("sent", "given_up")
    for row in (read, about):
        assert (fresh(row).title, fresh(row).body) == ("—", "—")
    assert fresh(other).text == "Samina Benalia, 0661-234568"
    # Another company's people know another Amina.
    assert fresh(stranger).text == "Amina Benali"


def test_the_answer_to_a_request_has_the_messages(personas, lead):
    message(personas.owner, f"Voir /leads/{lead.pk}/", "a")
    note(personas.owner, "Amina Benali", "b", lead_id=lead.pk)
    with acting_as(personas.as_staff):
        told = [entry["text"] for entry in prospect_data(email=EMAIL)["messages"]]
    assert {"Amina Benali", f"Voir /leads/{lead.pk}/"} <= set(told)


def test_messages_as_old_as_erased_leads_are_emptied(committed_personas, settings):
    settings.RETENTION_MONTHS = 6
    old = message(committed_personas.owner, "Amina Benali", "old", created_at=timezone.now() - timedelta(days=200))
    young = message(committed_personas.owner, "Amina Benali", "young")
    lead = committed_personas.submit("600.00")
    told = note(
        committed_personas.owner, "Amina", "n", lead_id=lead.pk, created_at=timezone.now() - timedelta(days=200)
    )
    connections["owner"].close()

    end_retention()
    end_retention()

    assert (fresh(old).text, fresh(young).text, fresh(told).body) == ("—", "Amina Benali", "—")
