"""An influencer's list of leads: what it shows, filters, pages, and that nobody else's leads are in it."""

import re
from datetime import timedelta

import pytest
import time_machine
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from leads.services import accept_agreement, create_lead, expire_leads, invite_influencer, reject_lead, validate_lead
from leads.views.influencer_leads import PAGE_SIZE
from leadsmarket.lib.actor import SYSTEM, acting_as
from tests.pages import in_english, link, plain_mad, text_of
from tests.personas import submission

URL = reverse("leads:list")


@pytest.fixture
def client(personas, client_of) -> Client:
    return in_english(personas.influencer_user, client_of)


def shown(response) -> list[str]:
    """The names of the clients in the rows, from the top."""
    return re.findall(r'cell-title"><a[^>]*><bdi>([^<]*)</bdi>', response.content.decode())


def test_lead_is_shown_with_what_became_of_it(personas, client):
    personas.submit("600", customer_name="Pending")
    validated = personas.submit("1500", customer_name="Validated")
    rejected = personas.submit("700", customer_name="Rejected")
    with acting_as(personas.as_owner):
        validate_lead(lead_id=validated.pk, quality_score=8)
        reject_lead(lead_id=rejected.pk, rejection_reason="unreachable")

    page = client.get(URL)

    assert shown(page) == ["Rejected", "Validated", "Pending"]
    text = text_of(page)
    assert (
        f"Pending Cuisine sur mesure Atlas Rénovation Instagram {plain_mad('600.00')} {plain_mad('18.00')} Pending"
        in text
    )
    assert f"{plain_mad('1500.00')} {plain_mad('24.00')} Validated Score 8/10" in text
    assert f"{plain_mad('700.00')} {plain_mad('21.00')} Rejected Unreachable" in text


def test_expired_lead_says_so(personas, client):
    lead = personas.submit()
    expire_leads(now=lead.expires_at)

    assert "Rejected Expired" in text_of(client.get(URL))


def test_part_for_htmx_is_the_table_alone_and_renews_itself(personas, client):
    personas.submit(customer_name="Karim")

    part = client.get(URL, {"status": "pending"}, HTTP_HX_REQUEST="true")

    html = part.content.decode()
    assert "<!doctype" not in html
    assert shown(part) == ["Karim"]
    assert 'hx-trigger="every 30s"' in html
    assert 'hx-get="/leads/?status=pending"' in html


@pytest.mark.parametrize(
    ("filters", "names"),
    [
        ({}, ["Third", "Second", "First"]),
        ({"status": "validated"}, ["Second"]),
        ({"status": "pending"}, ["Third", "First"]),
        ({"source": "tiktok"}, ["Third"]),
        ({"since": "2026-11-18"}, ["Third", "Second"]),
        ({"until": "2026-11-18"}, ["Second", "First"]),
        ({"since": "2026-11-18", "until": "2026-11-18"}, ["Second"]),
        ({"status": "lost"}, []),
        ({"status": "nonsense", "source": "'", "since": "2026-99-99", "campaign": "x"}, ["Third", "Second", "First"]),
    ],
)
def test_filters_narrow_the_list(personas, client, filters, names):
    with time_machine.travel("2026-11-17T23:59:59Z", tick=False):
        personas.submit(customer_name="First")
    with time_machine.travel("2026-11-18T00:00:00Z", tick=False):
        second = personas.submit(customer_name="Second")
    with time_machine.travel("2026-11-19T00:00:00Z", tick=False):
        personas.submit(customer_name="Third", source="tiktok")
    with acting_as(personas.as_owner):
        validate_lead(lead_id=second.pk, quality_score=8)

    page = client.get(URL, filters)

    assert page.status_code == 200
    assert shown(page) == names


def test_campaign_filter_offers_and_finds_the_own_campaigns(personas, client):
    personas.submit(customer_name="Kitchen")
    with acting_as(SYSTEM):
        agreement = invite_influencer(merchant_id=personas.other_merchant.pk, email="salma@exemple.ma")
    with acting_as(personas.as_influencer):
        accept_agreement(agreement_id=agreement.pk)
        create_lead(
            influencer_id=personas.influencer.pk,
            campaign_id=personas.other_campaign.pk,
            submission=submission(customer_name="Taxes"),
        )

    page = client.get(URL, {"campaign": personas.other_campaign.pk})

    assert shown(page) == ["Taxes"]
    assert "Cuisine sur mesure</option>" in page.content.decode()


def test_pages_go_forth_and_back_over_every_lead_once(personas, client):
    now = timezone.now()
    for number in range(PAGE_SIZE + 2):
        with time_machine.travel(now - timedelta(minutes=number // 2), tick=False):
            personas.submit(customer_name=f"Client no {number}")

    first = client.get(URL, {"status": "pending"})
    second = client.get(URL + link(first, "next"))

    assert len(shown(first)) == PAGE_SIZE
    assert len(shown(second)) == 2
    assert len(set(shown(first) + shown(second))) == PAGE_SIZE + 2
    assert link(first, "prev") == ""
    assert link(second, "next") == ""
    assert shown(client.get(URL + link(second, "prev"))) == shown(first)


@pytest.mark.parametrize("cursor", ["x", "%", "bm8", "é", "A" * 3000])
def test_edited_cursor_gives_the_first_page(personas, client, cursor):
    personas.submit(customer_name="Karim")

    assert shown(client.get(URL, {"cursor": cursor})) == ["Karim"]


def test_other_influencers_leads_are_not_there(personas, client_of):
    lead = personas.submit(customer_name="Karim")
    other = in_english(personas.other_influencer_user, client_of)

    page = other.get(URL)

    assert shown(page) == []
    assert "No lead yet" in page.content.decode()
    assert reverse("leads:new") in page.content.decode()
    assert other.get(reverse("leads:detail", args=[lead.pk])).status_code == 404


def test_nothing_found_offers_to_show_all(personas, client):
    personas.submit()

    assert "No lead matches these filters" in client.get(URL, {"status": "lost"}).content.decode()


def test_clients_markup_is_text(personas, client):
    personas.submit(customer_name="<script>alert(1)</script>")

    assert "<script>alert" not in client.get(URL).content.decode()


def test_number_of_queries_does_not_grow_with_the_leads(personas, client, django_assert_num_queries):
    personas.submit()
    client.get(URL)
    with CaptureQueriesContext(connection) as before:
        client.get(URL)
    for _lead in range(6):
        personas.submit()

    with django_assert_num_queries(len(before)):
        client.get(URL)
