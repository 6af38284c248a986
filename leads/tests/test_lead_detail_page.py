"""The page of one lead: what each side sees, its history, its consent and what can be done."""

import re
from uuid import uuid4

from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from leads.models import Lead
from leads.services import expire_leads, mark_converted, reject_lead, validate_lead
from leadsmarket.lib.actor import SYSTEM, acting_as

HTMX = {"HTTP_HX_REQUEST": "true"}


def url(lead: Lead) -> str:
    return reverse("leads:detail", args=[lead.pk])


def steps_offered(page: str) -> set[str]:
    return set(re.findall(r'id="(validate|reject|outcome)-page-', page))


def test_merchant_sees_everything_of_a_pending_lead(personas, open_as):
    lead = personas.submit(
        "600.00", customer_name="Nadia Alami", customer_company="Riad Dar", customer_notes="<b>Après 18 h</b>"
    )

    page = open_as(personas.owner).get(url(lead)).content.decode()

    for text in ("Nadia Alami", "Riad Dar", "Cuisine sur mesure", "Salma", "Instagram", lead.customer_email, "10\xa0%"):
        assert text in page
    assert "&lt;b&gt;Après 18 h&lt;/b&gt;" in page
    assert "2026-11" in page
    assert steps_offered(page) == {"validate", "reject"}


def test_what_can_be_done_follows_the_state(personas, open_as):
    client = open_as(personas.owner)
    accepted, refused, sold = (personas.submit() for _ in range(3))
    with acting_as(personas.as_owner):
        validate_lead(lead_id=accepted.pk, quality_score=8)
        reject_lead(lead_id=refused.pk, rejection_reason="unreachable")
        validate_lead(lead_id=sold.pk, quality_score=9)
        mark_converted(lead_id=sold.pk)

    assert steps_offered(client.get(url(accepted)).content.decode()) == {"outcome"}
    assert steps_offered(client.get(url(refused)).content.decode()) == set()
    assert steps_offered(client.get(url(sold)).content.decode()) == set()


def test_influencer_sees_the_decision_but_never_the_deposit_or_who(personas, open_as):
    accepted, refused = personas.submit("600.00"), personas.submit("1500.00")
    with acting_as(personas.as_member):
        validate_lead(lead_id=accepted.pk, quality_score=8, feedback="Très bon contact")
        reject_lead(lead_id=refused.pk, rejection_reason="other", rejection_details="Numéro d'un voisin")
    client = open_as(personas.influencer_user)

    first, second = (client.get(url(lead)).content.decode() for lead in (accepted, refused))

    assert "Score 8/10" in first
    assert "Très bon contact" in first
    assert "Atlas Rénovation" in first
    assert "Your share" in first
    assert "Numéro d&#x27;un voisin" in second
    for page in (first, second):
        assert steps_offered(page) == set()
        assert personas.member.email not in page
        assert "deducted" not in page
        assert "released" not in page
        assert "4,9" not in page


def test_history_says_who_and_when(personas, open_as):
    by_member, expired = personas.submit(), personas.submit()
    with acting_as(personas.as_member):
        validate_lead(lead_id=by_member.pk, quality_score=8)
    with acting_as(SYSTEM):
        expires_at = Lead.objects.get(pk=expired.pk).expires_at
    expire_leads(now=expires_at)
    client = open_as(personas.owner)

    assert personas.member.email in client.get(url(by_member)).content.decode()
    page = client.get(url(expired)).content.decode()
    assert "Leadsmarket, automatically" in page
    assert "Expired" in page


def test_who_may_look(personas, client_of):
    lead = personas.submit()

    for user, status in (
        (personas.owner, 200),
        (personas.member, 200),
        (personas.influencer_user, 200),
        (personas.other_owner, 404),
        (personas.other_influencer_user, 404),
        (personas.staff, 403),
    ):
        assert client_of(user).get(url(lead)).status_code == status, user
    assert Client().get(url(lead)).status_code == 302
    assert client_of(personas.owner).get(reverse("leads:detail", args=[uuid4()])).status_code == 404


def test_htmx_gets_the_part_that_follows_decisions(personas, open_as):
    lead = personas.submit()

    page = open_as(personas.owner).get(url(lead), **HTMX).content.decode()

    assert "<html" not in page
    assert 'id="lead-detail"' in page
    assert "leads-changed from:body" in page


def test_queries_do_not_grow_with_history(personas, open_as, django_assert_num_queries):
    lead = personas.submit()
    client = open_as(personas.owner)
    with CaptureQueriesContext(connection) as pending:
        client.get(url(lead))
    with acting_as(personas.as_member):
        validate_lead(lead_id=lead.pk, quality_score=8)
        mark_converted(lead_id=lead.pk)

    with django_assert_num_queries(len(pending)):
        client.get(url(lead))
