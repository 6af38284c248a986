"""The influencer's dashboard: figures by their definitions, campaigns with their state, latest leads."""

import re
from decimal import Decimal

import pytest
import time_machine
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from analytics.selectors.influencer import InfluencerFigures, influencer_figures
from leads.services import (
    accept_agreement,
    create_campaign,
    invite_influencer,
    mark_converted,
    mark_lost,
    pause_campaign,
    reject_lead,
    suspend_agreement,
    validate_lead,
)
from leadsmarket.lib.actor import SYSTEM, acting_as
from tests.pages import in_english, mad

URL = reverse("dashboard")


@pytest.fixture
def client(personas, client_of) -> Client:
    return in_english(personas.influencer_user, client_of)


def decided(personas, decision, score=8):
    lead = personas.submit()
    with acting_as(personas.as_owner):
        if decision == "rejected":
            return reject_lead(lead_id=lead.pk, rejection_reason="unreachable")
        validate_lead(lead_id=lead.pk, quality_score=score)
        if decision == "converted":
            mark_converted(lead_id=lead.pk)
        elif decision == "lost":
            mark_lost(lead_id=lead.pk)
    return lead


def figures_of(personas) -> InfluencerFigures:
    with acting_as(personas.as_influencer):
        return influencer_figures(personas.influencer.pk)


def test_figures_follow_their_definitions(personas):
    personas.submit()
    for decision, score in (("validated", 8), ("converted", 9), ("lost", 4), ("rejected", None)):
        decided(personas, decision, score)

    figures = figures_of(personas)

    assert (figures.total_count, figures.pending_count) == (5, 1)
    assert (figures.validated_count, figures.rejected_count) == (3, 1)
    assert figures.validation_percentage == Decimal("75.0")
    assert figures.mean_quality_score == Decimal("7.00")
    shares = (figures.validated_percentage, figures.pending_percentage, figures.rejected_percentage)
    assert shares == (Decimal("60.0"), Decimal("20.0"), Decimal("20.0"))


def test_month_begins_at_midnight_in_casablanca(personas):
    # 2026-02-01: Morocco was on UTC+1.
    with time_machine.travel("2026-01-31T22:59:59Z", tick=False):
        personas.submit()
    with time_machine.travel("2026-01-31T23:00:00Z", tick=False):
        personas.submit()

    with time_machine.travel("2026-02-15T12:00:00Z", tick=False):
        assert figures_of(personas).month_count == 1


def test_without_leads_there_is_no_rate(personas, client):
    figures = figures_of(personas)

    assert figures == InfluencerFigures(0, 0, 0, 0, None)
    assert (figures.validation_percentage, figures.pending_percentage) == (None, 0)
    assert "—" in client.get(URL).content.decode()


def test_page_shows_figures_earnings_and_latest_leads(personas, client):
    decided(personas, "validated")
    for number in range(6):
        personas.submit(customer_name=f"Latest {number}")

    html = client.get(URL).content.decode()

    assert f"<dd><bdi>{mad('18.00')}</bdi>" in html
    assert [f"Latest {number}" in html for number in range(6)] == [False, True, True, True, True, True]
    assert re.search(r"Validation rate</dt><dd><bdi>100\xa0%", html)


def test_campaigns_that_take_leads_have_a_button(personas, client):
    with acting_as(SYSTEM):
        paused = create_campaign(merchant_id=personas.merchant.pk, name="Salle de bain", service="Rénovation")
        agreement = invite_influencer(merchant_id=personas.merchant.pk, email="salma@exemple.ma", campaign_id=paused.pk)
    with acting_as(personas.as_influencer):
        accept_agreement(agreement_id=agreement.pk)
    with acting_as(personas.as_owner):
        pause_campaign(campaign_id=paused.pk)

    html = client.get(URL).content.decode()

    assert f"{reverse('leads:new')}?campaign={personas.campaign.pk}" in html
    assert f"?campaign={paused.pk}" not in html
    assert "Salle de bain" in html
    assert (html.count("Takes leads now"), html.count("Takes no leads now")) == (1, 1)


def test_suspended_agreement_takes_its_campaign_away(personas, client):
    with acting_as(personas.as_owner):
        suspend_agreement(agreement_id=personas.agreement.pk)

    html = client.get(URL).content.decode()

    assert "Cuisine sur mesure" not in html
    assert reverse("leads:campaigns") in html


def test_other_influencer_sees_nothing_of_it(personas, client_of):
    personas.submit(customer_name="Karim")

    html = in_english(personas.other_influencer_user, client_of).get(URL).content.decode()

    assert "Karim" not in html
    assert "Cuisine sur mesure" not in html


def test_part_for_htmx_renews_itself(client):
    html = client.get(URL, HTTP_HX_REQUEST="true").content.decode()

    assert "<!doctype" not in html
    assert 'hx-trigger="every 30s"' in html


def test_number_of_queries_does_not_grow(personas, client, django_assert_num_queries):
    decided(personas, "validated")
    client.get(URL)
    with CaptureQueriesContext(connection) as before:
        client.get(URL)
    for _lead in range(3):
        decided(personas, "validated")
    with acting_as(SYSTEM):
        for number in range(3):
            create_campaign(merchant_id=personas.merchant.pk, name=f"Cuisine {number}", service="Rénovation")
        agreement = invite_influencer(merchant_id=personas.merchant.pk, email="salma@exemple.ma")
    with acting_as(personas.as_influencer):
        accept_agreement(agreement_id=agreement.pk)

    with django_assert_num_queries(len(before)):
        assert "Cuisine 2" in client.get(URL).content.decode()
