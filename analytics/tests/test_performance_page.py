"""An influencer's performance: own figures, own share, nobody else's money."""

import re
from decimal import Decimal

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from analytics.periods import Period
from analytics.selectors.leads import lead_figures
from analytics.selectors.sums import LeadScope
from analytics.views.performance import INFLUENCER_CHARTS
from leads.services import reject_lead, validate_lead
from leadsmarket.lib.actor import acting_as
from tests.pages import in_english, mad, text_of
from tests.personas import make_books

URL = reverse("analytics:page")


@pytest.fixture
def client(personas, client_of) -> Client:
    return in_english(personas.influencer_user, client_of)


def drawn(client: Client, chart: str, **filters) -> dict:
    response = client.get(reverse("analytics:chart_data", args=[chart]), filters)
    assert response.status_code == 200
    return response.json()


def test_charts_say_what_became_of_the_leads(client, personas):
    make_books(personas)
    with acting_as(personas.as_influencer):
        figures = lead_figures(LeadScope(influencer_id=personas.influencer.pk), Period.last_days(30))

    shares = drawn(client, "shares")
    earnings = drawn(client, "earnings-per-week")
    reasons = drawn(client, "rejection-reasons")

    assert shares["series"][0]["values"] == [3, 1, 1]
    assert [text_of(text) for text in shares["series"][1]["texts"]] == ["60 %", "20 %", "20 %"]
    assert sum(Decimal(str(value)) for value in earnings["series"][0]["values"]) == figures.influencer_amount
    assert (reasons["labels"], reasons["series"][0]["values"]) == (["Unreachable"], [1])


def test_shows_the_own_share_and_never_the_merchants_amounts(client, personas):
    lead = personas.submit("600.00")
    with acting_as(personas.as_owner):
        validate_lead(lead_id=lead.pk, quality_score=8)

    answers = [client.get(URL).content.decode()]
    answers += [client.get(reverse("analytics:chart_data", args=[name])).content.decode() for name in INFLUENCER_CHARTS]

    assert mad(str(lead.influencer_commission_amount)) in answers[0]
    for amount in (lead.commission_amount, lead.platform_commission_amount, personas.deposit.current_balance):
        assert not [answer for answer in answers if mad(str(amount)) in answer]


def test_ranks_campaigns_and_sources(client, personas):
    make_books(personas)
    rejected = personas.submit(source="tiktok")
    with acting_as(personas.as_owner):
        reject_lead(lead_id=rejected.pk, rejection_reason="fraud")

    text = text_of(client.get(URL))

    assert "Cuisine sur mesure 6 60 % 8.0" in text
    assert re.search(r"Instagram 5 75 % 8.0.*TikTok 1 0 % —", text)


def test_filters_by_campaign_or_source(client, personas):
    make_books(personas)

    assert drawn(client, "shares", campaign=personas.campaign.pk)["series"][0]["values"] == [3, 1, 1]
    assert drawn(client, "shares", source="tiktok")["series"][0]["values"] == [0, 0, 0]
    both = client.get(URL, {"campaign": personas.campaign.pk, "source": "instagram"})
    assert "Choose a campaign or a source, not both." in text_of(both)


def test_merchants_charts_and_strangers_campaigns_are_not_found(client, personas):
    for chart in ("balance", "funnel", "scores", "hours-to-decision"):
        assert client.get(reverse("analytics:chart_data", args=[chart])).status_code == 404
    url = reverse("analytics:chart_data", args=["shares"])
    assert client.get(url, {"campaign": personas.other_campaign.pk}).status_code == 404


def test_another_influencer_counts_nothing_of_it(client_of, personas):
    make_books(personas)
    other = in_english(personas.other_influencer_user, client_of)

    page = other.get(URL)

    assert "Ask to join a campaign first." in text_of(page)
    assert "<canvas" not in page.content.decode()
    assert drawn(other, "shares")["series"][0]["values"] == [0, 0, 0]


def test_one_pending_lead_has_no_rate(client, personas):
    personas.submit()

    text = text_of(client.get(URL))

    assert "Validation rate — of the leads decided" in text
    assert "No lead of yours was validated in this period." in text


def test_number_of_queries_does_not_grow_with_leads(client, personas):
    def queries() -> int:
        with CaptureQueriesContext(connection) as caught:
            client.get(URL)
        return len(caught)

    make_books(personas)
    before = queries()
    for source in ("tiktok", "direct"):
        personas.submit(source=source)

    assert queries() == before
    assert before <= 35
